"""What every job of a worker uses."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.backend.base import Backend
from gateway.backend.checker import PictureChecker
from gateway.jobs.wakeups.base import Wakeups
from gateway.kit.clock import Clock
from gateway.observability.metrics import Metrics
from gateway.observability.tracing import Tracing
from gateway.provenance.marking import Marker
from gateway.residency.keeper import Keeper
from gateway.storage.database import Database
from gateway.storage.images import ImageStore


@dataclass(frozen=True, slots=True)
class Tools:
    """See the module."""

    database: Database
    backend: Backend
    images: ImageStore
    wakeups: Wakeups
    clock: Clock
    metrics: Metrics
    tracing: Tracing
    lease_s: float
    run_limit_s: float
    marker: Marker = field(default_factory=Marker)
    checker: PictureChecker | None = None
    keeper: Keeper | None = None
