"""From a job as it is sent to an order."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping

from diffusion.admission import make_request
from diffusion.pipeline import PipelineSpec
from gateway.auth.subject import Subject
from gateway.controls.service import Wanted
from gateway.jobs.dependencies import Desk, hash_of_body
from gateway.jobs.records import ORIGINALS, SAFETY, Order
from gateway.jobs.schemas import JobBody
from gateway.prompts.advice import advice_of
from gateway.prompts.service import PromptService
from gateway.storage.data_urls import control_field, pixels_of
from gateway.storage.encoding import Encoding, ImageFormat
from gateway.uploads.service import Source

IMAGE = "image"


async def order_of(body: JobBody, caller: Subject, desk: Desk, surface: str) -> Order:
    """The checked order of a new job, its prompts in their styles, its pictures found.

    Raises:
        GatewayError, InvalidFieldError: something of it cannot be.
    """
    spec = desk.models.resolve(body.model)
    webhook = desk.webhooks.target(body.webhook, body.webhook_events_filter)
    wanted = [Wanted(control.preprocessor) for control in body.input.controls or ()]
    for number, one in enumerate(wanted):
        desk.maps.check(f"controls[{number}].preprocessor", one.preprocessor)
    sources = await desk.uploads.sources(caller.owner, body.input.pictures)

    def ordered() -> Order:
        settled, hashed = _settled(body, desk.prompts), hash_of_body(surface, body.model_dump(mode="json"))
        return dataclasses.replace(plain_order(settled, spec, caller, sources), body_hash=hashed)

    order = await asyncio.to_thread(ordered)
    if wanted:
        order = dataclasses.replace(order, request=await desk.maps.with_maps(order.request, wanted))
    return dataclasses.replace(order, surface=surface, webhook=webhook)


def _settled(body: JobBody, prompts: PromptService) -> JobBody:
    """With its prompts as they are run, and how they were written where that differs."""
    asked = body.input
    settled = prompts.settle(asked.prompt, asked.negative_prompt or "", asked.styles, asked.seed)
    changed = {**dict.fromkeys(ORIGINALS), **settled.originals, **settled.changes}
    return body.model_copy(update={"input": asked.model_copy(update=changed)})


def plain_order(body: JobBody, spec: PipelineSpec, caller: Subject, sources: Mapping[str, Source]) -> Order:
    """The order of a body as it is, no maps made of its pictures. Slow work: use a thread. Raises InvalidFieldError."""
    given = body.input.model_dump(
        exclude={"output_format", "output_quality", "embed_recipe", "styles", SAFETY, *ORIGINALS}
    )
    pictures = {field: pixels_of(field, source.data) for field, source in sources.items()}
    for number, control in enumerate(given["controls"] or ()):
        control["image"] = pictures.pop(control_field(number))
        del control["preprocessor"]
    given |= pictures
    request = make_request(spec, request_id="new", owner=caller.owner, priority=body.priority, **given)
    originals = {name: getattr(body.input, name) for name in ORIGINALS}
    return Order(
        request=request,
        encoding=Encoding(ImageFormat(body.input.output_format), body.input.output_quality),
        embed_recipe=body.input.embed_recipe,
        surface="jobs",
        safety=body.input.safety,
        advice=advice_of(request, spec),
        subject=caller,
        fingerprint=spec.fingerprint,
        control_hashes={one.model: spec.controlnets[one.model].fingerprint for one in request.controls},
        originals={name: text for name, text in originals.items() if text is not None},
        files={IMAGE: sources[IMAGE].data} if IMAGE in sources else {},
        sources={field: source.id for field, source in sources.items() if source.id is not None},
    )
