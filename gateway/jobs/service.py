"""Accepting jobs, looking at them, cancelling them. What is accepted is stored before the caller hears of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

from gateway.audit.repository import REFUSED, AuditRepository
from gateway.errors import InvalidRequestError, ModerationBlockedError, NotFoundError
from gateway.jobs.acceptance import Acceptance
from gateway.jobs.follow import follow, stored
from gateway.jobs.hub import Hub
from gateway.jobs.records import ETA, EVENTS_PER_CLAIM, QUEUED_ID, JobEvent, Order
from gateway.jobs.repository import JobRepository
from gateway.jobs.status import JobStatus
from gateway.jobs.wakeups.base import CancelRequested, DeliveriesDue, JobAvailable, Message, Wakeups
from gateway.kit.clock import Clock
from gateway.limits.quota import QuotaExceededError
from gateway.limits.repository import QuotaRepository
from gateway.observability.metrics import Metrics
from gateway.safety.policy import BLOCKED
from gateway.storage.database import Database
from gateway.storage.tables import ImageRow, JobRow

CANCELED_OFFSET = EVENTS_PER_CLAIM - 1
"""Of an event id that no worker gives: a cancellation in the queue comes after all that workers told."""

SAME_BODY_S = 600.0
MAX_PROGRESS = 10_000


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as its owner may see it. `queue_position` counts those before it and is None once it runs."""

    row: JobRow
    images: Sequence[ImageRow]
    progress: float
    queue_position: int | None = None
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs, and where the next ones begin."""

    jobs: Sequence[JobView]
    next_cursor: str | None


class JobService:
    """The callers' side."""

    def __init__(
        self, database: Database, wakeups: Wakeups, clock: Clock, acceptance: Acceptance, metrics: Metrics
    ) -> None:
        self._database = database
        self._acceptance = acceptance
        self._metrics = metrics
        self._wakeups = wakeups
        self._hub = Hub()
        self._clock = clock
        self._estimator = acceptance.estimator
        self._progress: OrderedDict[str, float] = OrderedDict()

    @property
    def hub(self) -> Hub:
        """Where events of this process can be heard."""
        return self._hub

    def hear(self, message: Message) -> None:
        """A wake-up: events go to the listeners; the latest progress is kept, which the database has only roughly."""
        if not isinstance(message, JobEvent):
            return
        self._hub.publish(message)
        if message.type == "progress":
            self._progress[message.job_id] = message.data["progress"]
            self._progress.move_to_end(message.job_id)
            if len(self._progress) > MAX_PROGRESS:
                self._progress.popitem(last=False)
        elif message.data.get(ETA) is not None:
            self._estimator.foresee(message.job_id, message.data[ETA])
        elif not message.is_passing:
            self._progress.pop(message.job_id, None)
            self._estimator.forget(message.job_id)

    async def accept(self, order: Order) -> tuple[JobRow, bool]:
        """Make a job of an order, or find the one it made before; the second value says whether it is new.

        Raises:
            IdempotencyConflictError: the key named another order.
            PermissionDeniedError, InvalidRequestError: the caller's key does not allow the model or the priority.
            OverloadedError: too many jobs wait.
            QuotaExceededError: it does not fit in what is left.
            ModerationBlockedError, CheckerMissingError: see `SafetyService.decide`.
        """
        try:
            accepted = await self._acceptance.accept(order)
        except QuotaExceededError as error:
            self._metrics.quota_refusals.labels(error.quota).inc()
            raise
        except ModerationBlockedError as error:
            self._metrics.moderation.labels(error.stage, BLOCKED).inc()
            async with self._database.transaction() as session:
                audit = AuditRepository(session)
                audit.record(self._clock.now(), "safety.block", error.rule or "", REFUSED, stage=error.stage)
            raise
        if accepted.events:
            if accepted.job.cached_from is not None:
                self._metrics.jobs.labels(accepted.job.model, "cached").inc()
            self._tell(JobAvailable(), *accepted.events, *_due(accepted.job))
        return accepted.job, bool(accepted.events)

    async def find_same(self, owner: str, body_hash: str) -> JobRow | None:
        """The job that an identical order made in the last minutes, so that a client's retry joins it."""
        since = self._clock.now() - timedelta(seconds=SAME_BODY_S)
        async with self._database.reading() as session:
            return await JobRepository(session).same_body(owner, body_hash, since)

    async def get(self, job_id: str, owner: str | None) -> JobView:
        """One job.

        Raises:
            NotFoundError: none of that id, or it is somebody else's; the answer does not say which.
        """
        async with self._database.reading() as session:
            jobs = JobRepository(session)
            row = await jobs.get(job_id, owner)
            if row is None:
                raise NotFoundError(f"There is no job {job_id[:60]!r}")
            return await self._view(jobs, row, (await jobs.images([job_id]))[job_id])

    async def current(self, owner: str, key_id: str | None, surface: str) -> JobView | None:
        """The job that a surface without job ids works on for a caller; None when it has nothing to do for him."""
        async with self._database.reading() as session:
            jobs = JobRepository(session)
            row = await jobs.current(owner, key_id, surface)
            return None if row is None else await self._view(jobs, row, (await jobs.images([row.id]))[row.id])

    async def named(self, owner: str, idempotency_key: str) -> JobView | None:
        """The job that its owner has given this name."""
        async with self._database.reading() as session:
            jobs = JobRepository(session)
            row = await jobs.by_idempotency_key(owner, idempotency_key)
            return None if row is None else await self._view(jobs, row, ())

    async def list(self, owner: str | None, statuses: Collection[str], cursor: str | None, limit: int) -> Page:
        """A page of jobs, youngest first."""
        async with self._database.reading() as session:
            jobs = JobRepository(session)
            rows = await jobs.page(owner, statuses, cursor, limit + 1)
            shown = rows[:limit]
            images = await jobs.images([row.id for row in shown])
            views = [await self._view(jobs, row, images[row.id]) for row in shown]
        return Page(views, shown[-1].id if len(rows) > limit else None)

    def follow(self, job_id: str, owner: str, after: int = 0) -> AsyncGenerator[JobEvent, None]:
        """A job's events from any point to its end."""
        return follow(self._database, self._hub, job_id, owner, after)

    def follow_accepted(self, job: JobRow) -> AsyncGenerator[JobEvent, None]:
        """The same of a job that `accept` has just returned, without the acceptance itself where that is all so far."""
        is_fresh = job.status == JobStatus.QUEUED and job.fence == 0
        after = QUEUED_ID if is_fresh else 0
        return follow(self._database, self._hub, job.id, job.owner, after, is_read=is_fresh)

    async def stored(self, job_id: str, owner: str, after: int) -> Sequence[JobEvent]:
        """A job's stored events up to now."""
        return await stored(self._database, job_id, owner, after)

    async def ended(self, job: JobRow) -> None:
        """Return when a job that `accept` has just returned has ended."""
        async with aclosing(self.follow_accepted(job)) as events:
            async for _ in events:
                pass

    async def cancel(self, job_id: str, owner: str | None) -> JobView:
        """Withdraw a job; one that has ended stays as it is. A running one stops at its next step.

        Without an owner it is anybody's, which is an act of an administrator.
        """
        await self.get(job_id, owner)
        now = self._clock.now()
        event: JobEvent | None = None
        async with self._database.transaction() as session:
            jobs = JobRepository(session)
            row = await jobs.request_cancel(job_id, now)
            if owner is None and row is not None:
                AuditRepository(session).record(now, "job.cancel", job_id, owner=row.owner)
            if row is not None and row.status == JobStatus.CANCELED:
                await QuotaRepository(session).refund(row)
                event = JobEvent(job_id, row.owner, row.fence * EVENTS_PER_CLAIM + CANCELED_OFFSET, row.status, {})
                await jobs.add_events(row, [event], now)
        if event is not None and row is not None:
            self._metrics.jobs.labels(row.model, row.status).inc()
            self._tell(event, *_due(row))
        elif row is not None:
            self._tell(CancelRequested(job_id))
        return await self.get(job_id, owner)

    async def delete(self, job_id: str, owner: str | None) -> None:
        """Remove an ended job and its pictures.

        Raises:
            InvalidRequestError: it has not ended.
        """
        view = await self.get(job_id, owner)
        if not JobStatus(view.row.status).is_terminal:
            raise InvalidRequestError(f"The job is {view.row.status}; cancel it before you delete it")
        async with self._database.transaction() as session:
            await JobRepository(session).delete(job_id)

    async def set_paused(self, is_paused: bool) -> None:
        """Stop or let go on the taking of jobs; what runs runs on."""
        async with self._database.transaction() as session:
            await JobRepository(session).set_paused(is_paused)
            AuditRepository(session).record(self._clock.now(), "queue.pause" if is_paused else "queue.resume")
        if not is_paused:
            self._tell(JobAvailable())

    async def nudge(self) -> None:
        """Tell the workers that jobs may be taken which could not before."""
        self._tell(JobAvailable())

    async def is_paused(self) -> bool:
        """Whether the queue is paused."""
        async with self._database.reading() as session:
            return await JobRepository(session).is_paused()

    async def _view(self, jobs: JobRepository, row: JobRow, images: Sequence[ImageRow]) -> JobView:
        if row.status != JobStatus.QUEUED:
            progress = max(row.progress, self._progress.get(row.id, 0.0)) if row.finished_at is None else row.progress
            eta_s = self._estimator.running_s(row.id) if row.finished_at is None else None
            return JobView(row, images, progress, None, eta_s)
        position, eta_s = await self._estimator.waiting_s(jobs, row)
        return JobView(row, images, 0.0, position, eta_s)

    def _tell(self, *messages: Message) -> None:
        for message in messages:
            self._wakeups.send(message)


def _due(job: JobRow) -> list[Message]:
    """For whoever sends webhooks, where a job has any."""
    return [DeliveriesDue()] if job.webhooks else []
