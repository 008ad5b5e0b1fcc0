"""The rows whose time has come, a bounded number at a time; what another process removes just then is left to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.jobs.status import TERMINAL
from gateway.kit.ids import earliest_id
from gateway.storage.database import UNTRACKED
from gateway.storage.tables import (
    ImageRow,
    JobEventRow,
    JobRow,
    OneTimeTokenRow,
    SessionRow,
    UploadRow,
    UsageRow,
    WebhookDeliveryRow,
)


@dataclass(frozen=True, slots=True)
class Walked:
    """Part of a walk through the jobs: the last one looked at (None at the end), and how many were removed."""

    last: str | None
    removed: int


class RetentionRepository:
    """All SQL that removes by age. Ids begin with the time, so that nothing young is looked at."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def free_idempotency_keys(self, before: datetime, limit: int) -> int:
        """Let owners use the keys of jobs that ended before a moment again."""
        which = select(JobRow.id).where(
            JobRow.idempotency_key.is_not(None), JobRow.status.in_(TERMINAL), JobRow.finished_at < before
        )
        ids = await self._locked(which, limit)
        await self._session.execute(
            update(JobRow).where(JobRow.id.in_(ids)).values(idempotency_key=None), execution_options=UNTRACKED
        )
        return len(ids)

    async def remove_events(self, before: datetime, limit: int) -> int:
        """Remove the events of jobs that ended before a moment; how many jobs that were."""
        old = select(JobEventRow.job_id).where(JobEventRow.job_id < earliest_id("job", before)).distinct()
        having = (await self._session.scalars(old.order_by(JobEventRow.job_id).limit(limit))).all()
        which = select(JobRow.id).where(JobRow.id.in_(having), JobRow.status.in_(TERMINAL), JobRow.finished_at < before)
        ids = await self._locked(which, limit)
        await self._session.execute(delete(JobEventRow).where(JobEventRow.job_id.in_(ids)), execution_options=UNTRACKED)
        return len(ids)

    async def walk_jobs(self, after: str, before: datetime, limit: int) -> Walked:
        """Look at some jobs and remove those that ended before a moment and of which no picture is left."""
        ids = select(JobRow.id).where(JobRow.id > after, JobRow.id < earliest_id("job", before)).order_by(JobRow.id)
        seen = (await self._session.scalars(ids.limit(limit))).all()
        has_pictures = exists().where(ImageRow.job_id == JobRow.id)
        which = select(JobRow.id).where(
            JobRow.id.in_(seen), JobRow.status.in_(TERMINAL), JobRow.finished_at < before, ~has_pictures
        )
        gone = await self._locked(which, limit)
        await self._session.execute(
            delete(JobEventRow).where(JobEventRow.job_id.in_(gone)), execution_options=UNTRACKED
        )
        await self._session.execute(delete(JobRow).where(JobRow.id.in_(gone)), execution_options=UNTRACKED)
        return Walked(seen[-1] if len(seen) == limit else None, len(gone))

    async def remove_sessions(self, before: datetime, limit: int) -> int:
        """Remove sessions that were ended, or ran out, before a moment."""
        has_ended = or_(SessionRow.revoked_at < before, SessionRow.expires_at < before)
        ids = await self._locked(select(SessionRow.id).where(has_ended), limit)
        await self._session.execute(delete(SessionRow).where(SessionRow.id.in_(ids)), execution_options=UNTRACKED)
        return len(ids)

    async def remove_tokens(self, before: datetime, limit: int) -> int:
        """Remove one-time tokens that were used, or ran out, before a moment."""
        is_over = or_(OneTimeTokenRow.used_at < before, OneTimeTokenRow.expires_at < before)
        ids = await self._locked(select(OneTimeTokenRow.id).where(is_over), limit)
        await self._session.execute(
            delete(OneTimeTokenRow).where(OneTimeTokenRow.id.in_(ids)), execution_options=UNTRACKED
        )
        return len(ids)

    async def remove_uploads(self, now: datetime, limit: int) -> int:
        """Remove uploads that have expired; a sweep removes their files."""
        ids = await self._locked(select(UploadRow.id).where(UploadRow.expires_at <= now), limit)
        await self._session.execute(delete(UploadRow).where(UploadRow.id.in_(ids)), execution_options=UNTRACKED)
        return len(ids)

    async def remove_deliveries(self, before: datetime, limit: int) -> int:
        """Remove webhooks that were delivered or given up before a moment."""
        which = select(WebhookDeliveryRow.id).where(WebhookDeliveryRow.finished_at < before)
        ids = await self._locked(which, limit)
        await self._session.execute(
            delete(WebhookDeliveryRow).where(WebhookDeliveryRow.id.in_(ids)), execution_options=UNTRACKED
        )
        return len(ids)

    async def remove_usage(self, before_day: str, limit: int) -> int:
        """Remove the counts of days before one."""
        key = tuple_(UsageRow.who, UsageRow.day)
        which = select(UsageRow.who, UsageRow.day).where(UsageRow.day < before_day).limit(limit)
        pairs = [tuple(row) for row in await self._session.execute(which.with_for_update(skip_locked=True))]
        if pairs:
            await self._session.execute(delete(UsageRow).where(key.in_(pairs)), execution_options=UNTRACKED)
        return len(pairs)

    async def _locked(self, which: Select[Any], limit: int) -> Sequence[str]:
        return (await self._session.scalars(which.limit(limit).with_for_update(skip_locked=True))).all()
