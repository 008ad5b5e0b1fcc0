"""Rows of pictures come and go together with their words in the index; this is the one place that does both."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.tables import ImageRow


async def add_image(session: AsyncSession, image: ImageRow) -> bool:
    """Insert a picture and give it its number; False when its job has one at that place already."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    values: dict[str, Any] = {column.key: getattr(image, column.key) for column in ImageRow.__table__.columns}
    if is_sqlite:  # there is one writer, so nobody else can take the number
        newest = select(func.coalesce(func.max(ImageRow.number), 0) + 1).scalar_subquery()
        values["number"] = newest
    else:
        values["number"] = func.nextval("image_numbers")
    insert = (sqlite if is_sqlite else postgresql).insert(ImageRow).values(values)
    statement = insert.on_conflict_do_nothing(index_elements=["job_id", "index"]).returning(ImageRow.number)
    number = await session.scalar(statement)
    if number is None:
        return False
    if is_sqlite:
        words = {"number": number, "owner": image.owner, "words": image.prompt}
        await session.execute(
            text("INSERT INTO image_words (rowid, owner, words) VALUES (:number, :owner, :words)"), words
        )
    return True


async def delete_images(session: AsyncSession, ids: Collection[str]) -> Sequence[tuple[str, str | None]]:
    """Remove pictures; returns their blobs and thumbnails, which may belong to others too."""
    statement = (
        delete(ImageRow).where(ImageRow.id.in_(ids)).returning(ImageRow.number, ImageRow.blob, ImageRow.thumbnail)
    )
    rows = (await session.execute(statement, execution_options={"synchronize_session": False})).all()
    if session.get_bind().dialect.name == "sqlite":
        for row in rows:
            await session.execute(text("DELETE FROM image_words WHERE rowid = :number"), {"number": row[0]})
    return [(row[1], row[2]) for row in rows]
