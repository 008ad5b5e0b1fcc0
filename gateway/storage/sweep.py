"""Removes blobs that no row names any more.

Deleting a picture removes its row; its blob goes when nobody else names it and it has not been put for a while, so that
a worker which is just storing an equal picture never finds it gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta

import structlog
from sqlalchemy import or_, select

from gateway.kit.clock import Clock
from gateway.storage.database import Database, DatabaseUnavailableError
from gateway.storage.images import ImageStore, StorageError
from gateway.storage.tables import ImageRow, UploadRow

YOUNG = timedelta(minutes=10)
EVERY_S = 3600.0
PAGE = 500
log = structlog.stdlib.get_logger("gateway.sweep")


class Sweeper:
    """Looks through the store; `run` does it for ever."""

    def __init__(self, database: Database, images: ImageStore, clock: Clock) -> None:
        self._database = database
        self._images = images
        self._clock = clock

    async def sweep(self) -> int:
        """Remove every unnamed blob that is not young; returns how many."""
        removed, page = 0, []
        async for blob in self._images.stale(self._clock.now() - YOUNG):
            page.append(blob)
            if len(page) == PAGE:
                removed += await self._remove_unnamed(page)
                page = []
        return removed + await self._remove_unnamed(page)

    async def remove(self, blobs: Collection[str]) -> int:
        """Remove those of some blobs that nobody names any more and that are not young; the others wait for a sweep."""
        before = self._clock.now() - YOUNG
        return await self._remove_unnamed([blob for blob in blobs if await self._images.is_stale(blob, before)])

    async def run(self) -> None:
        """Sweep now and then for ever; run as a task by the application."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                if removed := await self.sweep():
                    log.info("removed pictures that nobody names", count=removed)
            except (DatabaseUnavailableError, StorageError) as error:
                log.warning("could not sweep", reason=str(error))

    async def _remove_unnamed(self, blobs: Collection[str]) -> int:
        if not blobs:
            return 0
        async with self._database.reading() as session:
            named = select(ImageRow.blob, ImageRow.thumbnail)
            rows = await session.execute(named.where(or_(ImageRow.blob.in_(blobs), ImageRow.thumbnail.in_(blobs))))
            kept = {blob for row in rows for blob in row}
            kept.update(await session.scalars(select(UploadRow.blob).where(UploadRow.blob.in_(blobs))))
        unnamed = [blob for blob in blobs if blob not in kept]
        for blob in unnamed:
            await self._images.delete(blob)
        return len(unnamed)
