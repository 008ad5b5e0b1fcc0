"""Where what all engines share becomes the limit: the database, the fan-out of events, the image store.

Each limit is what a job costs there against what one instance gives. Costs are counted from the code's own behaviour,
the rates are assumptions that a platform team replaces with its own measurements; both are printed in the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shared:
    """One thing that all jobs pass through.

    Attributes:
        cost: units that one image costs.
        gives: units a second that one instance gives.
        unit: what is counted.
        then: what changes when it is the limit.
    """

    name: str
    cost: float
    gives: float
    unit: str
    then: str

    @property
    def images_per_s(self) -> float:
        """Images a second at which it is full."""
        return self.gives / self.cost


def shared(steps: float, image_mb: float, lease_s: float, image_s: float, gateways: int) -> tuple[Shared, ...]:
    """The limits for jobs of `steps` steps and pictures of `image_mb`, each `image_s` long in its engine."""
    transactions = 6 + image_s / (
        lease_s / 3
    )  # accept, claim, started, picture, end, one read; and the lease's renewals
    return (
        Shared(
            "PostgreSQL, commits",
            transactions,
            2_500.0,
            "transactions",
            "a larger primary (commits grow with its disk's flushes), then one database per group of pools",
        ),
        Shared(
            "PostgreSQL NOTIFY",
            5.0 + steps,
            20_000.0,
            "messages",
            "fewer progress messages a job (they are coalesced), then Redis for wake-ups",
        ),
        Shared(
            "events in the gateways",
            (5.0 + steps) * gateways,
            8_000.0 * gateways,
            "messages heard",
            "every gateway hears every message, so more gateways do not help: channels per group of owners",
        ),
        Shared(
            "image store",
            2.0,
            3_500.0,
            "requests to one prefix",
            "names already spread over prefixes by their hash, so the store splits them by itself",
        ),
        Shared(
            "network to the store", image_mb, 1_200.0, "MB", "links straight to the bucket instead of through gateways"
        ),
    )


def first_limit(limits: Sequence[Shared]) -> Shared:
    """The one that is full first."""
    return min(limits, key=lambda one: one.images_per_s)
