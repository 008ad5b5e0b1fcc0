"""What a gateway has asked the installer to do, for as long as it waits for the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.storage.tables.base import Base, Json


class ErrandRow(Base):
    """One errand; whoever asked removes it when he has his answer, or does not wait any more.

    Attributes:
        action: what is to be done, as `thing.act`.
        given: its arguments.
        origin: who has it done, for the audit log (`gateway.audit.origin.Origin`).
        until: not begun after that; nobody waits for it.
        lease_until: how long the installer is believed to live that has taken it; None while nobody has.
        answer: what came of it, as `gateway.errands.answers` writes it.
    """

    __tablename__ = "errands"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    action: Mapped[str] = mapped_column(String(40))
    given: Mapped[dict[str, Any]]
    origin: Mapped[dict[str, Any]]
    until: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json)
