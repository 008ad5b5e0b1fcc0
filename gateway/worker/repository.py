"""The workers' side of the job table: claim, hold, finish, hand back, take over. Each is one statement.

Every write of a worker says `WHERE id = … AND fence = …` with the fence of its own claim, so a worker that was stopped
beyond its lease and wakes up later changes nothing. Leases are measured with the database's clock on PostgreSQL, where
workers run on several machines, and with the process's own on SQLite, where there is one.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.audit.repository import AuditRepository
from gateway.jobs.event_log import log_events
from gateway.jobs.records import JobEvent
from gateway.jobs.status import ACTIVE, JobStatus
from gateway.limits.repository import QuotaRepository
from gateway.storage.database import UNTRACKED
from gateway.storage.database_clock import DatabaseClock
from gateway.storage.image_rows import add_image
from gateway.storage.tables import DrainedModelRow, ImageRow, JobEventRow, JobRow, QueueStateRow
from gateway.storage.tables.base import Instant
from gateway.webhooks.repository import Outbox


class LeaseLostError(Exception):
    """The job is somebody else's by now, or has ended; nothing was written."""


class ClaimRepository:
    """All SQL of the workers' side. `now` is the process's time; see the module for where it counts."""

    def __init__(self, session: AsyncSession, now: datetime) -> None:
        self._session = session
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"
        self._clock = DatabaseClock(session, now)
        self._moment = now
        self.have_others_waited = False  # beside the claimed job, if any; where not, a second look would be in vain
        self._is_mine = False
        self.audit = AuditRepository(session)

    async def claim(self, worker: str, lease_s: float, barred: Collection[str] = ()) -> JobRow | None:
        """Take the next job, unless the queue is paused. Skips owners who already run as many as they may.

        Args:
            worker: who takes it.
            lease_s: for how long.
            barred: models whose jobs he does not want now.
        """
        given: dict[str, Any] = {"worker": worker, "barred": list(barred)}
        if self._is_sqlite:
            given |= {"moment": self._moment, "until": self._clock.after(lease_s)}
        else:
            given["lease_s"] = lease_s
        found = (await self._session.execute(_taking(self._is_sqlite), given)).mappings().one_or_none()
        if found is None:
            self.have_others_waited = bool(await self._session.scalar(_WAITING))
            return None
        values = dict(found)
        self.have_others_waited = bool(values.pop(_OTHERS))
        job = JobRow(**values)  # of no session: what is to be written is written by a statement
        if job.max_parallel is None or self._is_sqlite or await self._fits(job):
            return job
        await self._session.rollback()
        return None

    async def _fits(self, job: JobRow) -> bool:
        """Whether the owner's limit still holds, now that no other claim for him can be between its two looks."""
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtext(job.owner))))
        running = select(func.count()).where(JobRow.owner == job.owner, JobRow.status.in_(ACTIVE))
        return (await self._session.scalar(running) or 0) <= (job.max_parallel or 0)

    async def hold(self, job: JobRow, lease_s: float, progress: float) -> bool:
        """Lengthen the lease and record the progress; whether somebody has asked to cancel.

        Raises:
            LeaseLostError: see there.
        """
        return await self._set(job, _writing().values(lease_until=self._clock.after(lease_s)), progress=progress)

    async def set_processing(self, job: JobRow) -> None:
        """The first step runs. Raises LeaseLostError."""
        await self._set(job, status=JobStatus.PROCESSING)

    async def add_image(self, job: JobRow, image: ImageRow) -> bool:
        """Record a finished picture; False when an earlier worker of the job has done it. Raises LeaseLostError."""
        if not self._is_mine:
            await self._set(job, fence=job.fence)
        return await add_image(self._session, image)

    async def finish(self, job: JobRow, status: JobStatus, error: dict[str, Any] | None = None) -> None:
        """End a job, and give back the quota of what it did not deliver. Raises LeaseLostError."""
        ended: dict[str, Any] = {"progress": 1.0} if status is JobStatus.SUCCEEDED else {}
        if self._is_sqlite:
            ended["finished_at"] = self._moment
        await self._set(job, _ending(self._is_sqlite), status=status, error=error, **ended)
        if status is not JobStatus.SUCCEEDED or job.moderation:
            await QuotaRepository(self._session).refund(job)

    async def set_moderation(self, job: JobRow, moderation: dict[str, Any]) -> None:
        """Record what was found in its pictures. Raises LeaseLostError."""
        await self._set(job, moderation=moderation)

    async def hand_back(self, job: JobRow, delay_s: float, *, counts: bool) -> None:
        """Put a job back into the queue, to run not before `delay_s`; `counts` says whether it was an attempt.

        Raises:
            LeaseLostError: see there.
        """
        statement = _writing().values(
            run_at=self._clock.after(delay_s),
            attempts=JobRow.attempts if counts else JobRow.attempts - 1,
            lease_owner=None,
            lease_until=None,
        )
        await self._set(job, statement, status=JobStatus.QUEUED)

    async def are_some_lost(self) -> bool:
        """Whether there is a job to be taken over."""
        return await self._session.scalar(select(JobRow.id).where(self._lost).limit(1)) is not None

    async def take_over(self) -> Sequence[JobRow]:
        """Put the jobs of lost workers back into the queue, or cancel those that were to be; returns them."""
        lost = self._lost
        again = lost & (JobRow.attempts < JobRow.max_attempts) & ~JobRow.cancel_requested
        requeue = update(JobRow).where(again).values(status=JobStatus.QUEUED, run_at=self._clock.now, lease_owner=None)
        cancel = update(JobRow).where(lost, JobRow.cancel_requested).values(status=JobStatus.CANCELED)
        fail = update(JobRow).where(lost, ~JobRow.cancel_requested, JobRow.attempts >= JobRow.max_attempts)
        ended = {"lease_owner": None, "finished_at": self._clock.now}
        error = {"code": "worker_lost", "message": "every worker that took this job was lost", "facts": {}}
        changed: list[JobRow] = []
        for statement in (
            requeue,
            cancel.values(ended),
            fail.values(status=JobStatus.FAILED, error=error, **ended),
        ):
            returning = statement.returning(JobRow)
            changed += (await self._session.scalars(returning, execution_options=UNTRACKED)).all()
        for job in changed:
            if job.status != JobStatus.QUEUED:
                await QuotaRepository(self._session).refund(job)
        return changed

    async def add_events(self, job: JobRow, events: Sequence[JobEvent]) -> None:
        """Store events of a job, and what webhooks tell of them."""
        await log_events(self._session, job, events, self._moment)

    async def tell_progress(self, job: JobRow, progress: float) -> None:
        """Have webhooks tell how far a job is."""
        await Outbox(self._session).tell_progress(job, progress, self._moment)

    async def has_event(self, event: JobEvent) -> bool:
        """Whether an event is stored already."""
        statement = select(JobEventRow.id).where(JobEventRow.job_id == event.job_id, JobEventRow.id == event.id)
        return await self._session.scalar(statement) is not None

    async def _set(self, job: JobRow, statement: Any = None, **values: Any) -> bool:
        """Change the job; whether somebody has asked to cancel it. Raises LeaseLostError."""
        statement = _writing() if statement is None else statement
        given = {**values, "this_job": job.id, "this_claim": job.fence}
        found = (await self._session.execute(statement, given)).first()
        if found is None:
            raise LeaseLostError(job.id)
        self._is_mine = True  # until the transaction ends: nobody else can write the row meanwhile
        return bool(found[0])

    @property
    def _lost(self) -> ColumnElement[bool]:
        return and_(JobRow.status.in_(ACTIVE), JobRow.lease_until < self._clock.now)


_OTHERS = "have_others_waited"
_WAITING = select(select(JobRow.id).where(JobRow.status == JobStatus.QUEUED).exists())


@functools.cache
def _writing() -> Any:
    """An update of the job `this_job`, if `this_claim` still holds it, to the values that it is given.

    It returns whether somebody has asked to cancel.
    """
    job: Any = JobRow.__table__
    is_mine = (job.c.id == bindparam("this_job"), job.c.fence == bindparam("this_claim"), job.c.status.in_(ACTIVE))
    return update(job).where(*is_mine).returning(job.c.cancel_requested)


@functools.cache
def _ending(is_sqlite: bool) -> Any:
    """The same, of one that ends; on SQLite `finished_at` is given too."""
    statement = _writing().values(lease_owner=None, lease_until=None)
    return statement if is_sqlite else statement.values(finished_at=func.clock_timestamp())


@functools.cache
def _taking(is_sqlite: bool) -> Any:
    """An update that takes the next job; it returns the job's values and whether others waited, or nothing.

    It is built once, and of tables: building it, or leaving it to the object mapper, would take as long as running it.

    Its parameters: `worker`, `lease_s`, `barred` (models whose jobs he does not want), and on SQLite `moment` and
    `until`, of the process's clock. Paused queues and drained models are left alone, and so are owners who already run
    as many jobs as they may.
    """
    job: Any = JobRow.__table__
    now: Any = bindparam("moment", type_=Instant()) if is_sqlite else func.clock_timestamp()
    lease = func.make_interval(0, 0, 0, 0, 0, 0, bindparam("lease_s"))
    until: Any = bindparam("until", type_=Instant()) if is_sqlite else now + lease
    running, next_one, other = job.alias("running"), job.alias("next_one"), job.alias("other")
    drained: Any = DrainedModelRow.__table__
    queue: Any = QueueStateRow.__table__
    busy = (
        select(running.c.owner)
        .where(running.c.status.in_(ACTIVE))
        .group_by(running.c.owner)
        .having(func.count() >= func.min(running.c.max_parallel))
    )
    pick = (
        select(next_one.c.id)
        .where(
            next_one.c.status == JobStatus.QUEUED,
            next_one.c.run_at <= now,
            next_one.c.owner.not_in(busy),
            next_one.c.model.not_in(select(drained.c.model)),
            next_one.c.model.not_in(bindparam("barred", expanding=True)),
            ~select(queue.c.id).where(queue.c.is_paused).exists(),
        )
        .order_by(next_one.c.priority.desc(), next_one.c.turn, next_one.c.id)
        .limit(1)
    )
    if not is_sqlite:
        pick = pick.with_for_update(skip_locked=True, of=next_one)
    # By its full name: on SQLite, RETURNING renders a column without its table, and that would be the other row.
    own_id: ColumnElement[str] = literal_column(f"{job.name}.id")
    others = select(other.c.id).where(other.c.status == JobStatus.QUEUED, other.c.id != own_id).exists()
    return (
        update(job)
        .where(job.c.id == pick.scalar_subquery(), job.c.status == JobStatus.QUEUED)
        .values(
            status=JobStatus.STARTING,
            lease_owner=bindparam("worker"),
            lease_until=until,
            held_on=None,
            fence=job.c.fence + 1,
            attempts=job.c.attempts + 1,
            started_at=func.coalesce(job.c.started_at, now),
            progress=0.0,
        )
        .returning(*job.c, others.label(_OTHERS))
    )
