"""`/v1/webhooks`: whom jobs are told to. `default` stands for the addresses that jobs bring themselves."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request

from gateway.auth.dependencies import Maker, Viewer
from gateway.webhooks.schemas import (
    Delivery,
    DeliveryList,
    NewWebhook,
    RotateBody,
    Webhook,
    WebhookBody,
    WebhookChange,
    WebhookSecret,
)
from gateway.webhooks.service import WebhookService

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
MAX_PAGE = 100


async def webhook_service(request: Request) -> WebhookService:
    """The application's service."""
    return cast(WebhookService, request.state.webhooks)


Webhooks = Annotated[WebhookService, Depends(webhook_service)]


@router.get("")
async def list_webhooks(caller: Viewer, webhooks: Webhooks) -> list[Webhook]:
    """The caller's webhooks, oldest first."""
    return [Webhook.of(row) for row in await webhooks.list(caller.owner)]


@router.post("", status_code=201)
async def create_webhook(body: WebhookBody, caller: Maker, webhooks: Webhooks) -> NewWebhook:
    """Have an address told of the caller's jobs from now on. The answer holds its secret, once."""
    row, secret = await webhooks.create(caller.owner, body.wish())
    return NewWebhook(secret=secret, **Webhook.of(row).model_dump())


@router.get("/default/secret")
async def get_default_secret(caller: Maker, webhooks: Webhooks) -> WebhookSecret:
    """The secret for addresses that jobs bring themselves, under Replicate's path."""
    return WebhookSecret(key=await webhooks.secret(caller.owner))


@router.get("/deliveries/{delivery_id}")
async def get_delivery(delivery_id: str, caller: Viewer, webhooks: Webhooks) -> Delivery:
    """One message, with what it says and how its attempts went."""
    return Delivery.of(await webhooks.delivery(delivery_id, caller.owner), has_payload=True)


@router.post("/deliveries/{delivery_id}/redeliver", status_code=202)
async def redeliver(delivery_id: str, caller: Maker, webhooks: Webhooks) -> Delivery:
    """Send an ended message again, under the same id."""
    return Delivery.of(await webhooks.redeliver(delivery_id, caller.owner))


@router.get("/{webhook_id}")
async def get_webhook(webhook_id: str, caller: Viewer, webhooks: Webhooks) -> Webhook:
    """One webhook."""
    return Webhook.of(await webhooks.get(webhook_id, caller.owner))


@router.patch("/{webhook_id}")
async def change_webhook(webhook_id: str, body: WebhookChange, caller: Maker, webhooks: Webhooks) -> Webhook:
    """Change a webhook, or enable it again."""
    return Webhook.of(await webhooks.change(webhook_id, caller.owner, body.wish()))


@router.delete("/{webhook_id}", status_code=204)
async def delete_webhook(webhook_id: str, caller: Maker, webhooks: Webhooks) -> None:
    """Remove a webhook, its log, and what was not delivered yet."""
    await webhooks.delete(webhook_id, caller.owner)


@router.post("/{webhook_id}/rotate", status_code=201)
async def rotate_webhook(webhook_id: str, body: RotateBody, caller: Maker, webhooks: Webhooks) -> WebhookSecret:
    """A new secret, told this once. Both sign for a while, so that no message is refused meanwhile."""
    return WebhookSecret(key=await webhooks.rotate(webhook_id, caller.owner, body.overlap_s))


@router.post("/{webhook_id}/test", status_code=202)
async def test_webhook(webhook_id: str, caller: Maker, webhooks: Webhooks) -> Delivery:
    """Send a test message, once; its delivery tells how that went."""
    return Delivery.of(await webhooks.test(webhook_id, caller.owner))


@router.get("/{webhook_id}/deliveries")
async def list_deliveries(
    webhook_id: str,
    caller: Viewer,
    webhooks: Webhooks,
    cursor: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 20,
) -> DeliveryList:
    """What was told to a webhook, youngest first."""
    return DeliveryList.of(await webhooks.log(webhook_id, caller.owner, cursor, limit))
