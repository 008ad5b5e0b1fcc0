"""What was done that matters for security."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.storage.tables.base import Base


class AuditRow(Base):
    """One act. Rows are only added: triggers refuse to change or delete any, but let `address` be taken out.

    It holds ids, never a name, an e-mail address or a secret; erasing somebody takes out where he acted from.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_actor", "actor", "id"), Index("ix_audit_log_target", "target", "id"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(10))
    actor: Mapped[str] = mapped_column(String(40))
    key_id: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(String(45))
    request_id: Mapped[str | None] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(80))
    details: Mapped[dict[str, Any]]
