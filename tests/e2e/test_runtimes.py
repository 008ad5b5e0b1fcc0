"""The choice of runtime and precision of the CPU components, on the real Triton with the shipped pipeline."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from avila.shipped import SHIPPED
from diffusion.admission import make_request
from diffusion.events import ImageDone, Pixels
from export.repository import install_pipeline
from gateway.backend.base import Backend
from gateway.backend.inprocess import InProcessBackend
from gateway.backend.triton.backend import TritonBackend
from gateway.settings import Settings
from tests.e2e.running import running_triton

PROMPTS = ["a red apple", "a green star", "a blue cat"]

LEAST_DB = {"float32": 80.0, "bfloat16": 45.0}
"""float32: another order of the same sums. bfloat16: 8 bits of mantissa in every layer of 20 steps; 53 and more."""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runtimes") / "models"
    install_pipeline(SHIPPED, folder, SHIPPED.name)
    return folder


async def pictures(backend: Backend) -> list[Pixels]:
    await backend.start()
    try:
        found = []
        for prompt in PROMPTS:
            spec = backend.pipelines[SHIPPED.name]
            request = make_request(spec, request_id=uuid.uuid4().hex, prompt=prompt, seed=1)
            async with aclosing(backend.submit(request)) as stream:
                found += [event.pixels async for event in stream if isinstance(event, ImageDone)]
        return found
    finally:
        await backend.aclose()


@pytest.mark.triton
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
async def test_openvino_draws_what_onnx_runtime_draws(
    triton_environment: Path, repository: Path, tmp_path: Path, precision: str
) -> None:
    expected = await pictures(InProcessBackend(Settings(model_repository=repository)))
    chosen = {"component_runtime": "openvino", "component_precision": precision}
    with running_triton(triton_environment, repository, tmp_path, **chosen) as server:
        found = await pictures(TritonBackend(server.url))
    differences = [np.mean((a.astype(float) - b) ** 2) for a, b in zip(expected, found, strict=True)]
    decibels = [10 * np.log10(255**2 / max(difference, 1e-9)) for difference in differences]
    assert len(decibels) == len(PROMPTS)
    assert min(decibels) >= LEAST_DB[precision], decibels
    assert precision == "float32" or max(decibels) < LEAST_DB["float32"], "bfloat16 computed in float32"
