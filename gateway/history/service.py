"""What people do with their pictures."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.errors import InvalidRequestError, NotFoundError
from gateway.history.recipe import Making
from gateway.history.repository import HistoryRepository
from gateway.history.search import parse
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.storage.database import Database
from gateway.storage.images import ImageStore
from gateway.storage.sweep import Sweeper
from gateway.storage.tables import AlbumRow, ImageRow

PAGE = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A page of pictures with their tags and (by job) how they were made, and where the next ones begin."""

    images: Sequence[ImageRow]
    tags: Mapping[str, Sequence[str]]
    makings: Mapping[str, Making]
    next_cursor: int | None


class HistoryService:
    """Search, marks, tags, albums, trash. Everything is by owner; somebody else's picture is as absent as none."""

    def __init__(self, database: Database, images: ImageStore, clock: Clock, trash_days: int) -> None:
        self._database = database
        self._clock = clock
        self._retention = timedelta(days=trash_days)
        self._sweeper = Sweeper(database, images, clock)

    async def search(self, owner: str, line: str, before: int | None, limit: int) -> Found:
        """Pictures that fit a search line, youngest first.

        Raises:
            InvalidRequestError: the line cannot be understood.
        """
        search = parse(line)
        async with self._database.reading() as session:
            history = HistoryRepository(session)
            rows = await history.search(owner, search, before, limit + 1)
            shown = rows[:limit]
            tags = await history.tags([row.id for row in shown])
            makings = await history.makings({row.job_id for row in shown})
        return Found(shown, tags, makings, shown[-1].number if len(rows) > limit else None)

    async def get(self, image_id: str, owner: str) -> tuple[ImageRow, Sequence[str], Making]:
        """One picture, its tags, and how it was made. Raises NotFoundError."""
        async with self._database.reading() as session:
            history = HistoryRepository(session)
            row = await history.get(image_id, owner)
            if row is None:
                raise NotFoundError(f"There is no image {image_id[:60]!r}")
            makings = await history.makings([row.job_id])
            return row, (await history.tags([image_id]))[image_id], makings[row.job_id]

    async def change(
        self, image_id: str, owner: str, values: Mapping[str, Any], tags: Collection[str] | None
    ) -> tuple[ImageRow, Sequence[str], Making]:
        """Mark a picture, or replace its tags. Raises NotFoundError."""
        async with self._database.transaction() as session:
            history = HistoryRepository(session)
            if await history.get(image_id, owner) is None:
                raise NotFoundError(f"There is no image {image_id[:60]!r}")
            if values:
                await history.change([image_id], owner, values)
            if tags is not None:
                await history.set_tags(image_id, sorted({tag.strip().lower() for tag in tags if tag.strip()}))
        return await self.get(image_id, owner)

    async def trash(self, ids: Collection[str], owner: str) -> int:
        """Throw pictures away; they can be taken back until the retention has passed. How many that were."""
        return await self._set_trashed(ids, owner, is_trashed=True)

    async def restore(self, ids: Collection[str], owner: str) -> int:
        """Take pictures back. How many that were."""
        return await self._set_trashed(ids, owner, is_trashed=False)

    async def empty_trash(self, owner: str) -> int:
        """Remove for good what the owner has thrown away: rows, files and thumbnails. How many pictures that were."""
        return await self._empty(owner, timedelta(0), None)

    async def empty_old_trash(self, pages: int) -> int:
        """Remove for good what has been in the trash for longer than the retention, `pages` pages at most."""
        return await self._empty(None, self._retention, pages)

    async def some(self, ids: Collection[str], owner: str) -> Sequence[tuple[ImageRow, Making]]:
        """Those of some pictures that are the owner's, and how each was made."""
        async with self._database.reading() as session:
            history = HistoryRepository(session)
            rows = await history.some(ids, owner)
            makings = await history.makings({row.job_id for row in rows})
        return [(row, makings[row.job_id]) for row in rows]

    async def tags(self, owner: str) -> Sequence[tuple[str, int]]:
        """The owner's tags, most used first."""
        async with self._database.reading() as session:
            return await HistoryRepository(session).all_tags(owner)

    # -- albums -------------------------------------------------------------------------------------------------------

    async def albums(self, owner: str) -> Sequence[tuple[AlbumRow, int]]:
        """The owner's albums, and how many pictures are in each."""
        async with self._database.reading() as session:
            return await HistoryRepository(session).albums(owner)

    async def add_album(self, owner: str, name: str) -> AlbumRow:
        """A new album. Raises InvalidRequestError when there is one of that name."""
        now = self._clock.now()
        row = AlbumRow(id=new_id("alb", now), owner=owner, name=name.strip(), created_at=now)
        async with self._database.transaction() as session:
            if not await HistoryRepository(session).add_album(row):
                raise InvalidRequestError(f"name: there is an album {name[:60]!r} already", field="name")
        return row

    async def change_album(self, album_id: str, owner: str, add: Collection[str], remove: Collection[str]) -> None:
        """Put pictures into an album, or take some out. Raises NotFoundError."""
        async with self._database.transaction() as session:
            history = HistoryRepository(session)
            await self._check_album(history, album_id, owner)
            await history.put_in_album(album_id, [row.id for row in await history.some(add, owner)])
            await history.take_from_album(album_id, remove)

    async def delete_album(self, album_id: str, owner: str) -> None:
        """Remove an album; its pictures stay. Raises NotFoundError."""
        async with self._database.transaction() as session:
            history = HistoryRepository(session)
            await self._check_album(history, album_id, owner)
            await history.delete_album(album_id)

    # -- inside -------------------------------------------------------------------------------------------------------

    @staticmethod
    async def _check_album(history: HistoryRepository, album_id: str, owner: str) -> None:
        if await history.album(album_id, owner) is None:
            raise NotFoundError(f"There is no album {album_id[:60]!r}")

    async def _set_trashed(self, ids: Collection[str], owner: str, *, is_trashed: bool) -> int:
        at = self._clock.now() if is_trashed else None
        async with self._database.transaction() as session:
            return await HistoryRepository(session).change(ids, owner, {"trashed_at": at})

    async def _empty(self, owner: str | None, keep: timedelta, pages: int | None) -> int:
        removed, before = 0, self._clock.now() - keep if keep else None
        for _ in itertools.count() if pages is None else range(pages):
            async with self._database.transaction() as session:
                history = HistoryRepository(session)
                ids = await history.trashed(owner, before, PAGE)
                blobs = await history.delete(ids)
            await self._sweeper.remove(blobs)
            removed += len(ids)
            if len(ids) < PAGE:
                break
        return removed
