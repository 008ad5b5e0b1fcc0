"""ControlNets through the real Triton: the pictures of the engine in process, which are diffusers'; and with a LoRA."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.events import Cancelled, Failed, Finished, ImageDone, Started, StepDone
from diffusion.pipeline import PipelineSpec
from export.verify_pipeline import psnr
from gateway.backend.base import Backend
from tests.backends import both_backends
from tests.controls.maps import circle, square
from tests.fakes.grammar import check_grammar
from tests.loras.files import attention_only, write_peft

pytestmark = pytest.mark.triton
CASES: dict[str, dict[str, Any]] = {
    "one": {"controls": [{"model": "canny", "image": circle()}]},
    "two": {
        "controls": [
            {"model": "canny", "image": square(), "weight": 0.6, "end": 0.5},
            {"model": "canny", "image": circle(), "weight": 0.5},
        ]
    },
    "with a LoRA": {
        "controls": [{"model": "canny", "image": circle()}],
        "loras": [{"name": "lines", "weight": 0.8}],
    },
    "plain": {},
}


@pytest.fixture
async def backends(
    triton_environment: Path, control_repository: Path, demo: PipelineSpec, tmp_path: Path
) -> AsyncIterator[list[Backend]]:
    folder = tmp_path / "loras"
    folder.mkdir()
    write_peft(folder / "lines.safetensors", {"unet": attention_only(demo.lora_layers)["unet"]}, seed=5)
    async with both_backends(triton_environment, control_repository, tmp_path, folder) as both:
        yield both


async def events(backend: Backend, name: str, **more: Any) -> list[Any]:
    request = make_request(
        backend.pipelines["demo"], request_id=name, prompt="a red apple", seed=4, width=64, height=64,
        **{"num_inference_steps": 4, **more},
    )  # fmt: skip
    async with aclosing(backend.submit(request)) as stream:
        found = [event async for event in stream]
    check_grammar(found)
    return found


async def test_both_backends_serve_them_alike(backends: list[Backend]) -> None:
    pictures: list[dict[str, Any]] = []
    for backend in backends:
        told = await asyncio.gather(*(events(backend, name, **given) for name, given in CASES.items()))
        assert [event for one in told for event in one if isinstance(event, Failed)] == []
        pictures.append({one[0].request_id: e.pixels for one in told for e in one if isinstance(e, ImageDone)})
        rows = [event.rows for one in told[:2] for event in one if isinstance(event, StepDone)]
        assert max(rows) == 4, "two controlled requests, each with guidance, never shared a call"
    for name in CASES:
        assert psnr(pictures[0][name], pictures[1][name]) >= 50.0, name
    for first, second in (("one", "plain"), ("one", "two"), ("one", "with a LoRA")):
        assert np.abs(pictures[0][first].astype(int) - pictures[0][second]).max() > 10
    await check_cancelling(backends[0])


async def check_cancelling(backend: Backend) -> None:
    """In the middle of a controlled run; the next one finds a whole engine."""
    given = make_request(
        backend.pipelines["demo"], request_id="long", prompt="a red apple", seed=4, width=64, height=64,
        num_inference_steps=100, **CASES["one"],
    )  # fmt: skip
    async with aclosing(backend.submit(given)) as stream:
        async for event in stream:
            assert not isinstance(event, Failed | Cancelled | Finished)
            if isinstance(event, Started):
                break
    after = await events(backend, "after", **CASES["one"])
    assert isinstance(after[-1], Finished)
