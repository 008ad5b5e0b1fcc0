"""The rows of history: search, marks, tags, albums, trash."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Select,
    Text,
    cast,
    delete,
    exists,
    func,
    literal_column,
    not_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.history.recipe import Making
from gateway.history.search import Search
from gateway.storage.data_urls import PICTURES
from gateway.storage.database import UNTRACKED
from gateway.storage.image_rows import delete_images
from gateway.storage.tables import AlbumImageRow, AlbumRow, ImageRow, ImageTagRow, JobRow
from gateway.storage.tables.base import Json

OPERATORS: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_DOCUMENT: ColumnElement[Any] = literal_column(
    "to_tsvector('simple', translate(images.prompt, '<>:/', '    '))"  # the expression of the index ix_images_words
)


def _query(words: tuple[str, ...]) -> ColumnElement[Any]:
    return func.phraseto_tsquery(literal_column("'simple'"), " ".join(words))


class HistoryRepository:
    """All SQL about pictures as their owners see them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"

    async def search(self, owner: str, search: Search, before: int | None, limit: int) -> Sequence[ImageRow]:
        """Pictures that fit, youngest first, older than the number `before`."""
        statement = self.statement(owner, search, before, limit)
        return (await self._session.scalars(statement)).all()

    def statement(self, owner: str, search: Search, before: int | None, limit: int) -> Select[ImageRow]:
        """The statement of a search; the benchmark explains it."""
        trashed = ImageRow.trashed_at.is_not(None) if search.is_trashed else ImageRow.trashed_at.is_(None)
        statement = select(ImageRow).where(ImageRow.owner == owner, trashed)
        for condition in search.conditions:
            column = getattr(ImageRow, condition.column)
            statement = statement.where(OPERATORS[condition.op](column, condition.value))
        for tag in search.tags:
            statement = statement.where(exists().where(ImageTagRow.image_id == ImageRow.id, ImageTagRow.tag == tag))
        for album in search.albums:
            named = select(AlbumRow.id).where(AlbumRow.owner == owner, AlbumRow.name == album)
            inside = exists().where(AlbumImageRow.image_id == ImageRow.id, AlbumImageRow.album_id.in_(named))
            statement = statement.where(inside)
        statement = self._with_words(statement, owner, search)
        if before is not None:
            statement = statement.where(ImageRow.number < before)
        if search.phrases and not self._is_sqlite:
            # PostgreSQL guesses that it will soon meet fifty that fit, and reads every prompt where none does: not by
            # the index of numbers, then, but by that of words
            return statement.order_by((ImageRow.number + 0).desc()).limit(limit)
        return statement.order_by(ImageRow.number.desc()).limit(limit)

    def _with_words(self, statement: Select[ImageRow], owner: str, search: Search) -> Select[ImageRow]:
        if self._is_sqlite:
            return _with_fts5(statement, owner, search)
        for words in search.phrases:
            statement = statement.where(_DOCUMENT.op("@@", return_type=Boolean())(_query(words)))
        for words in search.without:
            statement = statement.where(not_(_DOCUMENT.op("@@", return_type=Boolean())(_query(words))))
        return statement

    async def get(self, image_id: str, owner: str) -> ImageRow | None:
        """One picture of an owner."""
        statement = select(ImageRow).where(ImageRow.id == image_id, ImageRow.owner == owner)
        return (await self._session.scalars(statement)).one_or_none()

    async def some(self, ids: Collection[str], owner: str) -> Sequence[ImageRow]:
        """Those of some pictures that belong to an owner, youngest first."""
        statement = select(ImageRow).where(ImageRow.id.in_(ids), ImageRow.owner == owner)
        return (await self._session.scalars(statement.order_by(ImageRow.number.desc()))).all()

    async def makings(self, job_ids: Collection[str]) -> dict[str, Making]:
        """How the pictures of some jobs were made. The pictures that went in stay where they are: they are large."""
        told: Any
        if self._is_sqlite:
            told = func.json_remove(JobRow.input, *(f"$.{name}" for name in PICTURES), type_=Json)
        else:
            told = cast(JobRow.input.op("-")(cast(list(PICTURES), ARRAY(Text))), Json)
        job = JobRow
        statement = select(
            job.id, told, job.key_id, job.surface, job.cached_from, job.created_at, job.started_at, job.finished_at
        ).where(job.id.in_(job_ids))
        rows: Sequence[Any] = (await self._session.execute(statement)).all()
        return {row[0]: Making(*row[1:]) for row in rows}

    async def change(self, ids: Collection[str], owner: str, values: Mapping[str, Any]) -> int:
        """Set some columns; how many pictures that were."""
        statement = update(ImageRow).where(ImageRow.id.in_(ids), ImageRow.owner == owner).values(**values)
        found = await self._session.execute(statement.returning(ImageRow.id), execution_options=UNTRACKED)
        return len(found.all())

    async def tags(self, ids: Collection[str]) -> dict[str, list[str]]:
        """The tags of pictures."""
        found: dict[str, list[str]] = {image_id: [] for image_id in ids}
        statement = select(ImageTagRow).where(ImageTagRow.image_id.in_(ids)).order_by(ImageTagRow.tag)
        for row in await self._session.scalars(statement):
            found[row.image_id].append(row.tag)
        return found

    async def set_tags(self, image_id: str, tags: Collection[str]) -> None:
        """Replace the tags of a picture."""
        await self._session.execute(delete(ImageTagRow).where(ImageTagRow.image_id == image_id))
        self._session.add_all([ImageTagRow(image_id=image_id, tag=tag) for tag in tags])

    async def all_tags(self, owner: str) -> Sequence[tuple[str, int]]:
        """An owner's tags and how often he used them."""
        count = func.count()
        statement = (
            select(ImageTagRow.tag, count)
            .join(ImageRow, ImageRow.id == ImageTagRow.image_id)
            .where(ImageRow.owner == owner)
            .group_by(ImageTagRow.tag)
            .order_by(count.desc(), ImageTagRow.tag)
        )
        return [(row[0], row[1]) for row in await self._session.execute(statement)]

    async def trashed(self, owner: str | None, before: datetime | None, limit: int) -> Sequence[str]:
        """Ids of pictures in the trash, of one owner if given, thrown away before a moment if given."""
        statement = select(ImageRow.id).where(ImageRow.trashed_at.is_not(None)).limit(limit)
        if owner is not None:
            statement = statement.where(ImageRow.owner == owner)
        if before is not None:
            statement = statement.where(ImageRow.trashed_at < before)
        # locked: whoever takes one back at this moment either comes first or finds it gone
        return (await self._session.scalars(statement.with_for_update(skip_locked=True))).all()

    async def delete(self, ids: Collection[str]) -> Collection[str]:
        """Remove pictures for good; returns the blobs that they named."""
        return {blob for pair in await delete_images(self._session, ids) for blob in pair if blob is not None}

    # -- albums -------------------------------------------------------------------------------------------------------

    async def albums(self, owner: str) -> Sequence[tuple[AlbumRow, int]]:
        """An owner's albums and how many pictures are in each."""
        count = func.count(AlbumImageRow.image_id)
        statement = (
            select(AlbumRow, count)
            .outerjoin(AlbumImageRow, AlbumImageRow.album_id == AlbumRow.id)
            .where(AlbumRow.owner == owner)
            .group_by(AlbumRow.id)
            .order_by(AlbumRow.name)
        )
        return [(row[0], row[1]) for row in await self._session.execute(statement)]

    async def album(self, album_id: str, owner: str) -> AlbumRow | None:
        """One album."""
        statement = select(AlbumRow).where(AlbumRow.id == album_id, AlbumRow.owner == owner)
        return (await self._session.scalars(statement)).one_or_none()

    async def add_album(self, row: AlbumRow) -> bool:
        """Insert; False when the owner has one of that name."""
        dialect = sqlite if self._is_sqlite else postgresql
        values = {"id": row.id, "owner": row.owner, "name": row.name, "created_at": row.created_at}
        statement = dialect.insert(AlbumRow).values(values).on_conflict_do_nothing().returning(AlbumRow.id)
        return await self._session.scalar(statement) is not None

    async def put_in_album(self, album_id: str, ids: Collection[str]) -> None:
        """Put pictures into an album; those that are there stay."""
        dialect = sqlite if self._is_sqlite else postgresql
        rows = [{"album_id": album_id, "image_id": image_id} for image_id in ids]
        if rows:
            await self._session.execute(dialect.insert(AlbumImageRow).values(rows).on_conflict_do_nothing())

    async def take_from_album(self, album_id: str, ids: Collection[str]) -> None:
        """Take pictures out of an album."""
        which = (AlbumImageRow.album_id == album_id, AlbumImageRow.image_id.in_(ids))
        await self._session.execute(delete(AlbumImageRow).where(*which))

    async def delete_album(self, album_id: str) -> None:
        """Remove an album; its pictures stay."""
        await self._session.execute(delete(AlbumImageRow).where(AlbumImageRow.album_id == album_id))
        await self._session.execute(delete(AlbumRow).where(AlbumRow.id == album_id))


def _with_fts5(statement: Select[ImageRow], owner: str, search: Search) -> Select[ImageRow]:
    """Words are digits and letters only by now, so that none can mean anything else to FTS5's query language."""
    if not search.phrases and not search.without:
        return statement
    quoted = [" ".join(words) for words in search.phrases]
    match = f'owner : "{owner}"' + "".join(f' AND words : "{phrase}"' for phrase in quoted)
    for words in search.without:
        match = f'({match}) NOT words : "{" ".join(words)}"'
    found = text("images.number IN (SELECT rowid FROM image_words WHERE image_words MATCH :match)")
    return statement.where(found.bindparams(match=match))
