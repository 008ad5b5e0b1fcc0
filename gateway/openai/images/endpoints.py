"""`POST /v1/images/generations`, whole or as server-sent events. Behind it is a job like any other."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Request, Response

from gateway.auth.dependencies import Maker
from gateway.auth.subject import Subject
from gateway.errors import UnavailableError
from gateway.jobs.dependencies import CallerWishes, Wishes, hash_of_body
from gateway.jobs.records import JobEvent, Order
from gateway.jobs.service import JobService
from gateway.kit.clock import Clock
from gateway.kit.disconnect import run_while_connected
from gateway.kit.shutdown import Shutdown
from gateway.kit.sse import EventStream, sse_event
from gateway.kit.streams import until
from gateway.models.dependencies import Models
from gateway.openai.images import service
from gateway.openai.images.mapping import Generation, to_generation
from gateway.openai.images.schemas import GenerationBody, ImagesAnswer, StreamEvent
from gateway.settings import Settings
from gateway.storage.images import ImageStore
from gateway.storage.tables import JobRow

router = APIRouter(tags=["openai"])
SURFACE = "openai"


class Studio:
    """What the endpoint needs of the application, and of the request beside its body."""

    def __init__(
        self,
        request: Request,
        wishes: CallerWishes,
        x_stainless_retry_count: Annotated[int, Header(ge=0, le=100)] = 0,
    ) -> None:
        state = request.state
        self.jobs = cast(JobService, state.jobs)
        self.store = cast(ImageStore, state.images)
        self.clock = cast(Clock, state.clock)
        self.shutdown = cast(Shutdown, state.shutdown)
        self.keepalive_s = cast(Settings, state.settings).sse_keepalive_s
        self.wishes: Wishes = wishes
        self.is_retry = x_stainless_retry_count > 0

    async def order(self, generation: Generation, body: GenerationBody, caller: Subject, fingerprint: str) -> JobRow:
        """The job of an order. A client's own retry joins the job that its first try made."""
        body_hash = hash_of_body(SURFACE, body.model_dump(mode="json"))
        if self.is_retry and (running := await self.jobs.find_same(caller.owner, body_hash)) is not None:
            return running
        order = Order(
            request=generation.request,
            encoding=generation.encoding,
            surface=SURFACE,
            subject=caller,
            fingerprint=fingerprint,
            is_kept=bool(body.store),
            idempotency_key=self.wishes.idempotency_key,
            body_hash=body_hash,
        )
        job, _ = await self.jobs.accept(order)
        return job

    async def events(self, job: JobRow) -> AsyncGenerator[JobEvent, None]:
        """The job's events. Who stops reading before the end cancels the job, unless it is to be kept.

        Raises:
            UnavailableError: the server's time is over. The job is in the table still, and a retry finds it.
        """
        has_ended, last = False, 0
        try:
            async with aclosing(until(self.jobs.follow(job.id, job.owner), self.shutdown.over)) as events:
                async for event in events:
                    has_ended, last = event.is_terminal, event.id
                    yield event
            for event in [] if has_ended else await self.jobs.stored(job.id, job.owner, last):
                has_ended = event.is_terminal  # written in the last moment before the end
                yield event
            if not has_ended:
                raise UnavailableError("The service is restarting; send the same request again", retry_after_s=2)
        finally:
            if not (has_ended or job.is_kept or self.shutdown.begun.is_set()):
                await self.jobs.cancel(job.id, job.owner)


@router.post("/v1/images/generations", response_model=ImagesAnswer)
async def generate(
    body: GenerationBody, request: Request, caller: Maker, models: Models, studio: Annotated[Studio, Depends()]
) -> Response:
    """Make pictures of a prompt. A caller who disconnects cancels the job, unless he sent `store: true`."""
    spec = models.resolve(body.model)
    generation = to_generation(body, spec, owner=caller.owner)
    job = await studio.order(generation, body, caller, spec.fingerprint)
    headers = {"x-avila-job-id": job.id, "x-avila-cache": "hit" if job.cached_from else "miss", **_warnings(generation)}
    events, now = studio.events(job), studio.clock.now()
    if body.stream:
        events = await run_while_connected(request.receive, service.begun(events))
        source = _wire(service.stream(generation, events, studio.store, now))
        return EventStream(source, keepalive_s=studio.keepalive_s, headers=headers)
    answer = await run_while_connected(request.receive, service.collect(generation, events, studio.store, now))
    return Response(answer.model_dump_json(), media_type="application/json", headers=headers)


async def _wire(events: AsyncGenerator[StreamEvent, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(events):
        async for event in events:
            yield sse_event(event, event=event["type"])


def _warnings(generation: Generation) -> dict[str, str]:
    if not generation.warnings:
        return {}
    text = "; ".join(generation.warnings)
    return {"x-avila-warnings": text.encode("ascii", "backslashreplace").decode()}
