"""The two backends run the same engine: the same request gives the same picture."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.events import ImageDone, Pixels
from gateway.backend.base import Backend
from gateway.backend.inprocess import InProcessBackend
from gateway.backend.triton.backend import TritonBackend
from gateway.settings import Settings

SAMPLERS = ["euler", "euler_a", "ddim", "dpmpp_2m", "dpmpp_2m_sde", "lcm"]


PICTURE = np.random.default_rng(1).integers(0, 256, (90, 130, 3), np.uint8)
MASK = np.zeros((90, 130), np.uint8)
MASK[30:60, 40:80] = 255
OTHERS = {
    "image": {"image": PICTURE, "strength": 0.6},
    "mask": {"image": PICTURE, "mask": MASK},
    "outpaint": {"image": PICTURE, "outpaint": {"right": 40}},
    "only-masked": {"image": PICTURE, "mask": MASK, "only_masked": True, "mask_content": "fill"},
}


async def picture(backend: Backend, sampler: str, given: Mapping[str, Any] = MappingProxyType({})) -> Pixels:
    fields = {"prompt": "an apple", "seed": 5, "sampler": sampler, "num_inference_steps": 6, **given}
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
        for name, given in OTHERS.items():
            first, second = [await picture(backend, "euler", given) for backend in backends]
            assert np.abs(first.astype(int) - second).max() <= 1, name
    finally:
        for backend in backends:
            await backend.aclose()
