"""The moment a request becomes a job: one transaction in which the quota is reserved and the job is stored.

An order whose pictures the owner already has, made by the same weights from the same recipe, is answered from the
store: the job is there at once, ended, with the same pictures, and costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.auth.subject import Role
from gateway.errors import GatewayError, InternalError, InvalidRequestError, OverloadedError, PermissionDeniedError
from gateway.jobs.pictures import copy_of, image_facts
from gateway.jobs.records import JobEvent, Order
from gateway.jobs.repository import JobRepository
from gateway.jobs.status import JobStatus
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.limits.service import Allowance, QuotaService
from gateway.storage.database import Database
from gateway.storage.tables import ImageRow, JobRow

QUEUED_ID = 1
"""Id of the first event; those of workers begin much higher."""

RESULT_CACHE = "result_cache"
HIGHEST = {Role.ADMIN: 2}


class IdempotencyConflictError(GatewayError):
    """The key was used before, for another order."""

    status = 422
    code = "idempotency_key_reused"
    may_retry = False


class _TakenError(Exception):
    """Somebody else used the idempotency key at the same moment; nothing of this transaction may stay."""


@dataclass(frozen=True, slots=True)
class JobLimits:
    """Bounds of the queue."""

    max_waiting: int = 1000
    max_attempts: int = 3


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job, and what there is to tell of it; nothing, when an earlier order made it."""

    job: JobRow
    events: Sequence[JobEvent]


class Acceptance:
    """Makes jobs of orders."""

    def __init__(self, database: Database, quotas: QuotaService, clock: Clock, limits: JobLimits) -> None:
        self._database = database
        self._quotas = quotas
        self._clock = clock
        self._limits = limits

    async def accept(self, order: Order) -> Accepted:
        """See `JobService.accept`."""
        check_permission(order)
        try:
            async with self._database.transaction() as session:
                jobs = JobRepository(session)
                job = await self._earlier(jobs, order)
                return Accepted(job, ()) if job is not None else await self._new(session, jobs, order)
        except _TakenError:
            async with self._database.reading() as session:
                job = await self._earlier(JobRepository(session), order)
            if job is None:
                raise InternalError from None
            return Accepted(job, ())

    async def _earlier(self, jobs: JobRepository, order: Order) -> JobRow | None:
        if order.idempotency_key is None:
            return None
        job = await jobs.by_idempotency_key(order.owner, order.idempotency_key)
        if job is not None and job.body_hash != order.body_hash:
            raise IdempotencyConflictError("This Idempotency-Key was used before for another request; choose a new one")
        return job

    async def _new(self, session: Any, jobs: JobRepository, order: Order) -> Accepted:
        now, job_id = self._clock.now(), new_id("job", self._clock.now())
        allowance = await self._quotas.allowance(order.subject, session)
        more: dict[str, Any] = {
            "max_attempts": self._limits.max_attempts,
            "max_parallel": allowance.max_parallel,
            "quota_day": allowance.day.name,
        }
        events = [JobEvent(job_id, order.owner, QUEUED_ID, JobStatus.QUEUED, {})]
        source = await self._from_store(jobs, order, allowance)
        if source is not None:
            more |= {"status": JobStatus.SUCCEEDED, "progress": 1.0, "started_at": now, "finished_at": now}
            more["cached_from"] = source.id
        else:
            await self._check_room(jobs)
            await self._quotas.reserve(session, allowance, order.request.num_images, order.work)
        if not await jobs.add(job_id, order, now, more):
            raise _TakenError
        job = await jobs.get(job_id)
        if job is None:
            raise InternalError
        if source is not None:
            images = [copy_of(image, job, now) for image in (await jobs.images([source.id]))[source.id]]
            await jobs.add_images(images)
            events += _events_of(job, images)
        for event in events:
            await jobs.add_event(event, now)
        return Accepted(job, events)

    async def _check_room(self, jobs: JobRepository) -> None:
        if await jobs.count_waiting() >= self._limits.max_waiting:
            raise OverloadedError(f"{self._limits.max_waiting} jobs wait already", 10.0)

    async def _from_store(self, jobs: JobRepository, order: Order, allowance: Allowance) -> JobRow | None:
        if not allowance.preferences.get(RESULT_CACHE, True):
            return None
        return await jobs.cached(order.owner, order.recipe)


def check_permission(order: Order) -> None:
    """Refuse what the caller's key or role does not allow.

    Raises:
        PermissionDeniedError: the model.
        InvalidRequestError: the priority.
    """
    subject, request = order.subject, order.request
    if not subject.policy.allows_model(request.pipeline):
        raise PermissionDeniedError(f"This key may not use the model '{request.pipeline}'", field="model")
    highest = subject.policy.max_priority
    highest = HIGHEST.get(subject.role, 0) if highest is None else highest
    if request.priority > highest:
        raise InvalidRequestError(
            f"priority: {request.priority} is more than the {highest} you may use", field="priority"
        )


def _events_of(job: JobRow, images: Sequence[ImageRow]) -> list[JobEvent]:
    first = QUEUED_ID + 1
    events = [JobEvent(job.id, job.owner, first + image.index, "image", image_facts(image)) for image in images]
    return [*events, JobEvent(job.id, job.owner, first + len(images), JobStatus.SUCCEEDED, {"cached": True})]
