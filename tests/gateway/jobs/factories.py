"""Orders and claims, so that a test states only what matters to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from diffusion.admission import make_request
from gateway.auth.subject import Role, Subject
from gateway.jobs.acceptance import Acceptance, JobLimits
from gateway.jobs.records import Order
from gateway.jobs.service import JobService
from gateway.jobs.wakeups.base import Wakeups
from gateway.jobs.wakeups.inprocess import InProcessWakeups
from gateway.kit.clock import SystemClock
from gateway.limits.service import QuotaService
from gateway.models.lora_files import LoraFiles
from gateway.observability.metrics import Metrics
from gateway.storage.database import Database
from gateway.storage.encoding import Encoding
from gateway.storage.tables import JobRow
from gateway.worker.repository import ClaimRepository
from tests.fakes.toy_pipeline import toy_spec
from tests.gateway.checkers import safety_of


def make_order(
    owner: str | Subject = "ann", *, priority: int = 0, fields: dict[str, Any] | None = None, **more: Any
) -> Order:
    subject = owner if isinstance(owner, Subject) else Subject(owner=owner, role=Role.ADMIN)
    given = {"prompt": "an apple", "seed": 1, "num_inference_steps": 4, "width": 64, "height": 64, **(fields or {})}
    spec = replace(toy_spec("toy"), lora_layers={"unet": {"attention.to_q": (4, 4)}})
    request = make_request(spec, request_id="new", owner=subject.owner, priority=priority, **given)
    return Order(request=request, encoding=Encoding(), surface="jobs", subject=subject, fingerprint="f", **more)


def make_service(
    database: Database, wakeups: Wakeups | None = None, loras: LoraFiles | None = None, **limits: int
) -> JobService:
    clock = SystemClock()
    acceptance = Acceptance(
        database, QuotaService(database, clock), clock, JobLimits(**limits), loras or LoraFiles(), safety_of(database)
    )
    return JobService(database, wakeups or InProcessWakeups(), clock, acceptance, Metrics())


async def accepted(service: JobService, *args: Any, **fields: Any) -> JobRow:
    return (await service.accept(make_order(*args, **fields)))[0]


async def claim(database: Database, worker: str = "w", lease_s: float = 30.0) -> JobRow | None:
    async with database.transaction() as session:
        return await ClaimRepository(session, datetime.now(UTC)).claim(worker, lease_s)


async def on_claim(database: Database, method: str, *args: Any, **more: Any) -> Any:
    """Call one method of the claim repository in a transaction of its own."""
    async with database.transaction() as session:
        return await getattr(ClaimRepository(session, datetime.now(UTC)), method)(*args, **more)
