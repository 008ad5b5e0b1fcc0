"""What a run writes down and tells, in the order of its events' numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import structlog

from gateway.jobs.records import JobEvent
from gateway.jobs.wakeups.base import DeliveriesDue
from gateway.storage.database import DatabaseUnavailableError
from gateway.storage.tables import JobRow
from gateway.worker.events import nothing, started_event
from gateway.worker.progress import Pace
from gateway.worker.repository import ClaimRepository
from gateway.worker.tools import Tools

T = TypeVar("T")
Write: TypeAlias = Callable[[ClaimRepository], Awaitable[bool | None]]
DATABASE_RETRY_S = 0.5

log = structlog.stdlib.get_logger("gateway.worker")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a job's rows and the event that tells of it; one that turns out to be none (False) has no event."""

    kind: str
    data: dict[str, Any]
    write: Write = nothing


class Telling:
    """Of one run of a job."""

    def __init__(self, tools: Tools, job: JobRow) -> None:
        self._tools = tools
        self._job = job
        self._last_id = started_event(job).id
        self._is_writing = False
        self._pace = Pace(lambda told: self.pass_on("progress", told))

    async def write(self, *changes: Change, first: Write = nothing) -> None:
        """Write changes with their events in one transaction, then tell of them; `first` is written before them.

        Raises:
            LeaseLostError: see there; nothing was written.
        """
        self._pace.drop()
        self._is_writing = True
        try:
            events = [self._event(change.kind, change.data) for change in changes]
            written = await self._written(list(zip(changes, events, strict=True)), first)
        finally:
            self._is_writing = False
        for event in written:
            if event.is_terminal:
                self._tools.metrics.jobs.labels(self._job.model, event.type).inc()
            self._tools.wakeups.send(event)
        if written and self._job.webhooks:
            self._tools.wakeups.send(DeliveriesDue())

    def pass_on(self, kind: str, data: dict[str, Any]) -> None:
        """Tell what is not stored. Not while something is written: its number is lower, and must be heard before."""
        if not self._is_writing:
            self._tools.wakeups.send(self._event(kind, data))

    def progress(self, told: dict[str, Any], *, is_last: bool) -> None:
        """Pass on how far the run is, not too often."""
        self._pace.offer(told, is_last=is_last)

    async def persistently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it as soon as the database is there."""
        while True:
            try:
                return await work()
            except DatabaseUnavailableError as error:
                log.warning("the database is away", job_id=self._job.id, reason=str(error))
                await asyncio.sleep(DATABASE_RETRY_S)

    def _event(self, kind: str, data: dict[str, Any]) -> JobEvent:
        self._last_id += 1
        return JobEvent(self._job.id, self._job.owner, self._last_id, kind, data)

    async def _written(self, told: list[tuple[Change, JobEvent]], first: Write) -> list[JobEvent]:
        was_tried = False

        async def all_of_it() -> list[JobEvent]:
            nonlocal was_tried
            async with self._tools.database.transaction() as session:
                claims = ClaimRepository(session, self._tools.clock.now())
                if was_tried and await claims.has_event(told[-1][1]):  # stored by a commit whose answer was lost
                    return [event for _, event in told]
                was_tried = True
                await first(claims)
                written = [event for change, event in told if await change.write(claims) is not False]
                await claims.add_events(self._job, written)
                return written

        return await self.persistently(all_of_it)
