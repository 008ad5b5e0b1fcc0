"""A backend that plays a script: for what a real engine cannot be told to do (to be full, away, or broken)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

import numpy as np

from diffusion.errors import DiffusionError, ShuttingDownError
from diffusion.events import Event, Finished, ImageDone, PhaseTime, Preview, Queued, Started, StepDone, failed
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from gateway.backend.base import Backend, Health
from tests.fakes.toy_pipeline import toy_spec

Script = Callable[[GenerationRequest], AsyncGenerator[Event, None]]


async def play_all(request: GenerationRequest) -> AsyncGenerator[Event, None]:
    """What a healthy engine says."""
    yield Queued(request.request_id, 0, request.seed)
    yield Started(request.request_id)
    for image in range(request.num_images):
        for step in range(1, request.num_inference_steps + 1):
            await asyncio.sleep(0)
            yield StepDone(request.request_id, image, step, request.num_inference_steps, rows=2)
            if request.preview_every and step % request.preview_every == 0:
                yield Preview(request.request_id, image, step, np.zeros((8, 8, 3), np.uint8))
        seed = request.seed_of(image)
        pixels = np.full((request.height, request.width, 3), seed % 256, np.uint8)
        yield ImageDone(request.request_id, image, seed, pixels)
    yield Finished(request.request_id, queued_s=0.0, running_s=0.1)


async def play_timed(request: GenerationRequest) -> AsyncGenerator[Event, None]:
    """The same, with what a real engine tells of its time."""
    async with aclosing(play_all(request)) as events:
        async for event in events:
            if isinstance(event, Finished):
                names = (("encode", 0.0, 0.01), ("denoise", 0.01, 0.04), ("decode", 0.04, 0.05))
                phases = tuple(PhaseTime(name, start, end, end - start, 1) for name, start, end in names)
                yield Finished(request.request_id, 0.01, 0.04, phases)
            else:
                yield event


def refuse(error: Exception) -> Script:
    """Not accepted, for this reason."""

    async def script(request: GenerationRequest) -> AsyncGenerator[Event, None]:
        yield failed(request.request_id, error)

    return script


def fail_midway(error: DiffusionError) -> Script:
    """Accepted, begun, and then this."""

    async def script(request: GenerationRequest) -> AsyncGenerator[Event, None]:
        yield Queued(request.request_id, 0, request.seed)
        yield Started(request.request_id)
        yield failed(request.request_id, error)

    return script


def hang_until(closing: asyncio.Event) -> Script:
    """Begins, and ends only with the backend."""

    async def script(request: GenerationRequest) -> AsyncGenerator[Event, None]:
        yield Queued(request.request_id, 0, request.seed)
        yield Started(request.request_id)
        await closing.wait()
        yield failed(request.request_id, ShuttingDownError())

    return script


class ScriptedBackend:
    def __init__(self, script: Script = play_all) -> None:
        self.script = script
        self.specs: dict[str, PipelineSpec] = {"toy": toy_spec("toy"), "org/other": toy_spec("org/other")}
        self.answer = Health(is_ready=True)
        self.probes = 0
        self.requests: list[GenerationRequest] = []
        self.open_streams = 0
        self.closing = asyncio.Event()

    @property
    def pipelines(self) -> Mapping[str, PipelineSpec]:
        return self.specs

    async def start(self) -> None:
        pass

    async def aclose(self) -> None:
        self.closing.set()

    async def submit(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        self.requests.append(request)
        self.open_streams += 1
        try:
            async with aclosing(self.script(request)) as events:
                async for event in events:
                    yield event
        finally:
            self.open_streams -= 1

    async def health(self) -> Health:
        self.probes += 1
        return self.answer


_: type[Backend] = ScriptedBackend
