"""The administrators' figures as metrics: slots, the accelerator, and who made most within a day.

Who: at most `MOST` people and as many keys, by their ids, and all others together. So the number of series has a bound
whatever number of people there are, and no name or address is in them (docs/adr/0107).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

MOST = 10
OTHERS, NOBODY = "others", "none"
"""Names of what is left over, and of what came without a key."""


class Watch(Protocol):
    """Brings gauges up to date."""

    async def refresh(self) -> None:
        """Look, unless somebody has just done so."""
        ...


class Watches:
    """All of them; what is asked when the metrics are read."""

    def __init__(self, *watches: Watch) -> None:
        self._watches = watches

    async def refresh(self) -> None:
        """See `Watch`."""
        for watch in self._watches:
            await watch.refresh()


@dataclass(frozen=True, slots=True)
class Share:
    """What a person or key (`by` says which) made within the last day."""

    by: str
    name: str
    images: int
    mean_s: float | None


@dataclass(frozen=True, slots=True)
class PanelFacts:
    """The figures now; `utilisation` is None where nobody knows."""

    slots_used: int
    slots: int
    accelerator: str
    utilisation: float | None
    shares: Sequence[Share]


class PanelCollector(Collector):
    """Gauges of the figures. Every gateway tells of the whole installation; a worker has none."""

    def __init__(self) -> None:
        self.facts: PanelFacts | None = None

    def collect(self) -> Iterator[Metric]:
        """Read when it is scraped."""
        facts = self.facts
        if facts is None:
            return
        yield GaugeMetricFamily("avila_slots_used", "Jobs that run", facts.slots_used)
        yield GaugeMetricFamily("avila_slots", "Jobs that could run at once", facts.slots)
        if facts.utilisation is not None:
            use = GaugeMetricFamily("avila_accelerator_utilization", "How busy it is, 0 to 1", labels=["kind"])
            use.add_metric([facts.accelerator], facts.utilisation)
            yield use
        images = GaugeMetricFamily("avila_top_images", "Images of the last day", labels=["by", "name"])
        means = GaugeMetricFamily("avila_top_mean_seconds", "Mean time of their jobs", labels=["by", "name"])
        for share in facts.shares:
            images.add_metric([share.by, share.name], share.images)
            if share.mean_s is not None:
                means.add_metric([share.by, share.name], share.mean_s)
        yield from (images, means)
