"""Jobs and what happened to them. The job table is the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from gateway.storage.tables.base import Base


class JobRow(Base):
    """One accepted request, from acceptance to its end.

    Attributes:
        turn: place in the fair order of owners; see `gateway.jobs.repository`.
        work: megapixels times steps, for estimates and quotas.
        fence: how often it was claimed. Every write of a worker names the fence of its own claim, so that a worker
            which lost its lease writes nothing.
        quota_day: the day, in the owner's time zone, whose quota it was counted on.
        recipe: hash of everything that makes its pictures, the weights included.
        cached_from: the earlier job whose pictures answered it.
        max_parallel: how many jobs of the owner may run at once, as it was when this one was accepted.
        held_on: the server whose copy of its pipeline it uses: as long as it runs, that copy is not unloaded.
        is_kept: runs on when its caller disconnects.
        webhooks: whom it is told to, as it was when it was accepted: `{"targets": [{endpoint or url, events}]}`.
        moderation: what is to be done with its pictures, and under `found` what was; None where nothing is.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_claim", "status", "priority", "turn", "id"),
        Index("ix_jobs_owner", "owner", "id"),
        Index("ix_jobs_idempotency", "owner", "idempotency_key", unique=True),
        Index("ix_jobs_same_body", "owner", "body_hash"),
        Index("ix_jobs_recipe", "owner", "recipe"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(40))
    key_id: Mapped[str | None] = mapped_column(String(40))
    surface: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(80))
    input: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(12))
    priority: Mapped[int]
    turn: Mapped[int] = mapped_column(BigInteger)
    work: Mapped[float]
    max_parallel: Mapped[int | None]
    quota_day: Mapped[str] = mapped_column(String(10))
    recipe: Mapped[str] = mapped_column(String(64))
    cached_from: Mapped[str | None] = mapped_column(String(40))
    run_at: Mapped[datetime]
    attempts: Mapped[int]
    max_attempts: Mapped[int]
    fence: Mapped[int]
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
    held_on: Mapped[str | None] = mapped_column(String(200))
    cancel_requested: Mapped[bool]
    is_kept: Mapped[bool]
    progress: Mapped[float]
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    body_hash: Mapped[str | None] = mapped_column(String(64))
    traceparent: Mapped[str | None] = mapped_column(String(60))
    request_id: Mapped[str | None] = mapped_column(String(64))
    webhooks: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    moderation: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobEventRow(Base):
    """Something worth telling that happened to a job. `id` grows within the job, across workers too."""

    __tablename__ = "job_events"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class QueueStateRow(Base):
    """One row: whether an administrator has paused the queue."""

    __tablename__ = "queue_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_paused: Mapped[bool]
