"""The moment a request becomes a job: one transaction in which the quota is reserved and the job is stored.

An order whose pictures the owner already has, made by the same weights from the same recipe, is answered from the
store: the job is there at once, ended, with the same pictures, and costs nothing.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.auth.subject import Role
from gateway.errors import GatewayError, InternalError, InvalidRequestError, OverloadedError, PermissionDeniedError
from gateway.jobs.estimate import Estimator
from gateway.jobs.pictures import copy_of, image_facts
from gateway.jobs.records import QUEUED_ID, JobEvent, Order
from gateway.jobs.repository import JobRepository
from gateway.jobs.status import JobStatus
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.limits.service import QuotaService
from gateway.models.lora_files import LoraFiles
from gateway.safety.policy import Level
from gateway.safety.service import Asked, SafetyService
from gateway.storage.database import Database
from gateway.storage.tables import ImageRow, JobRow

RESULT_CACHE, EMBED_RECIPE = "result_cache", "embed_recipe"
UNKNOWN_FILE = ""
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

    def __init__(
        self,
        database: Database,
        quotas: QuotaService,
        clock: Clock,
        limits: JobLimits,
        loras: LoraFiles,
        safety: SafetyService,
    ) -> None:
        self._database = database
        self._quotas = quotas
        self._clock = clock
        self._limits = limits
        self._loras = loras
        self.estimator = Estimator(clock)
        self._safety = safety

    async def accept(self, order: Order) -> Accepted:
        """See `JobService.accept`."""
        check_permission(order)
        order = await self._with_files(order)
        order = dataclasses.replace(order, moderation=await self._safety.decide(asked_of(order)))
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

    async def _with_files(self, order: Order) -> Order:
        """With the hashes of its LoRAs' files; one that is not to be read here makes the order equal to no other.

        Raises:
            InvalidFieldError: there is none of a name.
        """
        names = [lora.name for lora in order.request.loras]
        if not names:
            return order
        await asyncio.to_thread(self._loras.check, order.request.loras)
        hashes = await asyncio.to_thread(self._loras.hashes, names)
        if hashes is None:
            hashes = {UNKNOWN_FILE: new_id("lor", self._clock.now())}
        return dataclasses.replace(order, lora_hashes=hashes)

    async def _earlier(self, jobs: JobRepository, order: Order) -> JobRow | None:
        if order.idempotency_key is None:
            return None
        job = await jobs.by_idempotency_key(order.owner, order.idempotency_key)
        if job is not None and job.body_hash != order.body_hash:
            raise IdempotencyConflictError("This Idempotency-Key was used before for another request; choose a new one")
        return job

    async def _new(self, session: Any, jobs: JobRepository, order: Order) -> Accepted:
        now, job_id = self._clock.now(), new_id("job", self._clock.now())
        allowance = await self._quotas.allowance(order.subject, session, to_order=True)
        order = order.settled(allowance.preferences.get(EMBED_RECIPE, True))
        recipe = order.recipe
        found = await jobs.look(order, recipe if allowance.preferences.get(RESULT_CACHE, True) else None)
        more: dict[str, Any] = {
            "recipe": recipe,
            "max_attempts": self._limits.max_attempts,
            "max_parallel": allowance.max_parallel,
            "quota_day": allowance.day.name,
        }
        if found.webhooks is not None:
            more["webhooks"] = found.webhooks
        source = None if found.cached is None else await jobs.get(found.cached)
        events = [JobEvent(job_id, order.owner, QUEUED_ID, JobStatus.QUEUED, {})]
        if source is not None:
            more |= {"status": JobStatus.SUCCEEDED, "progress": 1.0, "started_at": now, "finished_at": now}
            more |= {"cached_from": source.id, "moderation": source.moderation}
        else:
            if found.waiting >= self._limits.max_waiting:
                raise OverloadedError(f"{self._limits.max_waiting} jobs wait already", 10.0)
            await self._quotas.reserve(session, allowance, order.request.num_images, order.work)
        if (job := await jobs.add(job_id, order, now, more)) is None:
            raise _TakenError
        if source is None:
            await self.estimator.check_deadline(jobs, job)
        else:
            images = [copy_of(image, job, now) for image in (await jobs.images([source.id]))[source.id]]
            await jobs.add_images(images)
            events += _events_of(job, images)
        await jobs.add_events(job, events, now)
        return Accepted(job, events)


def asked_of(order: Order) -> Asked:
    """What of an order is looked at. A negative prompt is not: it names what is not to be seen."""
    loras = " ".join(lora.name for lora in order.request.loras)
    wish = None if order.safety is None else Level(order.safety)
    return Asked(order.subject.role, wish, (order.request.prompt, loras))


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
