"""Sends what the outbox holds, in every gateway: claims deliveries, makes requests, writes down how they ended.

Nothing waits for it: a receiver that is slow or away costs its owner's own messages time, nobody else's and no job.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import secrets as randomness
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2
import structlog

from gateway import VERSION
from gateway.audit.repository import AuditRepository
from gateway.jobs.wakeups.base import DeliveriesDue, Message
from gateway.kit.clock import Clock
from gateway.kit.outbound import AddressRefusedError, Outbound
from gateway.observability.metrics import Metrics
from gateway.storage.database import Database, DatabaseUnavailableError
from gateway.storage.tables import WebhookDeliveryRow, WebhookEndpointRow
from gateway.webhooks.messages import Happening
from gateway.webhooks.repository import DELIVERED, FAILED, DeliveryRepository, EndpointRepository
from gateway.webhooks.signing import Secrets, signed_headers

AT_ONCE, OF_ONE_OWNER = 32, 4
POLL_S = 1.0
CLAIM_MARGIN_S = 5.0
FIRST_DELAY_S, GROWTH, LONGEST_DELAY_S = 5.0, 4.0, 6 * 3600.0
GONE = 410
log = structlog.stdlib.get_logger("gateway.webhooks")


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a receiver may take to answer, and for how long a message is tried again."""

    timeout_s: float = 15.0
    retry_s: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Answer:
    """How one attempt went; `retry_after_s` is what the receiver asked for."""

    status: int | None
    error: str | None = None
    retry_after_s: float = 0.0

    @property
    def is_success(self) -> bool:
        """Whether the message was taken."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def told(self) -> str:
        """In words."""
        return self.error or f"the receiver answered with status {self.status}"


class Sender:
    """Sends for ever: `run` is a task, `hear` wakes it."""

    def __init__(
        self, database: Database, outbound: Outbound, secrets: Secrets, clock: Clock, metrics: Metrics, timing: Timing
    ) -> None:  # fmt: skip
        self._database = database
        self._outbound = outbound
        self._secrets = secrets
        self._clock = clock
        self._metrics = metrics
        self._timing = timing
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: Counter[str] = Counter()

    def hear(self, message: Message) -> None:
        """A wake-up."""
        if isinstance(message, DeliveriesDue):
            self._wake.set()

    async def run(self) -> None:
        """Send what is due; what is being sent when this is cancelled is sent again by whoever comes next."""
        headers = {"user-agent": f"Avila-Diffusion/{VERSION}", "content-type": "application/json"}
        async with self._outbound.client(headers=headers, timeout=self._timing.timeout_s) as client:
            try:
                while True:
                    await self._rest()
                    try:
                        while await self._take_some(client):
                            pass
                    except DatabaseUnavailableError as error:
                        log.warning("webhooks cannot be sent: the database is away", reason=str(error))
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        self._wake.clear()

    async def _take_some(self, client: httpx2.AsyncClient) -> bool:
        """Claim a few and begin to send them; False when nothing is due that may be sent now."""
        room = AT_ONCE - len(self._tasks)
        now = self._clock.now()
        if room <= 0 or not await self._is_any_due(now):
            return False
        busy = [owner for owner, count in self._busy.items() if count >= OF_ONE_OWNER]
        async with self._database.transaction() as session:
            claim_s = self._timing.timeout_s + CLAIM_MARGIN_S
            taken = await DeliveryRepository(session).claim(now, claim_s, min(room, OF_ONE_OWNER), busy)
        for row in taken:
            self._busy[row.owner] += 1
            task = asyncio.ensure_future(self._deliver(client, row))
            self._tasks.add(task)
            task.add_done_callback(lambda done, owner=row.owner: self._ended(done, owner))  # type: ignore[misc]
        return bool(taken)

    async def _is_any_due(self, now: datetime) -> bool:
        async with self._database.reading(patience_s=0.0) as session:
            return await DeliveryRepository(session).is_any_due(now)

    def _ended(self, task: asyncio.Task[None], owner: str) -> None:
        self._tasks.discard(task)
        self._busy[owner] -= 1
        if not self._busy[owner]:
            del self._busy[owner]
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("a webhook's delivery was lost; it is sent again later", exc_info=task.exception())

    # -- one delivery -------------------------------------------------------------------------------------------------

    async def _deliver(self, client: httpx2.AsyncClient, row: WebhookDeliveryRow) -> None:
        async with self._database.reading() as session:
            endpoints = EndpointRepository(session)
            endpoint = None if row.endpoint_id is None else await endpoints.get(row.endpoint_id, row.owner)
            name = row.endpoint_id or row.owner
            valid = self._secrets.valid(name, await endpoints.secret(name), self._clock.now())
        url = row.url if endpoint is None else endpoint.url
        if url is None or (endpoint is not None and not endpoint.is_enabled and row.event != Happening.TEST):
            await self._drop(row)
            return
        at, begun = self._clock.now(), self._clock.monotonic()
        body = json.dumps(row.payload, separators=(",", ":"), ensure_ascii=False).encode()
        answer = await self._ask(client, url, body, signed_headers(valid, row.id, at, body))
        took_ms = round((self._clock.monotonic() - begun) * 1000)
        attempt = {
            "at": at.isoformat(),
            "status_code": answer.status,
            "duration_ms": took_ms,
            "error": None if answer.is_success else answer.told,
        }
        await self._settle(row, endpoint, answer, attempt)

    async def _ask(
        self, client: httpx2.AsyncClient, url: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:  # fmt: skip
        """Only the status of what comes back is looked at."""
        try:
            async with asyncio.timeout(self._timing.timeout_s):
                async with client.stream("POST", url, content=body, headers=dict(headers)) as answer:
                    return Answer(answer.status_code, None, _seconds(answer.headers.get("retry-after", "")))
        except AddressRefusedError as error:
            return Answer(None, str(error)[:200])
        except (TimeoutError, httpx2.TimeoutException):
            return Answer(None, f"no answer within {self._timing.timeout_s:g} s")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            return Answer(None, f"no answer: {error}"[:200])

    async def _settle(
        self, row: WebhookDeliveryRow, endpoint: WebhookEndpointRow | None, answer: Answer, attempt: Mapping[str, Any]
    ) -> None:  # fmt: skip
        now = self._clock.now()
        delay_s = None if answer.is_success else self._delay(row, answer, now)
        async with self._database.transaction() as session:
            deliveries, endpoints = DeliveryRepository(session), EndpointRepository(session)
            if answer.is_success:
                is_mine = await deliveries.record(row, attempt, status=DELIVERED, finished_at=now)
                if endpoint is not None:
                    await endpoints.succeeded(endpoint.id, now)
            elif delay_s is not None:
                is_mine = await deliveries.record(row, attempt, next_at=now + timedelta(seconds=delay_s))
            else:
                is_mine = await deliveries.record(row, attempt, status=FAILED, finished_at=now)
            reason = "" if answer.is_success or delay_s is not None else self._reason_to_stop(row, answer)
            if is_mine and reason and endpoint is not None:
                since = None if answer.status == GONE else row.begun_at
                if await endpoints.disable(endpoint.id, reason, since):
                    AuditRepository(session).record(now, "webhook.disable", endpoint.id, reason=answer.told)
        if is_mine:
            outcome = "delivered" if answer.is_success else "failed" if delay_s is None else "retried"
            self._metrics.webhook_deliveries.labels(outcome).inc()

    async def _drop(self, row: WebhookDeliveryRow) -> None:
        """Its endpoint was removed or disabled meanwhile."""
        now = self._clock.now()
        told = {"at": now.isoformat(), "status_code": None, "duration_ms": 0, "error": "the webhook is disabled"}
        async with self._database.transaction() as session:
            is_mine = await DeliveryRepository(session).record(row, told, status=FAILED, finished_at=now)
        if is_mine:
            self._metrics.webhook_deliveries.labels("failed").inc()

    def _delay(self, row: WebhookDeliveryRow, answer: Answer, now: datetime) -> float | None:
        """Seconds to the next attempt; None when there is none."""
        if Happening(row.event).is_tried_once or answer.status == GONE:
            return None
        usual = min(FIRST_DELAY_S * GROWTH ** min(row.attempts - 1, 20), LONGEST_DELAY_S)
        spread = 0.75 + randomness.randbelow(501) / 1000  # so that what failed together does not come together
        delay_s = max(usual * spread, min(answer.retry_after_s, LONGEST_DELAY_S))
        end = (row.begun_at or now) + timedelta(seconds=self._timing.retry_s)
        return delay_s if now + timedelta(seconds=delay_s) <= end else None

    def _reason_to_stop(self, row: WebhookDeliveryRow, answer: Answer) -> str:
        """Why an endpoint is to be told nothing more; "" where one message says nothing about it."""
        if answer.status == GONE:
            return "The receiver answered with status 410: it wants no more"
        if Happening(row.event).is_tried_once:
            return ""
        hours = math.ceil(self._timing.retry_s / 3600)
        return f"Nothing was taken for {hours} h, in {row.attempts} attempts of one message; the last: {answer.told}"


def _seconds(header: str) -> float:
    return float(header) if header.isascii() and header.isdigit() and len(header) < 10 else 0.0
