"""`/v1/admin/installations`: look at a model, install it, follow, pause, resume, cancel."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from gateway.auth.dependencies import Admin
from gateway.installations.schemas import (
    Installation,
    InstallationBody,
    InstallationList,
    InstallationPreviewBody,
    Preview,
)
from gateway.installations.service import InstallationService, Order
from gateway.installations.sources import Question
from gateway.kit.shutdown import Shutdown
from gateway.kit.sse import EventStream, sse_event
from gateway.kit.streams import until
from gateway.settings import Settings
from gateway.storage.tables import InstallationRow

router = APIRouter(prefix="/v1/admin/installations", tags=["models"])
MAX_VERSION = 2**31 - 1


async def _installations(request: Request) -> InstallationService:
    return cast(InstallationService, request.state.installations)


async def _resume_point(
    last_event_id: Annotated[str, Header(max_length=20)] = "", after: Annotated[int, Query(ge=0, le=MAX_VERSION)] = 0
) -> int:
    return min(int(last_event_id), MAX_VERSION) if last_event_id.isascii() and last_event_id.isdigit() else after


Service = Annotated[InstallationService, Depends(_installations)]


@router.post("/previews")
async def preview(body: InstallationPreviewBody, caller: Admin, service: Service) -> Preview:
    """What a source offers, before anything large is downloaded. The `source` of the answer names its revision."""
    offer, needs, replaces = await service.preview(_question(body), body.name)
    return Preview.of(offer, needs, replaces=replaces)


@router.post("", status_code=202)
async def install(body: InstallationBody, response: Response, caller: Admin, service: Service) -> Installation:
    """Install a model, as work that outlives this process. It is looked at again first, and must fit."""
    order = Order(_question(body), body.kind, body.name, body.precision, body.pipeline, body.sha256)
    row = await service.order(order, caller.owner)
    response.headers["location"] = f"/v1/admin/installations/{row.id}"
    return Installation.of(row)


@router.get("")
async def list_installations(
    caller: Admin,
    service: Service,
    cursor: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> InstallationList:
    """All of them, youngest first."""
    rows, following = await service.page(cursor, limit)
    return InstallationList(results=[Installation.of(row) for row in rows], next=following)


@router.get("/{installation_id}")
async def get_installation(installation_id: str, caller: Admin, service: Service) -> Installation:
    """One of them."""
    return Installation.of(await service.get(installation_id))


@router.get("/{installation_id}/events", response_class=EventStream, status_code=200)
async def installation_events(
    installation_id: str,
    request: Request,
    caller: Admin,
    service: Service,
    after: Annotated[int, Depends(_resume_point)],
) -> EventStream:
    """The installation whenever it has changed, until it ends; each event is named after its status.

    After a lost connection `Last-Event-ID` (or `after`) goes on from there.
    """
    await service.get(installation_id)
    state = request.state
    source = _wire(service.follow(installation_id, after), cast(Shutdown, state.shutdown))
    return EventStream(source, keepalive_s=cast(Settings, state.settings).sse_keepalive_s)


@router.post("/{installation_id}/pause")
async def pause(installation_id: str, caller: Admin, service: Service) -> Installation:
    """Stop for now; what was downloaded and exported is kept."""
    return Installation.of(await service.pause(installation_id))


@router.post("/{installation_id}/resume")
async def resume(installation_id: str, caller: Admin, service: Service) -> Installation:
    """Go on with a paused one, or try a failed one again."""
    return Installation.of(await service.resume(installation_id))


@router.post("/{installation_id}/cancel")
async def cancel(installation_id: str, caller: Admin, service: Service) -> Installation:
    """Give up, and remove what was downloaded."""
    return Installation.of(await service.cancel(installation_id))


def _question(body: InstallationPreviewBody) -> Question:
    return Question(body.source, body.kind, body.file, body.base)


async def _wire(rows: AsyncGenerator[InstallationRow, None], shutdown: Shutdown) -> AsyncGenerator[bytes, None]:
    async with aclosing(until(rows, shutdown.begun)) as open_rows:
        async for row in open_rows:
            data = Installation.of(row).model_dump(mode="json")
            yield sse_event(data, event=row.status, id=str(row.version))
    if shutdown.begun.is_set():
        yield b"retry: 1000\n\n"
