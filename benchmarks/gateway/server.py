"""`python -m benchmarks.gateway.server STEP_S`: the gateway, with a device that takes so long for a step and no less.

Everything but the networks is the product: HTTP, accounts, database, worker, encoding, storage, events. Started by the
benchmark with the gateway's own settings in the environment; prints its key once it is there.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from diffusion.events import Event, Finished, ImageDone, Pixels, Queued, Started, StepDone
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from gateway.__main__ import Server
from gateway.app import create_app
from gateway.auth.service import KeyService
from gateway.backend.base import Health
from gateway.kit.clock import SystemClock
from gateway.observability.logging import configure_logging
from gateway.settings import load_settings
from gateway.stores import make_database

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "images" / "sheet.png"


class TimedDevice:
    """Tells what an engine tells, a step every `step_s`. The picture is a real one: encoding costs what it costs."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._spec = PipelineSpec.load(ROOT / "benchmarks" / "device" / "pipeline.json")
        with Image.open(PICTURE) as picture:
            self._picture = picture.convert("RGB")
        self._pixels: dict[tuple[int, int], Pixels] = {}

    @property
    def pipelines(self) -> Mapping[str, PipelineSpec]:
        return {self._spec.name: self._spec}

    async def start(self) -> None:
        pass

    async def aclose(self) -> None:
        pass

    async def submit(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        began = time.monotonic()
        yield Queued(request.request_id, 0, request.seed)
        yield Started(request.request_id)
        for step in range(1, request.num_inference_steps + 1):
            pause = began + step * self._step_s - time.monotonic()
            await asyncio.sleep(max(0.0, pause))
            for image in range(request.num_images):
                yield StepDone(request.request_id, image, step, request.num_inference_steps, rows=2)
        lasted = time.monotonic() - began  # before the pictures are taken: what comes after is the gateway's
        for image in range(request.num_images):
            yield ImageDone(request.request_id, image, request.seed_of(image), self._drawn(request))
        yield Finished(request.request_id, 0.0, lasted)

    async def health(self) -> Health:
        return Health(True)

    def _drawn(self, request: GenerationRequest) -> Pixels:
        size = (request.width, request.height)
        if size not in self._pixels:
            self._pixels[size] = np.asarray(self._picture.resize(size), np.uint8)
        return self._pixels[size]


async def make_key() -> str:
    """A key of the installation, in the database that the settings name."""
    database = make_database(load_settings())
    await database.open()
    _, key = await KeyService(database, SystemClock()).create("benchmark")
    await database.aclose()
    return key


def main() -> None:
    """Serve until SIGTERM."""
    settings = load_settings()
    configure_logging("json", "warning")
    print(asyncio.run(make_key()), flush=True)
    Server(create_app(settings, TimedDevice(float(sys.argv[1]))), settings).run()


if __name__ == "__main__":
    main()
