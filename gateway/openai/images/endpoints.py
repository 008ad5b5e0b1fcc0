"""`POST /v1/images/generations`, whole or as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response

from diffusion.events import Event
from diffusion.request import GenerationRequest
from gateway.auth.dependencies import Caller
from gateway.backend.base import Backend
from gateway.kit.clock import Clock
from gateway.kit.disconnect import run_while_connected
from gateway.kit.ids import new_id
from gateway.kit.sse import EventStream, sse_event
from gateway.models.dependencies import Models
from gateway.observability.metrics import Metrics
from gateway.openai.images import service
from gateway.openai.images.mapping import Generation, to_generation
from gateway.openai.images.schemas import GenerationBody, ImagesAnswer, StreamEvent
from gateway.settings import Settings

router = APIRouter(tags=["openai"])


class Engine:
    """What the endpoint needs of the application to run a request."""

    def __init__(self, request: Request) -> None:
        self.clock = cast(Clock, request.state.clock)
        self._backend = cast(Backend, request.state.backend)
        self._metrics = cast(Metrics, request.state.metrics)
        self.keepalive_s = cast(Settings, request.state.settings).sse_keepalive_s

    def events(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """The request's events, counted."""
        return self._metrics.watched(request, self._backend.submit(request))


@router.post("/v1/images/generations", response_model=ImagesAnswer)
async def generate(
    body: GenerationBody,
    request: Request,
    caller: Caller,
    models: Models,
    engine: Annotated[Engine, Depends()],
) -> Response:
    """Make pictures of a prompt. A caller who disconnects cancels the request."""
    request_id = new_id("gen", engine.clock.now())
    generation = to_generation(body, models.resolve(body.model), request_id=request_id, owner=caller.owner)
    if body.stream:
        events = await run_while_connected(request.receive, service.accepted(engine.events(generation.request)))
        source = _wire(service.stream(generation, events, engine.clock.now()))
        return EventStream(source, keepalive_s=engine.keepalive_s, headers=_headers(generation))
    work = service.collect(generation, engine.events(generation.request), engine.clock.now())
    answer = await run_while_connected(request.receive, work)
    return Response(answer.model_dump_json(), media_type="application/json", headers=_headers(generation))


async def _wire(events: AsyncGenerator[StreamEvent, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(events):
        async for event in events:
            yield sse_event(event, event=event["type"])


def _headers(generation: Generation) -> dict[str, str]:
    if not generation.warnings:
        return {}
    text = "; ".join(generation.warnings)
    return {"x-avila-warnings": text.encode("ascii", "backslashreplace").decode()}
