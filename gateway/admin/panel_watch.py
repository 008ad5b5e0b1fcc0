"""The administrators' figures for whoever scrapes the metrics. Asked for when they are read, not before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog

from gateway.admin.repository import Tally
from gateway.admin.service import DAY, AdminService
from gateway.kit.clock import Clock
from gateway.observability.metrics import Metrics
from gateway.observability.panel import MOST, NOBODY, OTHERS, PanelFacts, Share
from gateway.storage.database import DatabaseUnavailableError

FRESH_S = 15.0
log = structlog.stdlib.get_logger("gateway.admin")


class PanelWatch:
    """Brings the gauges up to date. While the database is away, so are they."""

    def __init__(self, admin: AdminService, clock: Clock, metrics: Metrics) -> None:
        self._admin = admin
        self._clock = clock
        self._metrics = metrics
        self._looked_at = float("-inf")

    async def refresh(self) -> None:
        """Look, unless somebody has just done so."""
        if self._clock.monotonic() - self._looked_at < FRESH_S:
            return
        self._looked_at = self._clock.monotonic()
        try:
            self._metrics.panel.facts = await self._look()
        except DatabaseUnavailableError as error:
            log.warning("the figures cannot be counted", reason=str(error))
            self._metrics.panel.facts = None

    async def _look(self) -> PanelFacts:
        figures = await self._admin.figures(DAY)
        shares: list[Share] = []
        for by in ("user", "key"):
            shares += shares_of(by, figures.made, await self._admin.tallies(DAY, by))
        use = figures.accelerator
        return PanelFacts(figures.slots_used, figures.slots_total, use.kind, use.utilisation, shares)


def shares_of(by: str, whole: Tally, tallies: Sequence[Tally]) -> Iterator[Share]:
    """Those who made most, and the rest of the whole together."""
    told = tallies[:MOST]
    for tally in told:
        yield Share(by, tally.name or NOBODY, tally.images, tally.mean_s)
    jobs = whole.jobs - sum(tally.jobs for tally in told)
    if jobs > 0:
        seconds = _seconds(whole) - sum(map(_seconds, told))
        yield Share(by, OTHERS, whole.images - sum(tally.images for tally in told), max(0.0, seconds) / jobs)


def _seconds(tally: Tally) -> float:
    return (tally.mean_s or 0.0) * tally.jobs
