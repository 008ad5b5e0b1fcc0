"""The administrators' side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.admin.accelerator import Accelerator, AcceleratorProbe
from gateway.admin.repository import AdminRepository, Tally
from gateway.audit.repository import AuditRepository
from gateway.errors import InvalidRequestError
from gateway.jobs.service import JobService, Page
from gateway.jobs.status import JobStatus
from gateway.kit.clock import Clock
from gateway.storage.database import Database
from gateway.storage.tables import AnnouncementRow

DAY = timedelta(days=1)
MAX_SPAN = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Figures:
    """The four figures of the panel, with what they come of."""

    since: datetime
    made: Tally
    slots_used: int
    slots_total: int
    waiting: int
    is_paused: bool
    accelerator: Accelerator


@dataclass(frozen=True, slots=True)
class Drain:
    """A model that is being drained; it is empty when nothing of it runs."""

    model: str
    since: datetime
    running: int


class AdminService:
    """Looks over everybody's jobs."""

    def __init__(
        self, database: Database, jobs: JobService, clock: Clock, probe: AcceleratorProbe, slots_per_worker: int
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._probe = probe
        self._slots_per_worker = slots_per_worker

    async def figures(self, span: timedelta) -> Figures:
        """What was made within the last `span`, and what is going on now."""
        now = self._clock.now()
        async with self._database.reading() as session:
            admin = AdminRepository(session)
            (made,) = await admin.tallies(now - span, now + DAY)
            states, workers = await admin.standing()
        return Figures(
            since=now - span,
            made=made,
            slots_used=states.get(JobStatus.STARTING, 0) + states.get(JobStatus.PROCESSING, 0),
            slots_total=self._slots_per_worker * max(1, workers),
            waiting=states.get(JobStatus.QUEUED, 0),
            is_paused=await self._jobs.is_paused(),
            accelerator=await self._probe.look(),
        )

    async def tallies(self, span: timedelta, by: str) -> Sequence[Tally]:
        """Who, or which, made how much within the last `span`."""
        now = self._clock.now()
        async with self._database.reading() as session:
            return await AdminRepository(session).tallies(now - span, now + DAY, by)

    async def usage(
        self, since: datetime | None, until: datetime | None, by: str | None
    ) -> Sequence[tuple[str, Tally]]:
        """Day by day (UTC); the last 30 days where nothing else is said.

        Raises:
            InvalidRequestError: the time is empty or longer than 400 days.
        """
        end = until or self._clock.now() + DAY
        begin = since or end - 31 * DAY
        if not begin < end <= begin + MAX_SPAN:
            raise InvalidRequestError(f"since: must be before until, by at most {MAX_SPAN.days} days", field="since")
        async with self._database.reading() as session:
            return await AdminRepository(session).days(begin, end, by)

    async def queue(
        self, statuses: Sequence[JobStatus], cursor: str | None, limit: int
    ) -> tuple[Page, Mapping[str, str]]:
        """Everybody's jobs, youngest first, with names for their owners."""
        page = await self._jobs.list(None, statuses, cursor, limit)
        async with self._database.reading() as session:
            names = await AdminRepository(session).owners(sorted({view.row.owner for view in page.jobs}))
        return page, names

    # -- announcement -------------------------------------------------------------------------------------------------

    async def announcement(self) -> AnnouncementRow | None:
        """The announcement, unless it is over."""
        async with self._database.reading() as session:
            row = await AdminRepository(session).announcement()
        return None if row is None or (row.until is not None and row.until <= self._clock.now()) else row

    async def announce(self, text: str, level: str, until: datetime | None, by: str) -> None:
        """Tell everybody something.

        Raises:
            InvalidRequestError: it is over already.
        """
        now = self._clock.now()
        if until is not None and until <= now:
            raise InvalidRequestError("until: it has passed already", field="until")
        values = {"text": text, "level": level, "until": until, "created_by": by, "created_at": now}
        async with self._database.transaction() as session:
            await AdminRepository(session).announce(values)
            end = None if until is None else until.isoformat()
            AuditRepository(session).record(now, "announcement.set", level=level, until=end, chars=len(text))

    async def withdraw(self) -> None:
        """Take the announcement back."""
        async with self._database.transaction() as session:
            if await AdminRepository(session).withdraw():
                AuditRepository(session).record(self._clock.now(), "announcement.withdraw")

    # -- draining -----------------------------------------------------------------------------------------------------

    async def drains(self) -> Sequence[Drain]:
        """The models that are being drained."""
        async with self._database.reading() as session:
            admin = AdminRepository(session)
            found = await admin.drained()
            return [Drain(model, since, await admin.running_of(model)) for model, since in sorted(found.items())]

    async def drain(self, model: str) -> None:
        """Start no more jobs of a model; those that run end, those that wait go on waiting."""
        async with self._database.transaction() as session:
            if await AdminRepository(session).drain(model, self._clock.now()):
                AuditRepository(session).record(self._clock.now(), "model.drain", model)

    async def undrain(self, model: str) -> None:
        """Let its jobs start again."""
        async with self._database.transaction() as session:
            if await AdminRepository(session).undrain(model):
                AuditRepository(session).record(self._clock.now(), "model.undrain", model)
        await self._jobs.nudge()
