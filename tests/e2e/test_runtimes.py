"""The choice of runtime and precision of the CPU components, on the real Triton with the shipped pipeline."""

from __future__ import annotations

import asyncio
import subprocess
import uuid
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from avila.shipped import SHIPPED
from diffusion.admission import make_request
from diffusion.events import Finished, ImageDone, Pixels
from export.repository import install_pipeline
from gateway.backend.base import Backend
from gateway.backend.inprocess import InProcessBackend
from gateway.backend.triton.backend import TritonBackend
from gateway.settings import Settings
from tests.e2e.running import running_triton, until

PROMPTS = ["a red apple", "a green star", "a blue cat"]

LEAST_DB = {"float32": 80.0, "bfloat16": 45.0}
"""float32: another order of the same sums. bfloat16: 8 bits of mantissa in every layer of 20 steps; 53 and more."""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runtimes") / "models"
    install_pipeline(SHIPPED, folder, SHIPPED.name)
    return folder


async def picture(backend: Backend, prompt: str) -> Pixels:
    spec = backend.pipelines[SHIPPED.name]
    request = make_request(spec, request_id=uuid.uuid4().hex, prompt=prompt, seed=1)
    async with aclosing(backend.submit(request)) as stream:
        events = [event async for event in stream]
    assert isinstance(events[-1], Finished), events[-1]
    (found,) = [event.pixels for event in events if isinstance(event, ImageDone)]
    return found


async def pictures(backend: Backend) -> list[Pixels]:
    """Each alone; together they must be the same to the last bit, in any precision."""
    await backend.start()
    try:
        alone = [await picture(backend, prompt) for prompt in PROMPTS]
        together = await asyncio.gather(*(picture(backend, prompt) for prompt in PROMPTS))
        assert all((one == other).all() for one, other in zip(alone, together, strict=True))
        return alone
    finally:
        await backend.aclose()


def has_bfloat16(python: Path) -> bool:
    """Whether OpenVINO computes in bfloat16 on this processor."""
    code = "import openvino; print('BF16' in openvino.Core().get_property('CPU', 'OPTIMIZATION_CAPABILITIES'))"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip() == "True"


@pytest.mark.triton
async def test_bfloat16_on_a_processor_without_is_refused_by_name(
    triton_environment: Path, repository: Path, tmp_path: Path
) -> None:
    if has_bfloat16(triton_environment / "bin" / "python"):
        pytest.skip("this processor computes in bfloat16, as the other test shows")
    chosen = {"component_runtime": "openvino", "component_precision": "bfloat16"}
    with running_triton(triton_environment, repository, tmp_path, **chosen) as server:
        until(lambda: "this processor does not compute in bfloat16; use float32" in server.log.read_text(), 60, "why")


@pytest.mark.triton
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
async def test_openvino_draws_what_onnx_runtime_draws(
    triton_environment: Path, repository: Path, tmp_path: Path, precision: str
) -> None:
    if precision == "bfloat16" and not has_bfloat16(triton_environment / "bin" / "python"):
        pytest.skip("this processor does not compute in bfloat16; the test above shows how that is told")
    expected = await pictures(InProcessBackend(Settings(model_repository=repository)))
    chosen = {"component_runtime": "openvino", "component_precision": precision}
    with running_triton(triton_environment, repository, tmp_path, **chosen) as server:
        found = await pictures(TritonBackend(server.url))
    differences = [np.mean((a.astype(float) - b) ** 2) for a, b in zip(expected, found, strict=True)]
    decibels = [10 * np.log10(255**2 / max(difference, 1e-9)) for difference in differences]
    assert len(decibels) == len(PROMPTS)
    assert min(decibels) >= LEAST_DB[precision], decibels
    assert precision == "float32" or max(decibels) < LEAST_DB["float32"], "bfloat16 computed in float32"
