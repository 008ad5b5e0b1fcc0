"""A job service, a worker, a sender and a real receiver, over one database."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from gateway.auth.signing import Signer
from gateway.jobs.wakeups.inprocess import InProcessWakeups
from gateway.kit.addresses import AllowedPlaces
from gateway.kit.clock import SystemClock
from gateway.kit.outbound import Outbound
from gateway.observability.metrics import Metrics
from gateway.observability.tracing import Tracing
from gateway.storage.database import Database
from gateway.storage.images import DiskImageStore
from gateway.storage.tables import WebhookDeliveryRow
from gateway.webhooks.sender import Sender, Timing
from gateway.webhooks.service import EndpointWish, WebhookService
from gateway.webhooks.signing import Secrets
from gateway.worker.service import Worker
from gateway.worker.tools import Tools
from tests.gateway.fakes import ScriptedBackend
from tests.gateway.jobs.factories import make_service
from tests.gateway.kit.receivers import Receiver, receiving

ALL = ("start", "output", "completed")


class Bench:
    def __init__(self, database: Database, folder: Path, receiver: Receiver, timing: Timing) -> None:
        self.database, self.receiver = database, receiver
        self.backend, self.clock, self.metrics = ScriptedBackend(), SystemClock(), Metrics()
        self.wakeups = InProcessWakeups()
        self.jobs = make_service(database, self.wakeups)
        self.images = DiskImageStore(folder, self.clock)
        tools = Tools(
            database=database,
            backend=self.backend,
            images=self.images,
            wakeups=self.wakeups,
            clock=self.clock,
            metrics=self.metrics,
            tracing=Tracing(),
            lease_s=1.0,
            run_limit_s=30.0,
        )
        self.worker = Worker(tools, concurrency=4)
        self.outbound = Outbound(AllowedPlaces.of("127.0.0.1"))
        self.secrets = Secrets(Signer("secret", "webhooks"))
        self.webhooks = WebhookService(database, self.secrets, self.wakeups, self.clock, self.outbound.allowed)
        self.timing = timing
        self.sender = self.another_sender()

    def another_sender(self) -> Sender:
        return Sender(self.database, self.outbound, self.secrets, self.clock, self.metrics, self.timing)

    def hear(self, message: Any) -> None:
        for listener in (self.jobs, self.worker, self.sender):
            listener.hear(message)

    async def endpoint(self, owner: str = "ann", path: str = "/", events: tuple[str, ...] = ALL) -> tuple[Any, str]:
        return await self.webhooks.create(owner, EndpointWish(self.receiver.url(path), list(events)))

    async def rows(self) -> list[WebhookDeliveryRow]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(WebhookDeliveryRow).order_by(WebhookDeliveryRow.id)))

    async def until(self, is_so: Callable[[list[WebhookDeliveryRow]], bool], timeout_s: float = 20.0) -> Any:
        async with asyncio.timeout(timeout_s):
            while not is_so(rows := await self.rows()):
                await asyncio.sleep(0.02)
        return rows

    def told(self, path: str | None = None) -> list[dict[str, Any]]:
        return [json.loads(body) for _, where, _, body in self.receiver.heard if path in (None, where)]

    def outcomes(self, outcome: str) -> float:
        return self.metrics.registry.get_sample_value("avila_webhook_deliveries_total", {"outcome": outcome}) or 0.0


@contextlib.asynccontextmanager
async def running(sender: Sender) -> AsyncIterator[None]:
    task = asyncio.ensure_future(sender.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def benched(database: Database, folder: Path, timing: Timing | None = None) -> AsyncIterator[Bench]:
    with receiving() as receiver:
        bench = Bench(database, folder, receiver, timing or Timing(timeout_s=2.0, retry_s=60.0))
        await bench.images.open()
        await bench.wakeups.start(bench.hear)
        bench.worker.start()
        try:
            async with running(bench.sender):
                yield bench
        finally:
            await bench.worker.stop(0.0)
            await bench.wakeups.aclose()


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
    return any(hmac.compare_digest(f"v1,{expected}", one) for one in headers["webhook-signature"].split())


def failing(status: int, times: int = 10**9, headers: dict[str, str] | None = None) -> Any:
    """Answers with `status` so many times, then with 204."""
    left: Iterator[int] = iter(range(times))
    return lambda *_: (status, headers or {}, b"") if next(left, None) is not None else (204, {}, b"")
