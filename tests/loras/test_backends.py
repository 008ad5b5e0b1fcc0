"""LoRAs through the real Triton: the same pictures as in process, different ones in one batch, and names refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.events import Failed, ImageDone, StepDone
from gateway.backend.base import Backend
from tests.backends import both_backends

pytestmark = pytest.mark.triton
CASES = {
    "peft": [{"name": "everything", "weight": 0.8}],
    "kohya": [{"name": "kohya", "weight": 1.0}, {"name": "words", "weight": 0.5}],
    "plain": [],
}


@pytest.fixture
async def backends(
    triton_environment: Path, lora_repository: Path, lora_folder: Path, tmp_path: Path
) -> AsyncIterator[list[Backend]]:
    async with both_backends(triton_environment, lora_repository, tmp_path, lora_folder) as both:
        yield both


async def events(backend: Backend, loras: list[dict[str, Any]], name: str) -> list[Any]:
    request = make_request(
        backend.pipelines["demo"], request_id=name, prompt="a red apple", seed=4, num_inference_steps=4, loras=loras
    )
    async with aclosing(backend.submit(request)) as stream:
        return [event async for event in stream]


async def test_both_backends_serve_them_alike(backends: list[Backend]) -> None:
    pictures: list[dict[str, Any]] = []
    for backend in backends:
        found = await asyncio.gather(*(events(backend, loras, name) for name, loras in CASES.items()))
        assert [event for one in found for event in one if isinstance(event, Failed)] == []
        done = {one[0].request_id: event.pixels for one in found for event in one if isinstance(event, ImageDone)}
        pictures.append(done)
        rows = [event.rows for one in found[:2] for event in one if isinstance(event, StepDone)]
        assert max(rows) == 4, "two requests with different LoRAs, each with guidance, never shared a call"
    for name in CASES:
        difference = np.abs(pictures[0][name].astype(int) - pictures[1][name])
        assert difference.max() <= 1, name
    assert np.abs(pictures[0]["peft"].astype(int) - pictures[0]["plain"]).max() > 20
    (refused,) = await events(backends[0], [{"name": "kohia"}], "unknown")
    assert (refused.code, refused.facts["field"]) == ("invalid_field", "loras[0].name")
    assert "kohya" in refused.message
