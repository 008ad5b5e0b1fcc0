"""Where happenings are told, and what was told: the deliveries are both the queue and the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.storage.tables.base import Base


class WebhookEndpointRow(Base):
    """An address that is told of all jobs of its owner.

    Attributes:
        events: what it is told of, joined by spaces.
        disabled_reason: why it is not told any more, when that was not its owner's wish.
        last_success_at: when it took something last.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index("ix_webhook_endpoints_owner", "owner", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(String(2048))
    events: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String(200))
    is_enabled: Mapped[bool]
    disabled_reason: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime]
    last_success_at: Mapped[datetime | None]


class WebhookSecretRow(Base):
    """How often a secret was rotated; there is no row before the first time. The secret itself is nowhere stored.

    Attributes:
        name: the endpoint, or the owner for the addresses that jobs bring themselves.
        overlap_until: until when the one before signs too.
    """

    __tablename__ = "webhook_secrets"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(40), index=True)
    generation: Mapped[int]
    overlap_until: Mapped[datetime | None]


class WebhookDeliveryRow(Base):
    """One message to one address, from the transaction of what it tells on.

    Attributes:
        id: the message's id, the same in every attempt.
        endpoint_id: whom; None for an address that the job brought itself, which is `url`.
        status: `pending`, `delivered` or `failed`.
        fence: how often it was claimed. A claim also sets `next_at`, when somebody else may claim it; who claimed it
            before that writes nothing any more.
        begun_at: when the first of these attempts began; the time to give up counts from there.
        log: the last attempts, `{"attempts": [{at, status_code, duration_ms, error}]}`.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_due", "status", "next_at"),
        Index("ix_webhook_deliveries_owner", "owner", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_job", "job_id"),
        Index("ix_webhook_deliveries_finished", "finished_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(40))
    endpoint_id: Mapped[str | None] = mapped_column(String(40))
    url: Mapped[str | None] = mapped_column(String(2048))
    job_id: Mapped[str | None] = mapped_column(String(40))
    event: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int]
    fence: Mapped[int]
    next_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    log: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
