"""Generation, its progress and its interruption, each in the view of the calling key only."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from fastapi import APIRouter, Request, Response

from gateway.a1111.dependencies import Service
from gateway.a1111.mapping import Generation, info_of, to_generation
from gateway.a1111.options import Options
from gateway.a1111.pictures import file_of
from gateway.a1111.schemas import (
    GenerationAnswer,
    GenerationBody,
    Img2ImgBody,
    ProgressAnswer,
    ProgressState,
    TaskAnswer,
    TaskBody,
    Txt2ImgBody,
)
from gateway.auth.dependencies import Maker, Viewer
from gateway.auth.subject import Subject
from gateway.controls.service import MapMaker
from gateway.jobs.attended import Attendance, Attended, warning_header
from gateway.jobs.dependencies import hash_of_body
from gateway.jobs.records import Order
from gateway.jobs.service import JobView
from gateway.jobs.status import JobStatus
from gateway.kit.disconnect import run_while_connected
from gateway.models.dependencies import Models
from gateway.prompts.advice import advice_of
from gateway.prompts.service import PROMPTS, PromptService, Settled
from gateway.safety.policy import findings_of, warnings_of

router = APIRouter(tags=["a1111"])
SURFACE = "a1111"


@router.post("/sdapi/v1/txt2img", response_model=GenerationAnswer)
async def txt2img(
    body: Txt2ImgBody, request: Request, caller: Maker, models: Models, service: Service, attended: Attended
) -> Response:
    """Make pictures of a prompt. A caller who disconnects cancels the job."""
    return await _generate(body, request, caller, (models, service, attended))


@router.post("/sdapi/v1/img2img", response_model=GenerationAnswer)
async def img2img(
    body: Img2ImgBody, request: Request, caller: Maker, models: Models, service: Service, attended: Attended
) -> Response:
    """Make pictures that start from one. A caller who disconnects cancels the job."""
    return await _generate(body, request, caller, (models, service, attended))


async def _generate(
    body: GenerationBody, request: Request, caller: Subject, parts: tuple[Models, Service, Attendance]
) -> Response:
    models, service, attended = parts
    options = await service.options(caller)
    generation, order = await _ordered(body, caller, (models, options), request)
    job = await attended.accept(
        replace(order, idempotency_key=order.idempotency_key or attended.wishes.idempotency_key)
    )
    chosen = {name: job.input[name] for name in PROMPTS}  # by the job, which an earlier request may have made
    generation = replace(generation, request=replace(generation.request, **chosen))
    made = await run_while_connected(request.receive, service.collect(job.id, attended.events(job), attended.store))
    moderation = (await attended.jobs.get(job.id, caller.owner)).row.moderation if job.moderation else None
    answer = GenerationAnswer(
        images=[data for data, _ in made] + await asyncio.to_thread(generation.maps) if generation.sends_images else [],
        parameters=dict(generation.echo),
        info=info_of(generation, [seed for _, seed in made], job.created_at, findings_of(moderation)),
    )
    headers = {"x-avila-job-id": job.id, **warning_header((*generation.warnings, *warnings_of(moderation)))}
    return Response(answer.model_dump_json(), media_type="application/json", headers=headers)


async def _ordered(
    body: GenerationBody, caller: Subject, known: tuple[Models, Options], request: Request
) -> tuple[Generation, Order]:
    """What is to be made, its prompts settled and the maps of its units made. Raises as `to_generation`."""
    maps, prompts = cast(MapMaker, request.state.maps), cast(PromptService, request.state.prompts)
    models, options = known
    hashed = hash_of_body(SURFACE, body.model_dump(mode="json"))
    settled, unknown = await asyncio.to_thread(_settled, body, prompts)
    body = body.model_copy(update=settled.changes)
    generation = await asyncio.to_thread(to_generation, body, options, models, caller.owner, maps.usable)
    made = await maps.with_maps(generation.request, generation.wanted)
    generation = replace(generation, request=made, warnings=(*generation.warnings, *unknown))
    spec = generation.spec
    order = Order(
        request=generation.request,
        encoding=generation.encoding,
        surface=SURFACE,
        subject=caller,
        fingerprint=spec.fingerprint,
        advice=advice_of(generation.request, spec),
        originals=settled.originals,
        control_hashes={one.model: spec.controlnets[one.model].fingerprint for one in generation.request.controls},
        is_kept=False,
        safety=generation.safety,
        idempotency_key=f"task:{body.force_task_id}" if body.force_task_id else None,
        body_hash=hashed,
        parent=await asyncio.to_thread(_parent, body),
    )
    return generation, order


def _parent(body: GenerationBody) -> bytes | None:
    """The file that is started from, with the marks that it carries."""
    return file_of("init_images", body.init_images[0]) if isinstance(body, Img2ImgBody) else None


@router.get("/sdapi/v1/progress")
async def progress(
    caller: Viewer, service: Service, attended: Attended, skip_current_image: bool = False
) -> ProgressAnswer:
    """How far the caller's own job is; idle when he has none, whatever others do."""
    view = await attended.jobs.current(caller.owner, caller.key_id, SURFACE)
    if view is None:
        return ProgressAnswer()
    live = service.live(view.row.id)
    waiting = view.row.status == JobStatus.QUEUED
    state = ProgressState(
        job=view.row.id,
        job_count=1,
        job_timestamp=view.row.created_at.strftime("%Y%m%d%H%M%S"),
        job_no=live.get("image", 0),
        sampling_step=live.get("step", 0),
        sampling_steps=live.get("num_steps", view.row.input["num_inference_steps"]),
    )
    return ProgressAnswer(
        progress=round(view.progress, 4),
        eta_relative=round(_eta(view, attended) or 0.0, 1),
        state=state,
        current_image=None if skip_current_image else _preview(live),
        textinfo=f"waiting; {view.queue_position} before this one" if waiting else None,
    )


@router.post("/internal/progress")
async def task_progress(body: TaskBody, caller: Viewer, service: Service, attended: Attended) -> TaskAnswer:
    """The same for one task that the caller has named with `force_task_id`."""
    view = await attended.jobs.named(caller.owner, f"task:{body.id_task}") if body.id_task else None
    if view is None:
        return TaskAnswer(textinfo="Waiting...")
    status, live = JobStatus(view.row.status), service.live(view.row.id)
    shown = live.get("preview") if body.live_preview and live.get("step") != body.id_live_preview else None
    return TaskAnswer(
        active=not status.is_terminal and status is not JobStatus.QUEUED,
        queued=status is JobStatus.QUEUED,
        completed=status.is_terminal,
        progress=round(view.progress, 4),
        eta=_eta(view, attended),
        live_preview=shown,
        id_live_preview=live.get("step") if shown else body.id_live_preview,
    )


@router.post("/sdapi/v1/interrupt")
@router.post("/sdapi/v1/skip")
async def interrupt(caller: Maker, attended: Attended) -> dict[str, Any]:
    """End the caller's own job at its next step; its request is answered with the pictures that were done."""
    view = await attended.jobs.current(caller.owner, caller.key_id, SURFACE)
    if view is not None:
        await attended.jobs.cancel(view.row.id, caller.owner)
    return {}


def _settled(body: GenerationBody, prompts: PromptService) -> tuple[Settled, list[str]]:
    """Its prompts in their styles and with their variants chosen, and what was said of styles that are not here."""
    known = {style.name for style in prompts.styles()} if body.styles else set[str]()
    seed = None if body.seed < 0 else body.seed
    styles = [name for name in body.styles if name in known]
    unknown = [f"styles: there is no {name[:60]!r} here" for name in body.styles if name not in known]
    return prompts.settle(body.prompt, body.negative_prompt, styles, seed), unknown


def _eta(view: JobView, attended: Attendance) -> float | None:
    """From how far it is and how long that took; while it waits, from how fast earlier jobs went."""
    if view.row.started_at is None or not view.progress:
        return view.eta_s
    passed = (attended.clock.now() - view.row.started_at).total_seconds()
    return max(0.0, passed * (1 - view.progress) / view.progress)


def _preview(live: Mapping[str, Any]) -> str | None:
    url: str | None = live.get("preview")
    return None if url is None else url.partition(",")[2]
