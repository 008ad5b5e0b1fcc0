"""Images in an S3-compatible bucket, by obstore. The bucket should be private: links are signed by the gateway."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from gateway.settings import Settings
from gateway.storage.images import BlobMissingError, ImageStore, StorageError, blob_name, is_blob_name

PAGE = 1000
TIMEOUT = timedelta(seconds=30)


class S3ImageStore:
    """Each blob is one object. A put replaces the object by an equal one, so that its age begins anew."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.s3_prefix.strip("/")
        self._name = f"{settings.s3_endpoint or 'S3'}, bucket {settings.s3_bucket}"
        keys: Any = {}
        if settings.s3_access_key is not None and settings.s3_secret_key is not None:
            keys = {
                "access_key_id": settings.s3_access_key.get_secret_value(),
                "secret_access_key": settings.s3_secret_key.get_secret_value(),
            }
        if settings.s3_endpoint is not None:
            keys["endpoint"] = settings.s3_endpoint
        self._store = S3Store(
            settings.s3_bucket,
            region=settings.s3_region,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True, "timeout": TIMEOUT},
            retry_config={"max_retries": 3, "retry_timeout": TIMEOUT},
            **keys,
        )

    async def open(self) -> None:
        """Try the bucket with a small object, so that a wrong key is noticed at the start."""
        try:
            await obstore.put_async(self._store, f"{self._prefix}/probe", b"avila")
            await obstore.delete_async(self._store, f"{self._prefix}/probe")
        except (BaseError, OSError, PermissionError) as error:
            raise StorageError(f"the image store {self._name} cannot be used: {_first_line(error)}") from error

    async def put(self, data: bytes) -> str:
        """See `ImageStore`."""
        blob = blob_name(data)
        with self._translated(blob):
            await obstore.put_async(self._store, self._path(blob), data)
        return blob

    async def get(self, blob: str, start: int = 0, end: int | None = None) -> bytes:
        """See `ImageStore`."""
        path = self._path(blob)
        with self._translated(blob):
            if end is not None:
                if end <= start:
                    return b""
                return bytes(await obstore.get_range_async(self._store, path, start=start, end=end))
            found = await obstore.get_async(self._store, path)
            return bytes(await found.bytes_async())[start:]

    async def delete(self, blob: str) -> None:
        """See `ImageStore`."""
        with self._translated(blob):
            await obstore.delete_async(self._store, self._path(blob))

    async def is_stale(self, blob: str, before: datetime) -> bool:
        """See `ImageStore`."""
        with contextlib.suppress(BlobMissingError), self._translated(blob):
            return bool((await obstore.head_async(self._store, self._path(blob)))["last_modified"] < before)
        return False

    async def stale(self, before: datetime) -> AsyncIterator[str]:
        """See `ImageStore`."""
        with self._translated(""):
            async for page in obstore.list(self._store, prefix=self._prefix, chunk_size=PAGE):
                for found in page:
                    name = found["path"].rpartition("/")[2]
                    if is_blob_name(name) and found["last_modified"] < before:
                        yield name

    def _path(self, blob: str) -> str:
        if not is_blob_name(blob):
            raise BlobMissingError(f"{blob[:80]!r} is no blob's name")
        return f"{self._prefix}/{blob[:2]}/{blob[2:4]}/{blob}"

    @contextmanager
    def _translated(self, blob: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise BlobMissingError(f"there is no blob {blob}") from error
        except (BaseError, OSError) as error:
            raise StorageError(f"the image store {self._name}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    """An error's first line; the rest may repeat the whole request."""
    return str(error).strip().partition("\n")[0][:300]


_: type[ImageStore] = S3ImageStore
