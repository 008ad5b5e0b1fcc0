"""What administrators have told the service."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.storage.tables.base import Base


class AnnouncementRow(Base):
    """One row: what everybody is to read."""

    __tablename__ = "announcements"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(String(10))
    until: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]


class DrainedModelRow(Base):
    """A model whose waiting jobs are left waiting, so that it can be taken away once those that run have ended."""

    __tablename__ = "drained_models"

    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    since: Mapped[datetime]
