"""Which blob an image is."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.tables import ImageRow


class FileRepository:
    """All SQL of this domain."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, image_id: str) -> ImageRow | None:
        """One image."""
        return (await self._session.scalars(select(ImageRow).where(ImageRow.id == image_id))).one_or_none()

    async def set_thumbnail(self, image_id: str, blob: str) -> None:
        """Record an image's thumbnail."""
        await self._session.execute(update(ImageRow).where(ImageRow.id == image_id).values(thumbnail=blob))
