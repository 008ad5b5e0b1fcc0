"""Which blob an image is."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.tables import ImageRow


class FileRepository:
    """All SQL of this domain."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, image_id: str) -> ImageRow | None:
        """One image."""
        return (await self._session.scalars(select(ImageRow).where(ImageRow.id == image_id))).one_or_none()
