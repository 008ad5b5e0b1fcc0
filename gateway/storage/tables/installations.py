"""Models that administrators have asked to install: both the queue of the installer and the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.storage.tables.base import Base, Json

OPEN = text("status NOT IN ('succeeded', 'failed', 'canceled')")


class InstallationRow(Base):
    """One installation; see `gateway.installations.status` for its states.

    Attributes:
        source: as it was resolved, with the revision where there is one.
        offer: what was accepted: files with sizes and checksums, licence (`gateway.installations.offer.Offer`).
        options: what else was asked for (`precision`, `pipeline`).
        step, detail: what is being done now, as a code, and to which file or component.
        wish: `pause` or `cancel` where the installer is to stop.
        lease_owner, lease_until, fence, attempts: as a job's.
        version: grows with every change, so that a listener knows whether there is something new.
    """

    __tablename__ = "installations"
    __table_args__ = (
        Index("ix_installations_status", "status", "id"),
        Index("uq_installations_open", "kind", "name", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    source: Mapped[str] = mapped_column(String(2300))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(64))
    offer: Mapped[dict[str, Any]]
    options: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(20))
    step: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str | None] = mapped_column(String(200))
    bytes_done: Mapped[int] = mapped_column(BigInteger)
    bytes_total: Mapped[int] = mapped_column(BigInteger)
    seconds_left: Mapped[float | None]
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    wish: Mapped[str | None] = mapped_column(String(10))
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int]
    attempts: Mapped[int]
    version: Mapped[int]
    created_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
