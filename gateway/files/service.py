"""Links to pictures, and what is behind them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.auth.signing import Signer
from gateway.errors import GatewayError, NotFoundError, PermissionDeniedError
from gateway.files.repository import FileRepository
from gateway.kit.clock import Clock
from gateway.storage.database import Database
from gateway.storage.images import ImageStore
from gateway.storage.tables import ImageRow
from gateway.storage.thumbnails import thumbnail_of

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
LinkMaker = Callable[[str], str]


class RangeNotSatisfiableError(GatewayError):
    """The asked range lies outside of the picture."""

    status = 416
    code = "range_not_satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(f"The picture has {size} bytes", headers={"content-range": f"bytes */{size}"})


@dataclass(frozen=True, slots=True)
class Slice:
    """Part of a file: bytes `start` to `end` (not included) of `size`."""

    start: int
    end: int
    size: int

    @property
    def is_whole(self) -> bool:
        """Whether it is all of it."""
        return self.end - self.start == self.size


class FileService:
    """Makes links and honours them."""

    def __init__(self, database: Database, store: ImageStore, signer: Signer, clock: Clock, lifetime_s: int) -> None:
        self._database = database
        self._store = store
        self._signer = signer
        self._clock = clock
        self._lifetime_s = lifetime_s

    def link(self, image_id: str, base_url: str) -> str:
        """A link that shows the image to whoever has it, until it expires."""
        expires = int(self._clock.now().timestamp()) + self._lifetime_s
        signature = self._signer.sign(f"{image_id}:{expires}")
        return f"{base_url.rstrip('/')}/files/{image_id}?expires={expires}&signature={signature}"

    def check(self, image_id: str, expires: int, signature: str) -> None:
        """Refuse a link that was not made here or has expired.

        Raises:
            PermissionDeniedError: so it is.
        """
        if not self._signer.is_valid(f"{image_id}:{expires}", signature):
            raise PermissionDeniedError("The link is not valid")
        if expires < self._clock.now().timestamp():
            raise PermissionDeniedError("The link has expired; ask for the job again to get a new one")

    async def find(self, image_id: str, owner: str | None) -> ImageRow:
        """The image, of `owner` if given.

        Raises:
            NotFoundError: there is none, or it is somebody else's.
        """
        async with self._database.reading() as session:
            row = await FileRepository(session).get(image_id)
        if row is None or (owner is not None and row.owner != owner):
            raise NotFoundError(f"There is no image {image_id[:60]!r}")
        return row

    async def read(self, row: ImageRow, part: Slice) -> bytes:
        """The bytes of a part. Raises StorageError."""
        return await self._store.get(row.blob, part.start, part.end)

    async def thumbnail(self, row: ImageRow) -> bytes:
        """A small WebP of a picture; made and kept when it is asked for first. Raises StorageError."""
        if row.thumbnail is not None:
            return await self._store.get(row.thumbnail)
        small = await asyncio.to_thread(thumbnail_of, await self._store.get(row.blob))
        blob = await self._store.put(small)
        async with self._database.transaction() as session:
            await FileRepository(session).set_thumbnail(row.id, blob)
        return small


def slice_of(header: str | None, size: int) -> Slice:
    """The part that a Range header asks for; several ranges or another unit mean the whole.

    Raises:
        RangeNotSatisfiableError: it begins beyond the end.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or (not match[1] and not match[2]):
        return Slice(0, size, size)
    start = int(match[1]) if match[1] else max(0, size - int(match[2]))
    if not match[1] and start < size:
        return Slice(start, size, size)
    end = min(size, int(match[2]) + 1) if match[2] else size
    if start >= size or end <= start:
        raise RangeNotSatisfiableError(size)
    return Slice(start, end, size)
