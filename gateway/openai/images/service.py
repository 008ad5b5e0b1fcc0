"""From the backend's events to OpenAI's answers, whole or streamed."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime

from diffusion.events import Cancelled, Event, Failed, ImageDone, Pixels, Preview
from gateway import errors
from gateway.openai.errors import error_object
from gateway.openai.images.mapping import Generation
from gateway.openai.images.schemas import ImageData, ImagesAnswer, StreamEvent
from gateway.storage.encoding import encode

PREFIX = "image_generation"


async def collect(generation: Generation, events: AsyncGenerator[Event, None], now: datetime) -> ImagesAnswer:
    """The whole answer, once every image is done.

    Raises:
        GatewayError: the request failed or was cancelled.
    """
    images: dict[int, ImageData] = {}
    async with aclosing(events):
        async for event in events:
            _raise_if_failed(event)
            if isinstance(event, ImageDone):
                images[event.image] = ImageData(b64_json=await _encoded(generation, event.pixels), seed=event.seed)
    return ImagesAnswer(
        created=int(now.timestamp()),
        data=[image for _, image in sorted(images.items())],
        output_format=generation.encoding.format.value,
        quality=generation.quality,
        size=generation.size,
        usage=generation.usage(len(images)),
    )


async def stream(
    generation: Generation, events: AsyncGenerator[Event, None], now: datetime
) -> AsyncGenerator[StreamEvent, None]:
    """OpenAI's events: at most `partial_images` previews of each image, then its completed picture.

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
    async with aclosing(events):
        async for event in events:
            try:
                _raise_if_failed(event)
            except errors.GatewayError as error:
                yield {"type": "error", **error_object(error)}
            if isinstance(event, Preview) and _is_wanted(generation, event, shown):
                yield {
                    "type": f"{PREFIX}.partial_image",
                    "b64_json": await _encoded(generation, event.pixels),
                    **common,
                    "partial_image_index": shown[event.image],
                    "index": event.image,
                }
                shown[event.image] += 1
            elif isinstance(event, ImageDone):
                yield {
                    "type": f"{PREFIX}.completed",
                    "b64_json": await _encoded(generation, event.pixels),
                    **common,
                    "usage": generation.usage(1).model_dump(),
                    "index": event.image,
                    "seed": event.seed,
                }


async def accepted(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """The events after the first one, which must be an acceptance: so that a refusal still gets its own status.

    Raises:
        GatewayError: the request was refused.
    """
    try:
        _raise_if_failed(await anext(events))
    except BaseException:
        await events.aclose()
        raise
    return events


def _is_wanted(generation: Generation, event: Preview, shown: Counter[int]) -> bool:
    is_last = event.step >= generation.request.num_inference_steps  # the picture itself follows at once
    return shown[event.image] < generation.partial_images and not is_last


async def _encoded(generation: Generation, pixels: Pixels) -> str:
    request = generation.request
    data = await asyncio.to_thread(encode, pixels, generation.encoding, (request.width, request.height))
    return base64.b64encode(data).decode("ascii")


def _raise_if_failed(event: Event) -> None:
    if isinstance(event, Failed):
        raise errors.from_failure(event.code, event.message, event.facts)
    if isinstance(event, Cancelled):
        raise errors.GenerationFailedError("The generation was cancelled")
