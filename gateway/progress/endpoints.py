"""`GET /v1/jobs/{id}/events` (SSE with replay) and `/v1/events` (WebSocket)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Query, Request, WebSocket
from starlette.websockets import WebSocketDisconnect

from gateway.auth.dependencies import Viewer
from gateway.auth.subject import Subject
from gateway.files.service import FileService, LinkMaker
from gateway.jobs.dependencies import JobDesk
from gateway.jobs.records import JobEvent
from gateway.jobs.service import JobService
from gateway.kit.shutdown import Shutdown
from gateway.kit.sse import EventStream, sse_event
from gateway.kit.streams import until
from gateway.progress.messages import data_of, message_of
from gateway.settings import Settings

router = APIRouter(tags=["events"])
HEARTBEAT_S = 15.0
GOING_AWAY = 1001


async def _resume_point(
    last_event_id: Annotated[str, Header(max_length=20)] = "", after: Annotated[int, Query(ge=0, le=2**62)] = 0
) -> int:
    return min(int(last_event_id), 2**62) if last_event_id.isascii() and last_event_id.isdigit() else after


@router.get("/v1/jobs/{job_id}/events", response_class=EventStream, status_code=200)
async def job_events(
    job_id: str, request: Request, caller: Viewer, desk: JobDesk, after: Annotated[int, Depends(_resume_point)]
) -> EventStream:
    """What happens to a job, until it ends. After a lost connection `Last-Event-ID` (or `after`) goes on from there."""
    await desk.jobs.get(job_id, caller.owner)
    state = request.state
    source = _wire(desk.jobs.follow(job_id, caller.owner, after), desk.link, cast(Shutdown, state.shutdown).begun)
    return EventStream(source, keepalive_s=cast(Settings, state.settings).sse_keepalive_s)


@router.websocket("/v1/events")
async def all_events(socket: WebSocket, caller: Viewer) -> None:
    """What happens to all of the caller's jobs, from now on."""
    await socket.accept()
    state = socket.state
    base = cast(Settings, state.settings).public_url or _http_base(socket)
    files = cast(FileService, state.files)
    sending = asyncio.ensure_future(
        _send_all(socket, cast(JobService, state.jobs), caller, lambda image: files.link(image, base))
    )
    stopping = asyncio.ensure_future(cast(Shutdown, state.shutdown).begun.wait())
    reading = asyncio.ensure_future(_read_until_gone(socket))
    try:
        await asyncio.wait((sending, stopping, reading), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, stopping, reading):
            task.cancel()
        await asyncio.wait((sending, stopping, reading))
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(GOING_AWAY)


async def _wire(
    events: AsyncGenerator[JobEvent, None], link: LinkMaker, stopping: asyncio.Event
) -> AsyncGenerator[bytes, None]:
    """The events, until the job or the server ends; `retry` tells the browser to come back soon."""
    async with aclosing(until(events, stopping)) as open_events:
        async for event in open_events:
            yield sse_event(data_of(event, link), event=event.type, id=str(event.id))
    if stopping.is_set():
        yield b"retry: 1000\n\n"


async def _send_all(socket: WebSocket, jobs: JobService, caller: Subject, link: LinkMaker) -> None:
    with jobs.hub.owner(caller.owner) as subscription:
        while True:
            event = await subscription.take(HEARTBEAT_S)
            if subscription.has_missed:
                subscription.has_missed = False
                await socket.send_json({"type": "missed"})  # the client was slow: it should ask for its jobs again
            await socket.send_json({"type": "heartbeat"} if event is None else message_of(event, link))


async def _read_until_gone(socket: WebSocket) -> None:
    """Nothing is expected from the client; what it says is not kept."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


def _http_base(socket: WebSocket) -> str:
    scheme = "https" if socket.url.scheme == "wss" else "http"
    return f"{scheme}://{socket.url.netloc}"
