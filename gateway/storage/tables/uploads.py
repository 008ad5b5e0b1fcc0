"""Pictures that people have sent, to be named by requests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from gateway.storage.tables.base import Base


class UploadRow(Base):
    """A picture as it was sent, until it expires. `blob` names its file in the image store."""

    __tablename__ = "uploads"
    __table_args__ = (
        Index("ix_uploads_owner_bytes", "owner", "size_bytes"),
        Index("ix_uploads_blob", "blob"),
        Index("ix_uploads_expires", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(40))
    blob: Mapped[str] = mapped_column(String(80))
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
