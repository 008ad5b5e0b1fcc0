"""`POST /v1/images/…`, whole or as server-sent events. Behind each is a job like any other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request, Response

from diffusion.pipeline import PipelineSpec
from gateway.auth.dependencies import Maker
from gateway.auth.subject import Subject
from gateway.files.dependencies import Links
from gateway.files.service import LinkMaker
from gateway.jobs.attended import Attendance, Attended, warning_header
from gateway.jobs.dependencies import hash_of_body
from gateway.jobs.records import Order
from gateway.kit.disconnect import run_while_connected
from gateway.kit.sse import EventStream, sse_event
from gateway.models.dependencies import Models
from gateway.openai.images import service
from gateway.openai.images.forms import EDIT_FORM, IMAGE, VARIATION_FORM, B, Given, read_form
from gateway.openai.images.mapping import Generation, to_generation
from gateway.openai.images.pictures import edit_fields, variation_fields
from gateway.openai.images.schemas import EditBody, GenerationBody, ImagesAnswer, StreamEvent, VariationBody
from gateway.prompts.advice import advice_of
from gateway.prompts.service import PromptService, Settled
from gateway.safety.policy import warnings_of
from gateway.settings import Settings
from gateway.uploads.dependencies import Uploads

router = APIRouter(prefix="/v1/images", tags=["openai"])
SURFACE = "openai"


class Studio(Attendance):
    """Where pictures are made while their callers wait, the links to them, and what prompts are made of."""

    link: LinkMaker
    has_links: bool
    prompts: PromptService


async def _studio(request: Request, link: Links, attendance: Attended) -> Studio:
    studio = cast(Studio, attendance)
    studio.link = link
    studio.prompts = cast(PromptService, request.state.prompts)
    studio.has_links = cast(Settings, request.state.settings).public_url is not None
    return studio


InStudio = Annotated[Studio, Depends(_studio)]


@router.post("/generations", response_model=ImagesAnswer, response_model_exclude_none=True)
async def generate(body: GenerationBody, request: Request, caller: Maker, models: Models, studio: InStudio) -> Response:
    """Make pictures of a prompt. A caller who disconnects cancels the job, unless he sent `store: true`."""
    given = Given(body, hash_of_body(SURFACE, body.model_dump(mode="json")))
    return await _made(request, given, _nothing, caller, (models.resolve(body.model), studio))


@router.post("/edits", response_model=ImagesAnswer, response_model_exclude_none=True, openapi_extra=EDIT_FORM)
async def edit(request: Request, caller: Maker, models: Models, studio: InStudio, uploads: Uploads) -> Response:
    """Make pictures of a prompt from a picture: where its mask is transparent, or of all of it."""
    given = await read_form(request, EditBody, uploads, caller.owner)
    place = models.resolve(given.body.model), studio
    return await _made(request, given, edit_fields, caller, place, kind="image_edit")


@router.post("/variations", response_model=ImagesAnswer, response_model_exclude_none=True, openapi_extra=VARIATION_FORM)
async def vary(request: Request, caller: Maker, models: Models, studio: InStudio, uploads: Uploads) -> Response:
    """Make pictures like a picture, without a prompt."""
    given = await read_form(request, VariationBody, uploads, caller.owner)
    return await _made(request, given, variation_fields, caller, (models.resolve(given.body.model), studio))


Fields = Callable[[Given[B]], tuple[dict[str, Any], list[str]]]
"""What of a request comes from its pictures, and what there is to warn of. Slow work."""


def _nothing(given: Given[Any]) -> tuple[dict[str, Any], list[str]]:
    return {}, []


async def _made(
    request: Request,
    given: Given[B],
    fields: Fields[B],
    caller: Subject,
    place: tuple[PipelineSpec, Studio],
    kind: str = "image_generation",
) -> Response:
    spec, studio = place
    asked = given.body

    def read() -> tuple[Generation, Settled]:
        settled = studio.prompts.settle(asked.prompt, asked.negative_prompt or "", (), asked.seed)
        body = asked.model_copy(update=settled.changes)
        more, warnings = fields(replace(given, body=body))
        found = to_generation(body, spec, owner=caller.owner, more=more, has_links=studio.has_links)
        return replace(found, warnings=(*found.warnings, *warnings), kind=kind), settled

    generation, settled = await asyncio.to_thread(read)  # in one visit: a thread costs more than most of this work
    order = Order(
        request=generation.request,
        encoding=generation.encoding,
        surface=SURFACE,
        subject=caller,
        fingerprint=spec.fingerprint,
        advice=advice_of(generation.request, spec),
        embed_recipe=asked.embed_recipe,
        safety=asked.safety,
        is_kept=bool(asked.store),
        idempotency_key=studio.wishes.idempotency_key,
        body_hash=given.hashed,
        originals=settled.originals,
        files={IMAGE: given.images[0].data} if given.images else {},
        sources=given.sources,
    )
    return await _answer(request, bool(asked.stream), generation, order, studio)


async def _answer(
    request: Request, is_streamed: bool, generation: Generation, order: Order, studio: Studio
) -> Response:
    job = await studio.accept(order)
    if "original_prompt" in job.input:  # the job's, which an earlier request may have made
        generation = replace(generation, revised_prompt=job.input["prompt"])
    cache = "hit" if job.cached_from else "miss"
    headers = {
        "x-avila-job-id": job.id,
        "x-avila-cache": cache,
        **warning_header((*generation.warnings, *warnings_of(job.moderation))),
    }
    events, now = studio.events(job), studio.clock.now()
    if is_streamed:
        events = await run_while_connected(request.receive, service.begun(events))
        source = _wire(service.stream(generation, events, studio.store, now))
        return EventStream(source, keepalive_s=studio.keepalive_s, headers=headers)
    collected = service.collect(generation, events, studio.store, now, studio.link)
    answer = await run_while_connected(request.receive, collected)
    return Response(answer.model_dump_json(exclude_none=True), media_type="application/json", headers=headers)


async def _wire(events: AsyncGenerator[StreamEvent, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(events):
        async for event in events:
            yield sse_event(event, event=event["type"])
