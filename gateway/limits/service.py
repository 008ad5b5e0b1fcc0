"""Quotas: reserved when a job is accepted, given back when it fails, exact however many ask at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.audit.repository import AuditRepository
from gateway.auth.subject import KeyPolicy, Role, Subject
from gateway.errors import AuthenticationError, NotFoundError
from gateway.kit.clock import Clock
from gateway.limits.quota import Day, Limits, QuotaExceededError
from gateway.limits.repository import QuotaRepository
from gateway.storage.database import Database

WAITING_RETRY_S = 30.0


class Session(Protocol):
    """A database session; this module only hands it on."""

    def get_bind(self) -> Any:
        """See SQLAlchemy."""
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """What somebody may use, with what bounds his key adds, and the day he is in."""

    owner: str
    limits: Limits
    policy: KeyPolicy
    key_id: str | None
    day: Day
    preferences: Mapping[str, Any]

    @property
    def max_parallel(self) -> int | None:
        """How many of his jobs may run at once."""
        bounds = [bound for bound in (self.limits.parallel_jobs, self.policy.max_parallel) if bound is not None]
        return min(bounds, default=None)


@dataclass(frozen=True, slots=True)
class Standing:
    """Limits, and what has been used of them."""

    allowance: Allowance
    images: int
    work: float
    queued_jobs: int
    stored_bytes: int


class QuotaService:
    """Knows who may use how much."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def allowance(self, subject: Subject, session: Any, *, to_order: bool = False) -> Allowance:
        """What a caller may use, read within a session of the caller's; `to_order` keeps him there until it ends.

        Raises:
            AuthenticationError: he has been erased since he was let in.
        """
        quotas = QuotaRepository(session)
        found = None if subject.user_id is None else await quotas.user(subject.user_id, hold=to_order)
        if subject.user_id is not None and (found is None or found[0].status == "erasing"):
            raise AuthenticationError("This account is not there any more")
        if found is None:
            limits, zone, preferences = Limits(), "UTC", {}
        else:
            user, role_limits = found
            limits, zone = Limits.combined(role_limits, user.limits), user.timezone
            preferences = user.preferences
        day = Day.of(self._clock.now(), zone)
        return Allowance(subject.owner, limits, subject.policy, subject.key_id, day, preferences)

    async def reserve(self, session: Any, allowance: Allowance, images: int, work: float) -> None:
        """Count a job before it is stored, in the same transaction.

        Args:
            session: the transaction that stores the job; locks on the usage rows make callers of one owner wait here.
            allowance: of the caller.
            images, work: what the job would make.

        Raises:
            QuotaExceededError: it does not fit.
        """
        quotas, limits, day = QuotaRepository(session), allowance.limits, allowance.day
        wait_s = (day.ends_at - self._clock.now()).total_seconds()
        if not await quotas.spend(
            allowance.owner, day.name, images, work, (limits.images_per_day, limits.megapixel_steps_per_day)
        ):
            used, done = await quotas.usage(allowance.owner, day.name)
            if limits.images_per_day is not None and used + images > limits.images_per_day:
                raise QuotaExceededError("images_per_day", limits.images_per_day, limits.images_per_day - used, wait_s)
            most = limits.megapixel_steps_per_day or 0.0
            raise QuotaExceededError("megapixel_steps_per_day", most, most - done, wait_s)
        of_key = allowance.policy.images_per_day
        has_own_count = allowance.key_id is not None and allowance.key_id != allowance.owner
        key_id = allowance.key_id or ""
        if has_own_count and not await quotas.spend(key_id, day.name, images, work, (of_key, None)):
            used, _ = await quotas.usage(key_id, day.name)
            raise QuotaExceededError("key_images_per_day", of_key or 0, (of_key or 0) - used, wait_s)
        if limits.queued_jobs is not None and await quotas.waiting_jobs(allowance.owner) >= limits.queued_jobs:
            raise QuotaExceededError("queued_jobs", limits.queued_jobs, 0, WAITING_RETRY_S)
        if limits.stored_bytes is not None:
            stored = await quotas.stored_bytes(allowance.owner)
            if stored >= limits.stored_bytes:
                raise QuotaExceededError("stored_bytes", limits.stored_bytes, 0, None)

    async def check_bytes(self, session: Any, allowance: Allowance, size_bytes: int) -> None:
        """Refuse a file that does not fit in what the caller may still store.

        Args:
            session: the transaction that stores the file's row; of many at once, each sees what the others stored.
            allowance: of the caller.
            size_bytes: of the file.

        Raises:
            QuotaExceededError: so it is.
        """
        limit = allowance.limits.stored_bytes
        if limit is None:
            return
        quotas = QuotaRepository(session)
        await quotas.spend(allowance.owner, allowance.day.name, 0, 0.0, (None, None))  # for its lock
        stored = await quotas.stored_bytes(allowance.owner)
        if stored + size_bytes > limit:
            raise QuotaExceededError("stored_bytes", limit, limit - stored, None)

    async def standing(self, subject: Subject) -> Standing:
        """What a caller has used and may use."""
        async with self._database.reading() as session:
            quotas = QuotaRepository(session)
            allowance = await self.allowance(subject, session)
            images, work = await quotas.usage(subject.owner, allowance.day.name)
            queued = await quotas.waiting_jobs(subject.owner)
            stored = await quotas.stored_bytes(subject.owner)
        return Standing(allowance, images, work, queued, stored)

    async def role_limits(self, role: Role) -> Limits:
        """What a role may use."""
        async with self._database.reading() as session:
            return Limits.model_validate(await QuotaRepository(session).role(role))

    async def set_role_limits(self, role: Role, limits: Limits) -> None:
        """Change what a role may use, from now on."""
        async with self._database.transaction() as session:
            changed = limits.model_dump(exclude_none=True)
            await QuotaRepository(session).set_role(role, changed)
            AuditRepository(session).record(self._clock.now(), "limits.change", role, limits=changed)

    async def subject_of(self, user_id: str) -> Subject:
        """A user as the caller he would be. Raises NotFoundError."""
        async with self._database.reading() as session:
            found = await QuotaRepository(session).user(user_id)
        if found is None:
            raise NotFoundError(f"There is no user {user_id[:60]!r}")
        return Subject(owner=user_id, user_id=user_id, role=Role(found[0].role))
