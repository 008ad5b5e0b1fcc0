"""Endpoints of an owner, their secrets, and what was told to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.audit.repository import AuditRepository
from gateway.errors import InvalidRequestError, NotFoundError
from gateway.jobs.wakeups.base import DeliveriesDue, Wakeups
from gateway.kit.addresses import AllowedPlaces
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.kit.outbound import check_url
from gateway.storage.database import Database
from gateway.storage.tables import WebhookDeliveryRow, WebhookEndpointRow
from gateway.webhooks.messages import CHOICES, USUAL, of_test
from gateway.webhooks.repository import PENDING, DeliveryRepository, EndpointRepository, Outbox
from gateway.webhooks.signing import Secrets

DEFAULT = "default"
"""Stands for the addresses that jobs bring themselves: they share one secret of their owner, and one log."""

MAX_ENDPOINTS = 20


@dataclass(frozen=True, slots=True)
class EndpointWish:
    """What an endpoint is to be like; None leaves it."""

    url: str | None = None
    events: Sequence[str] | None = None
    description: str | None = None
    is_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """Some deliveries, youngest first, and where the next ones begin."""

    rows: Sequence[WebhookDeliveryRow]
    next_cursor: str | None


class WebhookService:
    """The owners' side."""

    def __init__(
        self, database: Database, secrets: Secrets, wakeups: Wakeups, clock: Clock, allowed: AllowedPlaces
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._wakeups = wakeups
        self._clock = clock
        self._allowed = allowed

    def target(self, url: str | None, events: Sequence[str] | None) -> dict[str, Any] | None:
        """What a job keeps of the address that it brings itself, `webhook` and `webhook_events_filter`.

        Raises:
            InvalidRequestError: one of the two is not allowed.
        """
        if url is None:
            if events is not None:
                raise InvalidRequestError(
                    "webhook_events_filter: it needs an address in webhook", field="webhook_events_filter"
                )
            return None
        return {"url": self._checked(url, "webhook"), "events": check_events(events, "webhook_events_filter")}

    async def list(self, owner: str) -> Sequence[WebhookEndpointRow]:
        """An owner's endpoints, oldest first."""
        async with self._database.reading() as session:
            return await EndpointRepository(session).list(owner)

    async def get(self, endpoint_id: str, owner: str) -> WebhookEndpointRow:
        """One of them. Raises NotFoundError."""
        async with self._database.reading() as session:
            return await _found(EndpointRepository(session), endpoint_id, owner)

    async def create(self, owner: str, wish: EndpointWish) -> tuple[WebhookEndpointRow, str]:
        """A new endpoint and its secret, which is shown this once.

        Raises:
            InvalidRequestError: its address or events are not allowed, or there are too many endpoints.
        """
        now = self._clock.now()
        row = WebhookEndpointRow(
            id=new_id("whk", now),
            owner=owner,
            url=self._checked(wish.url or "", "url"),
            events=" ".join(check_events(wish.events, "events")),
            description=wish.description or "",
            is_enabled=True,
            created_at=now,
        )
        async with self._database.transaction() as session:
            endpoints = EndpointRepository(session)
            if len(await endpoints.list(owner)) >= MAX_ENDPOINTS:
                raise InvalidRequestError(f"You have {MAX_ENDPOINTS} webhooks already; remove one first")
            endpoints.add(row)
            AuditRepository(session).record(now, "webhook.create", row.id, events=row.events)
        return row, self._secrets.of(row.id, 0)

    async def change(self, endpoint_id: str, owner: str, wish: EndpointWish) -> WebhookEndpointRow:
        """Change an endpoint; enabling it forgets why it was disabled. Raises NotFoundError, InvalidRequestError."""
        async with self._database.transaction() as session:
            row = await _found(EndpointRepository(session), endpoint_id, owner)
            if wish.url is not None:
                row.url = self._checked(wish.url, "url")
            if wish.events is not None:
                row.events = " ".join(check_events(wish.events, "events"))
            if wish.description is not None:
                row.description = wish.description
            if wish.is_enabled is not None:
                row.is_enabled, row.disabled_reason = wish.is_enabled, None
            AuditRepository(session).record(self._clock.now(), "webhook.change", row.id, is_enabled=row.is_enabled)
        return row

    async def delete(self, endpoint_id: str, owner: str) -> None:
        """Remove an endpoint, its log, and what was not delivered yet. Raises NotFoundError."""
        async with self._database.transaction() as session:
            await _found(EndpointRepository(session), endpoint_id, owner)
            await EndpointRepository(session).delete(endpoint_id)
            AuditRepository(session).record(self._clock.now(), "webhook.delete", endpoint_id)

    async def secret(self, owner: str) -> str:
        """The secret that signs what is told to the addresses that jobs bring themselves."""
        async with self._database.reading() as session:
            return self._secrets.current(owner, await EndpointRepository(session).secret(owner))

    async def rotate(self, endpoint_id: str, owner: str, overlap_s: float) -> str:
        """A new secret, shown this once; the one before signs too for `overlap_s` seconds. Raises NotFoundError."""
        now, name = self._clock.now(), owner if endpoint_id == DEFAULT else endpoint_id
        async with self._database.transaction() as session:
            if endpoint_id != DEFAULT:
                await _found(EndpointRepository(session), endpoint_id, owner)
            row = await EndpointRepository(session).rotate(name, owner, now + timedelta(seconds=overlap_s))
            AuditRepository(session).record(now, "webhook.rotate", endpoint_id, overlap_s=overlap_s)
        return self._secrets.current(name, row)

    async def test(self, endpoint_id: str, owner: str) -> WebhookDeliveryRow:
        """Send a test, once, whether the endpoint is enabled or not. Raises NotFoundError."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            endpoint = await _found(EndpointRepository(session), endpoint_id, owner)
            row = Outbox(session).tell_test(endpoint, of_test(endpoint_id, now), now)
        self._wakeups.send(DeliveriesDue())
        return row

    async def log(self, endpoint_id: str, owner: str, cursor: str | None, limit: int) -> Log:
        """What was told to an endpoint. Raises NotFoundError."""
        async with self._database.reading() as session:
            if endpoint_id != DEFAULT:
                await _found(EndpointRepository(session), endpoint_id, owner)
            which = None if endpoint_id == DEFAULT else endpoint_id
            rows = await DeliveryRepository(session).page(owner, which, cursor, limit + 1)
        shown = rows[:limit]
        return Log(shown, shown[-1].id if len(rows) > limit else None)

    async def delivery(self, delivery_id: str, owner: str) -> WebhookDeliveryRow:
        """One message, and how its attempts went. Raises NotFoundError."""
        async with self._database.reading() as session:
            return await _delivery(DeliveryRepository(session), delivery_id, owner)

    async def redeliver(self, delivery_id: str, owner: str) -> WebhookDeliveryRow:
        """Send a message again, under the same id, as if it were new. Raises NotFoundError, InvalidRequestError."""
        async with self._database.transaction() as session:
            row = await _delivery(DeliveryRepository(session), delivery_id, owner)
            if row.status == PENDING:
                raise InvalidRequestError("The message is still being delivered; only an ended one can be sent again")
            await DeliveryRepository(session).send_again(row, self._clock.now())
            AuditRepository(session).record(self._clock.now(), "webhook.redeliver", row.id)
        self._wakeups.send(DeliveriesDue())
        return await self.delivery(delivery_id, owner)

    def _checked(self, url: str, field: str) -> str:
        """An address that may be told: https, or http where the operator has allowed the host. What its name leads
        to is checked at each request."""
        found = check_url(url, field)
        host = found.host
        if found.scheme != "https" and not self._allowed.is_listed(host):
            raise InvalidRequestError(f"{field}: expected an https address", field=field)
        if self._allowed.is_refused(host):
            raise InvalidRequestError(f"{field}: expected a public address, {host!r} is none", field=field)
        return url


def check_events(events: Sequence[str] | None, field: str) -> Sequence[str]:
    """The names, in their usual order; the usual ones for None.

    Raises:
        InvalidRequestError: there is none, or one that does not exist.
    """
    if events is None:
        return [str(happening) for happening in USUAL]
    choices = [str(happening) for happening in CHOICES]
    for name in events:
        if name not in choices:
            hint = " (jobs have no logs; progress tells how far one is)" if name == "logs" else ""
            raise InvalidRequestError(
                f"{field}: {name[:40]!r} is not allowed; expected {', '.join(choices)}{hint}", field=field
            )
    if not events:
        raise InvalidRequestError(f"{field}: expected at least one of {', '.join(choices)}", field=field)
    return [name for name in choices if name in events]


async def _found(endpoints: EndpointRepository, endpoint_id: str, owner: str) -> WebhookEndpointRow:
    row = await endpoints.get(endpoint_id, owner)
    if row is None:
        raise NotFoundError(f"There is no webhook {endpoint_id[:60]!r}")
    return row


async def _delivery(deliveries: DeliveryRepository, delivery_id: str, owner: str) -> WebhookDeliveryRow:
    row = await deliveries.get(delivery_id, owner)
    if row is None:
        raise NotFoundError(f"There is no delivery {delivery_id[:60]!r}")
    return row
