"""Removes what has been kept for long enough: now and then, a bounded number of rows each time.

A gateway that was away for long, or whose retention was just shortened, catches up over several rounds instead of
holding the database for minutes. Several gateways may do it side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from gateway.history.service import HistoryService
from gateway.kit.clock import Clock
from gateway.personal.service import PersonalService
from gateway.retention.repository import RetentionRepository
from gateway.settings import Settings
from gateway.storage.database import Database, DatabaseUnavailableError
from gateway.storage.images import StorageError

EVERY_S = 600.0
BATCH, BATCHES = 500, 20
"""Rows of one transaction, and transactions of one kind in one round."""

IDEMPOTENCY = timedelta(hours=24)
SIGN_INS = timedelta(days=30)
USAGE = timedelta(days=400)
log = structlog.stdlib.get_logger("gateway.retention")


@dataclass(frozen=True, slots=True)
class Periods:
    """How long things are kept after their end."""

    events: timedelta
    jobs: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Periods:
        """As the settings say."""
        return cls(timedelta(days=settings.event_days), timedelta(days=settings.job_days))


class Retention:
    """`run` does it for ever; `round` once."""

    def __init__(
        self, database: Database, history: HistoryService, personal: PersonalService, clock: Clock, periods: Periods
    ) -> None:
        self._database = database
        self._history = history
        self._personal = personal
        self._clock = clock
        self._periods = periods
        self._walked_to = ""

    async def run(self) -> None:
        """A round now and then; run as a task by the application."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                if removed := await self.round():
                    log.info("removed what was old enough", **removed)
            except (DatabaseUnavailableError, StorageError) as error:
                log.warning("could not remove what is old", reason=str(error))

    async def round(self) -> dict[str, int]:
        """Remove what is old enough, up to the bounds; of each kind how many there were, kinds of none left out."""
        now = self._clock.now()
        removed = {
            "erased_people": await self._personal.finish_erasing(),
            "pictures": await self._history.empty_old_trash(BATCHES),
            "idempotency_keys": await self._batches(lambda r: r.free_idempotency_keys(now - IDEMPOTENCY, BATCH)),
            "events_of_jobs": await self._batches(lambda r: r.remove_events(now - self._periods.events, BATCH)),
            "webhooks": await self._batches(lambda r: r.remove_deliveries(now - self._periods.events, BATCH)),
            "jobs": await self._walk_jobs(),
            "sessions": await self._batches(lambda r: r.remove_sessions(now - SIGN_INS, BATCH)),
            "uploads": await self._batches(lambda r: r.remove_uploads(now, BATCH)),
            "tokens": await self._batches(lambda r: r.remove_tokens(now - SIGN_INS, BATCH)),
            "usage_days": await self._batches(lambda r: r.remove_usage((now - USAGE).date().isoformat(), BATCH)),
        }
        return {kind: count for kind, count in removed.items() if count}

    async def _batches(self, remove: Callable[[RetentionRepository], Awaitable[int]]) -> int:
        removed = 0
        for _ in range(BATCHES):
            async with self._database.transaction() as session:
                count = await remove(RetentionRepository(session))
            removed += count
            if count < BATCH:
                break
        return removed

    async def _walk_jobs(self) -> int:
        """Old jobs whose pictures are still there stay, so the walk goes on next time where it stopped."""
        removed, before = 0, self._clock.now() - self._periods.jobs
        for _ in range(BATCHES):
            async with self._database.transaction() as session:
                walked = await RetentionRepository(session).walk_jobs(self._walked_to, before, BATCH)
            removed += walked.removed
            self._walked_to = walked.last or ""
            if walked.last is None:
                break
        return removed
