"""An image store whose failures are counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from gateway.storage.images import BlobMissingError, ImageStore, StorageError


class CountedImageStore:
    """The same as `store`; `failed` is told the operation that failed. A blob that is not there is no failure."""

    def __init__(self, store: ImageStore, failed: Callable[[str], None]) -> None:
        self._store = store
        self._failed = failed

    async def open(self) -> None:
        """See `ImageStore`."""
        await self._store.open()

    async def put(self, data: bytes) -> str:
        """See `ImageStore`."""
        with self._counting("put"):
            return await self._store.put(data)

    async def get(self, blob: str, start: int = 0, end: int | None = None) -> bytes:
        """See `ImageStore`."""
        with self._counting("get"):
            return await self._store.get(blob, start, end)

    async def delete(self, blob: str) -> None:
        """See `ImageStore`."""
        with self._counting("delete"):
            await self._store.delete(blob)

    async def is_stale(self, blob: str, before: datetime) -> bool:
        """See `ImageStore`."""
        with self._counting("list"):
            return await self._store.is_stale(blob, before)

    async def stale(self, before: datetime) -> AsyncIterator[str]:
        """See `ImageStore`."""
        with self._counting("list"):
            async for blob in self._store.stale(before):
                yield blob

    @contextmanager
    def _counting(self, operation: str) -> Iterator[None]:
        try:
            yield
        except BlobMissingError:
            raise
        except StorageError:
            self._failed(operation)
            raise


_: type[ImageStore] = CountedImageStore
