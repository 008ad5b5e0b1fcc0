"""From a job's events to OpenAI's answers, whole or streamed."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Any

from gateway import errors
from gateway.files.service import LinkMaker
from gateway.jobs.records import JobEvent
from gateway.openai.errors import error_object
from gateway.openai.images.mapping import Generation
from gateway.openai.images.schemas import ImageData, ImagesAnswer, StreamEvent
from gateway.storage.encoding import reencode
from gateway.storage.images import ImageStore

PATIENCE_S = 1.0


async def collect(
    generation: Generation, events: AsyncGenerator[JobEvent, None], store: ImageStore, now: datetime, link: LinkMaker
) -> ImagesAnswer:
    """The whole answer, once every image is done.

    Raises:
        GatewayError: the job failed or was cancelled.
    """
    images: dict[int, ImageData] = {}
    blocked: list[dict[str, Any]] = []
    async with aclosing(events):
        async for event in events:
            _raise_if_failed(event)
            if event.type == "blocked":
                blocked.append(event.data)
            if event.type == "image":
                data = ImageData(
                    revised_prompt=generation.revised_prompt,
                    seed=event.data["seed"],
                    moderation=event.data.get("moderation"),
                )
                if generation.wants_links:
                    data.url = link(event.data["image_id"])
                else:
                    data.b64_json = await _stored(event, store)
                images[event.data["image"]] = data
    return ImagesAnswer(
        created=int(now.timestamp()),
        data=[image for _, image in sorted(images.items())],
        output_format=generation.encoding.format.value,
        quality=generation.quality,
        size=generation.size,
        usage=generation.usage(len(images)),
        moderation=sorted(blocked, key=lambda found: int(found["image"])) or None,
    )


async def stream(
    generation: Generation, events: AsyncGenerator[JobEvent, None], store: ImageStore, now: datetime
) -> AsyncGenerator[StreamEvent, None]:
    """OpenAI's events: at most `partial_images` previews of each image, then its completed picture. Who asked for
    `stream_progress` also gets one of ours after every step.

    A failure after the first event becomes a last event with an `error`, for the status line has left already.
    """
    shown: Counter[int] = Counter()
    common = {
        "created_at": int(now.timestamp()),
        "size": generation.size,
        "quality": generation.quality,
        "background": "opaque",
        "output_format": generation.encoding.format.value,
    }
    try:
        async with aclosing(events):
            async for event in events:
                _raise_if_failed(event)
                if event.type == "preview" and _is_wanted(generation, event.data, shown):
                    image = event.data["image"]
                    yield {
                        "type": f"{generation.kind}.partial_image",
                        "b64_json": await _partial(generation, event.data["preview"]),
                        **common,
                        "partial_image_index": shown[image],
                        "index": image,
                    }
                    shown[image] += 1
                elif event.type == "progress" and generation.wants_progress:
                    yield _progress(generation, event)
                elif event.type == "blocked":
                    yield {"type": f"{generation.kind}.blocked", **event.data, "index": event.data["image"]}
                elif event.type == "image":
                    told = {name: value for name, value in event.data.items() if name in ("seed", "moderation")}
                    if generation.revised_prompt is not None:
                        told["revised_prompt"] = generation.revised_prompt
                    yield {
                        "type": f"{generation.kind}.completed",
                        "b64_json": await _stored(event, store),
                        **common,
                        "usage": generation.usage(1).model_dump(),
                        "index": event.data["image"],
                        **told,
                    }
    except errors.GatewayError as error:
        yield {"type": "error", **error_object(error)}


async def begun(events: AsyncGenerator[JobEvent, None]) -> AsyncGenerator[JobEvent, None]:
    """The same events, after waiting a moment for the first that decides: so that a refusal still gets its own status.

    Raises:
        GatewayError: the engine refused the job.
    """
    first: list[JobEvent] = []
    upcoming = asyncio.ensure_future(anext(events))
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not first or first[-1].type in ("queued", "starting"):
                first.append(await asyncio.shield(upcoming))
                upcoming = asyncio.ensure_future(anext(events))
        _raise_if_failed(first[-1])
    except TimeoutError:
        pass
    except BaseException:
        await _discard(upcoming, events)
        raise
    return _chained(first, upcoming, events)


async def _chained(
    first: list[JobEvent], upcoming: asyncio.Task[JobEvent], events: AsyncGenerator[JobEvent, None]
) -> AsyncGenerator[JobEvent, None]:
    try:
        for event in first:
            yield event
        while True:
            try:
                event = await asyncio.shield(upcoming)
            except StopAsyncIteration:
                return
            upcoming = asyncio.ensure_future(anext(events))
            yield event
    finally:
        await _discard(upcoming, events)


async def _discard(upcoming: asyncio.Task[JobEvent], events: AsyncGenerator[JobEvent, None]) -> None:
    upcoming.cancel()
    await asyncio.wait((upcoming,))
    if not upcoming.cancelled():
        upcoming.exception()  # seen
    await events.aclose()


def _progress(generation: Generation, event: JobEvent) -> StreamEvent:
    data = event.data
    return {
        "type": f"{generation.kind}.progress",
        "index": data["image"],
        "step": data["step"],
        "num_steps": data["num_steps"],
    }


def _is_wanted(generation: Generation, preview: dict[str, Any], shown: Counter[int]) -> bool:
    is_last = preview["step"] >= generation.request.num_inference_steps  # the picture itself follows at once
    return shown[preview["image"]] < generation.partial_images and not is_last


async def _stored(event: JobEvent, store: ImageStore) -> str:
    return base64.b64encode(await store.get(event.data["blob"])).decode("ascii")


async def _partial(generation: Generation, url: str) -> str:
    """A preview at the size and in the format of the picture to come."""
    small = base64.b64decode(url.partition(",")[2])
    data = await asyncio.to_thread(reencode, small, generation.encoding, generation.output_size)
    return base64.b64encode(data).decode("ascii")


def _raise_if_failed(event: JobEvent) -> None:
    if event.type == "failed":
        error = event.data["error"]
        raise errors.from_failure(error["code"], error["message"], error["facts"])
    if event.type == "canceled":
        raise errors.GenerationFailedError("The generation was cancelled")
