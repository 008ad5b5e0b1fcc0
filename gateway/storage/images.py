"""Where the bytes of pictures lie: content-addressed, written whole or not at all. No name a user gave reaches it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from gateway.kit.clock import Clock

LEFTOVER_S = 3600.0
_BLOB = re.compile(r"[0-9a-f]{64}")


class StorageError(Exception):
    """The store cannot take or give a picture now (disk full, server away). The message is for the log."""


class BlobMissingError(StorageError):
    """No such blob."""


class ImageStore(Protocol):
    """Keeps blobs under the SHA-256 of their bytes."""

    async def open(self) -> None:
        """Called once at start.

        Raises:
            StorageError: the store cannot be used; says what to do.
        """
        ...

    async def put(self, data: bytes) -> str:
        """Store `data` and return its name. When it returns, the blob is whole and counts as young for `stale`.

        Raises:
            StorageError: nothing was stored.
        """
        ...

    async def get(self, blob: str, start: int = 0, end: int | None = None) -> bytes:
        """Bytes `start` to `end` (not included) of a blob.

        Raises:
            BlobMissingError: there is none of that name.
            StorageError: it cannot be read now.
        """
        ...

    async def delete(self, blob: str) -> None:
        """Remove a blob; one that is gone already is no error."""
        ...

    async def is_stale(self, blob: str, before: datetime) -> bool:
        """Whether a blob is there and was last put before a moment."""
        ...

    def stale(self, before: datetime) -> AsyncIterator[str]:
        """Every blob that was last put before a moment: what a sweep may look at, since nobody is just storing it."""
        ...


def blob_name(data: bytes) -> str:
    """The name of a blob."""
    return hashlib.sha256(data).hexdigest()


def is_blob_name(text: str) -> bool:
    """Whether `text` can be the name of a blob; anything else never touches the store."""
    return _BLOB.fullmatch(text) is not None


class DiskImageStore:
    """A folder: `ab/cd/abcd…`, each file written beside its place, synced, then renamed into it."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    async def open(self) -> None:
        """Make the folder and drop what a killed process left half-written."""
        await asyncio.to_thread(self._prepare)

    async def put(self, data: bytes) -> str:
        """See `ImageStore`."""
        return await asyncio.to_thread(self._put, data)

    async def get(self, blob: str, start: int = 0, end: int | None = None) -> bytes:
        """See `ImageStore`."""
        return await asyncio.to_thread(self._get, blob, start, end)

    async def delete(self, blob: str) -> None:
        """See `ImageStore`."""
        await asyncio.to_thread(self._path(blob).unlink, missing_ok=True)

    async def is_stale(self, blob: str, before: datetime) -> bool:
        """See `ImageStore`."""
        try:
            return (await asyncio.to_thread(self._path(blob).stat)).st_mtime < before.timestamp()
        except FileNotFoundError:
            return False

    async def stale(self, before: datetime) -> AsyncIterator[str]:
        """See `ImageStore`."""
        for name in await asyncio.to_thread(self._stale, before.timestamp()):
            yield name

    def _path(self, blob: str) -> Path:
        if not is_blob_name(blob):
            raise BlobMissingError(f"{blob[:80]!r} is no blob's name")
        return self._folder / blob[:2] / blob[2:4] / blob

    def _prepare(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            too_old = self._clock.now().timestamp() - LEFTOVER_S  # younger ones may be another process's work
            for leftover in self._folder.glob("*.part"):
                if leftover.stat().st_mtime < too_old:
                    leftover.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"the image folder {self._folder} cannot be used: {error.strerror}") from error

    def _put(self, data: bytes) -> str:
        blob = blob_name(data)
        path = self._path(blob)
        try:
            with contextlib.suppress(FileNotFoundError):
                os.utime(path)  # it is there, and young again
                return blob
            handle, part = tempfile.mkstemp(suffix=".part", dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                try:
                    Path(part).replace(path)
                except FileNotFoundError:  # the first of its folder
                    path.parent.mkdir(parents=True, exist_ok=True)
                    Path(part).replace(path)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StorageError(f"the picture cannot be written: {error.strerror}") from error
        return blob

    def _get(self, blob: str, start: int, end: int | None) -> bytes:
        path = self._path(blob)
        try:
            with path.open("rb") as file:
                file.seek(start)
                return file.read(-1 if end is None else max(0, end - start))
        except FileNotFoundError as error:
            raise BlobMissingError(f"there is no blob {blob}") from error
        except OSError as error:
            raise StorageError(f"the picture cannot be read: {error.strerror}") from error

    def _stale(self, before: float) -> list[str]:
        found = []
        for path in self._folder.glob("??/??/*"):
            with contextlib.suppress(FileNotFoundError):
                if is_blob_name(path.name) and path.stat().st_mtime < before:
                    found.append(path.name)
        return found


_: type[ImageStore] = DiskImageStore
