"""Rows of pictures come and go together with their words in the index; this is the one place that does both."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.database import UNTRACKED
from gateway.storage.tables import ImageRow

_WORDS = text("INSERT INTO image_words (rowid, owner, words) VALUES (:number, :owner, :words)")
_GIVEN = [column.key for column in ImageRow.__table__.columns if column.key != "number"]


async def add_image(session: AsyncSession, image: ImageRow) -> bool:
    """Insert a picture and give it its number; False when its job has one at that place already."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    number = await session.scalar(_adding(is_sqlite), {key: getattr(image, key) for key in _GIVEN})
    if number is not None and is_sqlite:
        await session.execute(_WORDS, {"number": number, "owner": image.owner, "words": image.prompt})
    return number is not None


@functools.cache
def _adding(is_sqlite: bool) -> Any:
    """An insert of a picture's values that finds its number; built once, since building it takes as long as running."""
    if is_sqlite:  # there is one writer, so nobody else can take the number
        number: Any = select(func.coalesce(func.max(ImageRow.number), 0) + 1).scalar_subquery()
    else:
        number = func.nextval("image_numbers")
    insert = (sqlite if is_sqlite else postgresql).insert(ImageRow.__table__).values(number=number)
    fresh = insert.on_conflict_do_nothing(index_elements=["job_id", "index"])
    return fresh.returning(ImageRow.__table__.c.number)


async def delete_images(session: AsyncSession, ids: Collection[str]) -> Sequence[tuple[str, str | None]]:
    """Remove pictures; returns their blobs and thumbnails, which may belong to others too."""
    statement = (
        delete(ImageRow).where(ImageRow.id.in_(ids)).returning(ImageRow.number, ImageRow.blob, ImageRow.thumbnail)
    )
    rows = (await session.execute(statement, execution_options=UNTRACKED)).all()
    if session.get_bind().dialect.name == "sqlite":
        for row in rows:
            await session.execute(text("DELETE FROM image_words WHERE rowid = :number"), {"number": row[0]})
    return [(row[1], row[2]) for row in rows]
