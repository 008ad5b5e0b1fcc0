"""The rows of uploads, and the pictures of the gallery that requests may name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.database import UNTRACKED
from gateway.storage.tables import ImageRow, UploadRow


class UploadRepository:
    """All SQL of this domain."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: UploadRow) -> None:
        """Insert an upload."""
        self._session.add(row)

    async def get(self, upload_id: str, owner: str, now: datetime) -> UploadRow | None:
        """An owner's upload that has not expired."""
        statement = select(UploadRow).where(
            UploadRow.id == upload_id, UploadRow.owner == owner, UploadRow.expires_at > now
        )
        return (await self._session.scalars(statement)).one_or_none()

    async def delete(self, ids: Collection[str]) -> Sequence[str]:
        """Remove uploads; returns their blobs, which may belong to others too."""
        statement = delete(UploadRow).where(UploadRow.id.in_(ids)).returning(UploadRow.blob)
        return (await self._session.scalars(statement, execution_options=UNTRACKED)).all()

    async def gallery_blob(self, image_id: str, owner: str) -> str | None:
        """The file of a picture in an owner's gallery; none of what is in the trash."""
        statement = select(ImageRow.blob).where(
            ImageRow.id == image_id, ImageRow.owner == owner, ImageRow.trashed_at.is_(None)
        )
        return (await self._session.scalars(statement)).one_or_none()
