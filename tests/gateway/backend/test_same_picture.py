"""The two backends run the same engine: the same request gives the same picture."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.events import ImageDone, Pixels
from gateway.backend.base import Backend
from gateway.backend.inprocess import InProcessBackend
from gateway.backend.triton.backend import TritonBackend
from gateway.settings import Settings

SAMPLERS = ["euler", "euler_a", "ddim", "dpmpp_2m", "dpmpp_2m_sde", "lcm"]


async def picture(backend: Backend, sampler: str) -> Pixels:
    fields = {"prompt": "an apple", "seed": 5, "sampler": sampler, "num_inference_steps": 6}
    request = make_request(backend.pipelines["toy"], request_id=f"same-{sampler}", **fields)
    async with aclosing(backend.submit(request)) as stream:
        (done,) = [event async for event in stream if isinstance(event, ImageDone)]
    return done.pixels


@pytest.mark.triton
async def test_triton_and_in_process_differ_by_at_most_one_grey_level(triton, toy_repository: Path) -> None:
    settings = Settings(model_repository=toy_repository, component_threads=1)
    backends = [TritonBackend(triton.url), InProcessBackend(settings)]
    for backend in backends:
        await backend.start()
    try:
        for sampler in SAMPLERS:
            first, second = [await picture(backend, sampler) for backend in backends]
            assert np.abs(first.astype(int) - second).max() <= 1, sampler
    finally:
        for backend in backends:
            await backend.aclose()
