"""The callers' side of the job table: accept, look, cancel. The workers' side is `gateway.worker.repository`.

Order among waiting jobs: higher priority first, then `turn`, then age. An owner's n-th waiting job gets the n-th turn
from now, so that owners alternate however many jobs one of them has (start-time fair queueing in one indexed column).
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, case, delete, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.audit.origin import origin
from gateway.jobs.event_log import log_events
from gateway.jobs.records import JobEvent, Order
from gateway.jobs.status import ACTIVE, TERMINAL, JobStatus
from gateway.observability.tracing import current_traceparent
from gateway.storage.database import UNTRACKED
from gateway.storage.image_rows import add_image, delete_images
from gateway.storage.tables import ImageRow, JobEventRow, JobRow, QueueStateRow, WebhookEndpointRow
from gateway.webhooks.repository import targets

LOOKED_AT = 3
"""Earlier jobs of the same recipe of which one must still have all its pictures."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an order finds when it comes.

    Attributes:
        waiting: how many jobs wait.
        cached: a job of its owner that made just these pictures and still has them all.
        webhooks: whom its job is to be told to.
    """

    waiting: int
    cached: str | None
    webhooks: dict[str, Any] | None


class JobRepository:
    """All SQL of the callers' side."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def look(self, order: Order, recipe: str | None) -> Found:
        """What there is to know before an order becomes a job, in one statement; no recipe finds no earlier job."""
        given = {"owner": order.owner, "recipe": recipe, "images": order.request.num_images}
        rows = (await self._session.execute(_looking(), given)).all()
        endpoints = [{"endpoint": row[2], "events": row[3].split()} for row in rows if row[2] is not None]
        return Found(rows[0][0], rows[0][1], targets(endpoints, order.webhook))

    async def add(self, job_id: str, order: Order, now: datetime, more: Mapping[str, Any]) -> JobRow | None:
        """Insert a job; None when the owner has used the idempotency key before.

        Args:
            job_id: its id.
            order: what it was made of.
            now: when.
            more: `recipe`, `max_attempts`, `max_parallel`, `quota_day`; and what an answer from the store ends with.
        """
        values = {
            "id": job_id,
            "owner": order.owner,
            "key_id": order.subject.key_id,
            "surface": order.surface,
            "model": order.request.pipeline,
            "fingerprint": order.fingerprint,
            "input": order.to_input(),
            "status": JobStatus.QUEUED,
            "priority": order.request.priority,
            "work": order.work,
            "run_at": now,
            "attempts": 0,
            "fence": 0,
            "cancel_requested": False,
            "is_kept": order.is_kept,
            "progress": 0.0,
            "idempotency_key": order.idempotency_key,
            "body_hash": order.body_hash,
            "traceparent": current_traceparent(),
            "request_id": origin().request_id,
            "moderation": None if order.moderation is None else dict(order.moderation),
            "created_at": now,
            **more,
        }
        statement = _adding(self._session.get_bind().dialect.name == "sqlite")
        turn = await self._session.scalar(statement, {**values, "turn_of": order.owner})
        return None if turn is None else JobRow(**values, turn=turn)

    async def add_events(self, job: JobRow, events: Sequence[JobEvent], at: datetime) -> None:
        """Store events of a job, and what webhooks tell of them."""
        await log_events(self._session, job, events, at)

    async def get(self, job_id: str, owner: str | None = None) -> JobRow | None:
        """One job, of `owner` if given."""
        given = {"job": job_id} if owner is None else {"job": job_id, "of": owner}
        return (await self._session.scalars(_one(is_owned=owner is not None), given)).one_or_none()

    async def current(self, owner: str, key_id: str | None, surface: str) -> JobRow | None:
        """The job that a caller's surface works on for him: the one that runs longest, else the oldest that waits."""
        statement = (
            select(JobRow)
            .where(
                JobRow.owner == owner,
                JobRow.key_id == key_id,
                JobRow.surface == surface,
                JobRow.status.not_in(TERMINAL),
            )
            .order_by(JobRow.started_at.is_(None), JobRow.id)
            .limit(1)
        )
        return (await self._session.scalars(statement)).one_or_none()

    async def is_open(self, job_id: str) -> bool:
        """Whether the job is there and has not ended."""
        statement = select(JobRow.id).where(JobRow.id == job_id, JobRow.status.not_in(TERMINAL))
        return await self._session.scalar(statement) is not None

    async def by_idempotency_key(self, owner: str, key: str) -> JobRow | None:
        """The job that an owner named so."""
        statement = select(JobRow).where(JobRow.owner == owner, JobRow.idempotency_key == key)
        return (await self._session.scalars(statement)).one_or_none()

    async def same_body(self, owner: str, body_hash: str, since: datetime) -> JobRow | None:
        """The youngest job that came of the same order, unless it failed or was cancelled."""
        statement = (
            select(JobRow)
            .where(
                JobRow.owner == owner,
                JobRow.body_hash == body_hash,
                JobRow.created_at >= since,
                JobRow.status.not_in((JobStatus.FAILED, JobStatus.CANCELED)),
            )
            .order_by(JobRow.id.desc())
            .limit(1)
        )
        return (await self._session.scalars(statement)).one_or_none()

    async def add_images(self, images: Sequence[ImageRow]) -> None:
        """Insert pictures."""
        for image in images:
            await add_image(self._session, image)

    async def page(
        self, owner: str | None, statuses: Collection[str], before: str | None, limit: int
    ) -> Sequence[JobRow]:
        """Jobs older than `before`, youngest first."""
        statement = select(JobRow).where(*_owned(owner))
        if statuses:
            statement = statement.where(JobRow.status.in_(statuses))
        if before is not None:
            statement = statement.where(JobRow.id < before)
        return (await self._session.scalars(statement.order_by(JobRow.id.desc()).limit(limit))).all()

    async def images(self, job_ids: Collection[str]) -> dict[str, list[ImageRow]]:
        """The pictures of some jobs, in order."""
        found: dict[str, list[ImageRow]] = {job_id: [] for job_id in job_ids}
        for row in await self._session.scalars(_pictures(), {"jobs": list(job_ids)}):
            found[row.job_id].append(row)
        return found

    async def events(self, job_id: str, after: int) -> Sequence[JobEventRow]:
        """What happened to a job since."""
        statement = select(JobEventRow).where(JobEventRow.job_id == job_id, JobEventRow.id > after)
        return (await self._session.scalars(statement.order_by(JobEventRow.id))).all()

    async def request_cancel(self, job_id: str, now: datetime) -> JobRow | None:
        """Cancel a waiting job at once, or ask a running one's worker to; None when it has ended already."""
        waiting = (
            update(JobRow)
            .where(JobRow.id == job_id, JobRow.status == JobStatus.QUEUED)
            .values(status=JobStatus.CANCELED, finished_at=now, cancel_requested=True)
            .returning(JobRow)
        )
        running = (
            update(JobRow)
            .where(JobRow.id == job_id, JobRow.status.in_(ACTIVE))
            .values(cancel_requested=True)
            .returning(JobRow)
        )
        for statement in (waiting, running):
            row = (await self._session.scalars(statement, execution_options=UNTRACKED)).one_or_none()
            if row is not None:
                return row
        return None

    async def delete(self, job_id: str) -> None:
        """Remove an ended job with its events and the rows of its pictures; their files are swept up later."""
        ids = (await self._session.scalars(select(ImageRow.id).where(ImageRow.job_id == job_id))).all()
        await delete_images(self._session, ids)
        await self._session.execute(delete(JobEventRow).where(JobEventRow.job_id == job_id))
        await self._session.execute(delete(JobRow).where(JobRow.id == job_id))

    async def ahead_of(self, job: JobRow) -> tuple[int, float, float]:
        """How many jobs wait before this one, their work, and the work that is left of all that run."""
        before = and_(
            JobRow.status == JobStatus.QUEUED,
            or_(
                JobRow.priority > job.priority,
                and_(
                    JobRow.priority == job.priority,
                    or_(JobRow.turn < job.turn, and_(JobRow.turn == job.turn, JobRow.id < job.id)),
                ),
            ),
        )
        waiting = select(func.count(), func.coalesce(func.sum(JobRow.work), 0.0)).where(before)
        count, work = (await self._session.execute(waiting)).one()
        left = func.coalesce(func.sum(JobRow.work * (1.0 - JobRow.progress)), 0.0)
        running = await self._session.scalar(select(left).where(JobRow.status.in_(ACTIVE)))
        return count, float(work), float(running or 0.0)

    async def recent_runs(self, model: str, limit: int) -> Sequence[tuple[datetime, datetime, float]]:
        """Start, end and work of the jobs of a model that succeeded last."""
        statement = (
            select(JobRow.started_at, JobRow.finished_at, JobRow.work)
            .where(JobRow.status == JobStatus.SUCCEEDED, JobRow.model == model, JobRow.started_at.is_not(None))
            .order_by(JobRow.id.desc())
            .limit(limit)
        )
        rows: Sequence[Any] = (await self._session.execute(statement)).all()
        return [(row[0], row[1], row[2]) for row in rows]

    async def open_work(self) -> Sequence[tuple[str, int, datetime | None, float]]:
        """Of each model with open jobs: how many wait, since when the oldest, and the work left of all."""
        waits = JobRow.status == JobStatus.QUEUED
        counted = (
            select(
                JobRow.model,
                func.sum(case((waits, 1), else_=0)),
                func.min(case((waits, JobRow.created_at))),
                func.sum(JobRow.work * (1.0 - JobRow.progress)),
            )
            .where(JobRow.status.in_((JobStatus.QUEUED, *ACTIVE)))
            .group_by(JobRow.model)
        )
        rows: Sequence[Any] = (await self._session.execute(counted)).all()
        return [(row[0], int(row[1]), row[2], float(row[3])) for row in rows]

    async def is_paused(self) -> bool:
        """Whether an administrator has paused the queue."""
        return bool(await self._session.scalar(select(QueueStateRow.is_paused)))

    async def set_paused(self, is_paused: bool) -> None:
        """Pause or resume the queue."""
        await self._session.execute(update(QueueStateRow).values(is_paused=is_paused))


# Statements that every job runs are built once: building one takes as long as running it.


@functools.cache
def _one(*, is_owned: bool) -> Any:
    """The job with the id `job`, of the owner `of` if it is to be his."""
    statement = select(JobRow).where(JobRow.id == bindparam("job"))
    return statement.where(JobRow.owner == bindparam("of")) if is_owned else statement


@functools.cache
def _pictures() -> Any:
    """The pictures of `jobs`, in order."""
    of_them = ImageRow.job_id.in_(bindparam("jobs", expanding=True))
    return select(ImageRow).where(of_them).order_by(ImageRow.job_id, ImageRow.index)


@functools.cache
def _looking() -> Any:
    """Rows of (jobs that wait, an earlier job's id, an endpoint's id, its events): one for each endpoint, or just one.

    Its parameters: `owner`, `recipe`, `images`.
    """
    waiting = select(func.count()).select_from(JobRow).where(JobRow.status == JobStatus.QUEUED).scalar_subquery()
    made = select(func.count()).where(ImageRow.job_id == JobRow.id).correlate(JobRow).scalar_subquery()
    owner = bindparam("owner", type_=String())
    last = (
        select(JobRow.id, made.label("made"))
        .where(JobRow.owner == owner, JobRow.recipe == bindparam("recipe"), JobRow.status == JobStatus.SUCCEEDED)
        .order_by(JobRow.id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    whole = select(last.c.id).where(last.c.made == bindparam("images")).order_by(last.c.id.desc()).limit(1)
    one = select(literal(1).label("one")).subquery()
    heard = and_(WebhookEndpointRow.owner == owner, WebhookEndpointRow.is_enabled)
    shown = (waiting, whole.scalar_subquery(), WebhookEndpointRow.id, WebhookEndpointRow.events)
    return select(*shown).select_from(one.outerjoin(WebhookEndpointRow, heard))


@functools.cache
def _adding(is_sqlite: bool) -> Any:
    """An insert of a job's values that gives it its turn, and returns that; nothing where its key was used before.

    Its parameters: the values, and `turn_of`, the owner again.
    """
    waiting = JobRow.status == JobStatus.QUEUED
    own = bindparam("turn_of", type_=String())
    of_owner = select(func.max(JobRow.turn) + 1).where(waiting, JobRow.owner == own).scalar_subquery()
    first = select(func.min(JobRow.turn)).where(waiting).scalar_subquery()
    insert = (sqlite if is_sqlite else postgresql).insert(JobRow.__table__)
    statement = insert.values(turn=func.coalesce(of_owner, first, 0))
    unused = statement.on_conflict_do_nothing(index_elements=["owner", "idempotency_key"])
    return unused.returning(JobRow.__table__.c.turn)


def _owned(owner: str | None) -> list[ColumnElement[bool]]:
    return [] if owner is None else [JobRow.owner == owner]
