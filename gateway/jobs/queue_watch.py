"""What the queue holds, for whoever scales on it. Asked for when the metrics are read, not before."""

from __future__ import annotations

import structlog

from gateway.backend.base import Backend
from gateway.jobs.estimate import Estimator
from gateway.jobs.repository import JobRepository
from gateway.kit.clock import Clock
from gateway.observability.metrics import Metrics, QueueFacts
from gateway.storage.database import Database, DatabaseUnavailableError
from gateway.webhooks.repository import DeliveryRepository

FRESH_S = 1.0
ASSUMED_SPEED = 5.0
"""Megapixel-steps a second of a model that has not finished a job yet: of the order of one small GPU."""

log = structlog.stdlib.get_logger("gateway.jobs")


class QueueWatch:
    """Brings the queue's gauges up to date. Every gateway tells of the whole queue."""

    def __init__(self, database: Database, backend: Backend, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._backend = backend
        self._clock = clock
        self._metrics = metrics
        self._estimator = Estimator(clock)
        self._looked_at = float("-inf")

    async def refresh(self) -> None:
        """Look, unless somebody has just done so. While the database is away, so are the gauges."""
        if self._clock.monotonic() - self._looked_at < FRESH_S:
            return
        self._looked_at = self._clock.monotonic()
        try:
            found = await self._look()
        except DatabaseUnavailableError as error:
            log.warning("the queue cannot be counted", reason=str(error))
            found = None
        self._metrics.queue.facts = found

    async def _look(self) -> QueueFacts:
        depth: dict[str, int] = dict.fromkeys(self._backend.pipelines, 0)
        work_s: dict[str, float] = dict.fromkeys(self._backend.pipelines, 0.0)
        oldest_s, now = 0.0, self._clock.now()
        async with self._database.reading(patience_s=0.0) as session:
            jobs = JobRepository(session)
            for model, waiting, oldest, work in await jobs.open_work():
                depth[model] = waiting
                measured = await self._estimator.seconds(jobs, model, work)
                work_s[model] = work / ASSUMED_SPEED if measured is None else measured
                if oldest is not None:
                    oldest_s = max(oldest_s, (now - oldest).total_seconds())
            waiting_since = await DeliveryRepository(session).oldest_pending()
        webhook_s = 0.0 if waiting_since is None else max(0.0, (now - waiting_since).total_seconds())
        return QueueFacts(depth, work_s, oldest_s, webhook_s)
