"""Bodies and answers of `/v1/webhooks`."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from gateway.storage.tables import WebhookDeliveryRow, WebhookEndpointRow
from gateway.webhooks.service import EndpointWish, Log

MAX_OVERLAP_S = 7 * 86_400
Address = Annotated[str, Field(min_length=1, max_length=4096, description="https; http for hosts the operator allows")]
Word = Annotated[str, Field(max_length=40)]
Events = Annotated[list[Word], Field(max_length=10, description="start, output, progress, completed")]


class WebhookBody(BaseModel):
    """A new webhook. Without `events` it is told of output and completed."""

    model_config = ConfigDict(extra="forbid")

    url: Address
    events: Events | None = None
    description: Annotated[str, Field(max_length=200)] = ""

    def wish(self) -> EndpointWish:
        """For the service."""
        return EndpointWish(self.url, self.events, self.description)


class WebhookChange(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    url: Address | None = None
    events: Events | None = None
    description: Annotated[str, Field(max_length=200)] | None = None
    is_enabled: bool | None = None

    def wish(self) -> EndpointWish:
        """For the service."""
        return EndpointWish(self.url, self.events, self.description, self.is_enabled)


class RotateBody(BaseModel):
    """For how long the old secret signs beside the new one."""

    model_config = ConfigDict(extra="forbid")

    overlap_s: Annotated[int, Field(ge=0, le=MAX_OVERLAP_S)] = 86_400


class Webhook(BaseModel):
    """An address that is told of its owner's jobs. `disabled_reason` says why the service stopped telling it."""

    id: str
    url: str
    events: list[str]
    description: str
    is_enabled: bool
    disabled_reason: str | None
    created_at: datetime.datetime
    last_success_at: datetime.datetime | None

    @classmethod
    def of(cls, row: WebhookEndpointRow) -> Webhook:
        """From its row."""
        return cls(
            id=row.id,
            url=row.url,
            events=row.events.split(),
            description=row.description,
            is_enabled=row.is_enabled,
            disabled_reason=row.disabled_reason,
            created_at=row.created_at,
            last_success_at=row.last_success_at,
        )


class NewWebhook(Webhook):
    """With its secret, shown this once."""

    secret: str


class WebhookSecret(BaseModel):
    """A secret; `key` is Replicate's name of it."""

    key: str


class Attempt(BaseModel):
    """One request to the receiver. `error` says why it does not count as delivered."""

    at: datetime.datetime
    status_code: int | None
    duration_ms: int
    error: str | None


class Delivery(BaseModel):
    """A message and how its attempts went; `id` is its `webhook-id`. The payload is told when one is asked for."""

    id: str
    webhook_id: str | None
    url: str | None
    job_id: str | None
    event: str
    status: str
    attempts: list[Attempt]
    next_attempt_at: datetime.datetime | None
    created_at: datetime.datetime
    finished_at: datetime.datetime | None
    payload: dict[str, Any] | None = None

    @classmethod
    def of(cls, row: WebhookDeliveryRow, *, has_payload: bool = False) -> Delivery:
        """From its row."""
        return cls(
            id=row.id,
            webhook_id=row.endpoint_id,
            url=row.url,
            job_id=row.job_id,
            event=row.event,
            status=row.status,
            attempts=[Attempt(**attempt) for attempt in row.log["attempts"]],
            next_attempt_at=row.next_at if row.finished_at is None else None,
            created_at=row.created_at,
            finished_at=row.finished_at,
            payload=row.payload if has_payload else None,
        )


class DeliveryList(BaseModel):
    """A page of deliveries, youngest first."""

    results: list[Delivery]
    next: str | None

    @classmethod
    def of(cls, log: Log) -> DeliveryList:
        """From what the service knows."""
        return cls(results=[Delivery.of(row) for row in log.rows], next=log.next_cursor)
