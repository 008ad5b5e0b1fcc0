"""Orders and claims, so that a test states only what matters to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from diffusion.admission import make_request
from gateway.jobs.hub import Hub
from gateway.jobs.records import Order
from gateway.jobs.service import JobLimits, JobService
from gateway.jobs.wakeups.base import Wakeups
from gateway.jobs.wakeups.inprocess import InProcessWakeups
from gateway.kit.clock import SystemClock
from gateway.storage.database import Database
from gateway.storage.encoding import Encoding
from gateway.storage.tables import JobRow
from gateway.worker.repository import ClaimRepository
from tests.fakes.toy_pipeline import toy_spec


def make_order(owner: str = "ann", *, priority: int = 0, fields: dict[str, Any] | None = None, **more: Any) -> Order:
    given = {"prompt": "an apple", "seed": 1, "num_inference_steps": 4, "width": 64, "height": 64, **(fields or {})}
    request = make_request(toy_spec("toy"), request_id="new", owner=owner, priority=priority, **given)
    return Order(request=request, encoding=Encoding(), surface="jobs", owner=owner, **more)


def make_service(database: Database, wakeups: Wakeups | None = None, **limits: int) -> JobService:
    return JobService(database, wakeups or InProcessWakeups(), Hub(), SystemClock(), JobLimits(**limits))


async def accepted(service: JobService, *args: Any, **fields: Any) -> JobRow:
    return (await service.accept(make_order(*args, **fields)))[0]


async def claim(database: Database, worker: str = "w", lease_s: float = 30.0) -> JobRow | None:
    async with database.transaction() as session:
        return await ClaimRepository(session, datetime.now(UTC)).claim(worker, lease_s)


async def on_claim(database: Database, method: str, *args: Any, **more: Any) -> Any:
    """Call one method of the claim repository in a transaction of its own."""
    async with database.transaction() as session:
        return await getattr(ClaimRepository(session, datetime.now(UTC)), method)(*args, **more)
