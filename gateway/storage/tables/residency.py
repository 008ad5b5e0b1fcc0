"""Which pipelines are loaded where, and what is wanted there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.storage.tables.base import Base


class ModelServerRow(Base):
    """What runs networks: a Triton, or a process that runs them itself. `seen_at`: when a worker last spoke for it."""

    __tablename__ = "model_servers"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[datetime]
    max_resident: Mapped[int]


class ResidencyRow(Base):
    """One pipeline on one server; see `gateway.residency.rule.Residency`, whose fields these are.

    `lease_owner` and `lease_until`: who is loading or unloading it, and until when he is believed to live.
    """

    __tablename__ = "residencies"

    server: Mapped[str] = mapped_column(String(200), primary_key=True)
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    changed_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    wanted_since: Mapped[datetime | None]
    wanted_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
