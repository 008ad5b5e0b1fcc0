"""The sizes of Stable Diffusion 1.5 and XL with random weights: minutes and gigabytes, so only with `-m slow`.

`AVILA_FULL_SIZE` names a folder that keeps the checkpoints and what was exported of them: a run that was stopped goes
on there, as any export does. Without it all is made anew in pytest's own.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from benchmarks.gpu.checkpoint import make_checkpoint
from benchmarks.gpu.shapes import SHAPES
from diffusion.admission import make_request
from diffusion.events import ImageDone
from export.build import Progress, run_plan
from export.plan import ExportRequest, available_memory, make_plan
from export.precision import Precision
from gateway.backend.triton.backend import TritonBackend
from tests.e2e.running import running_triton

SEEN_S = 600.0  # patience, not a promise: the machine may do other work
SD15_BYTES, SDXL_BYTES = 11_000_000_000, 19_000_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kept = os.environ.get("AVILA_FULL_SIZE")
    return Path(kept).absolute() if kept else tmp_path


def made(shape: str, folder: Path) -> Path:
    """The checkpoint, written now or before; its index is written last."""
    checkpoint = folder / shape
    return checkpoint if (checkpoint / "model_index.json").is_file() else make_checkpoint(SHAPES[shape], checkpoint)


def exported(checkpoint: Path, name: str, repository: Path, precision: Precision) -> None:
    """Export, verify and install; prints the figures that docs/export.md records."""
    request = ExportRequest(checkpoint, name, repository, assets=checkpoint, precision=precision)
    plan, done = make_plan(request), list[Progress]()
    run_plan(plan, lambda progress: done.append(progress) if progress.state == "done" else None)
    assert [progress.step.title for progress in done] == [step.title for step in plan.open_steps]
    peaks = [(progress.result or {}).get("peak_bytes", 0) for progress in done]
    for progress, peak in zip(done, peaks, strict=True):  # all are told before one is judged
        print(
            json.dumps(
                {"step": progress.step.title, "elapsed_s": round(progress.elapsed_s), "peak_gb": round(peak / 1e9, 2)}
            )
        )
    foretold = [progress.step.memory_bytes for progress in done]
    assert all(peak < memory * 1.1 for peak, memory in zip(peaks, foretold, strict=True)), (peaks, foretold)
    assert make_plan(request).open_steps == ()


async def served(name: str, repository: Path, environment: Path, folder: Path) -> dict[str, float]:
    """Seconds that a picture of two steps at the smallest size takes on the real Triton, the first and the next one,
    and the memory that its processes then hold."""
    with running_triton(environment, repository, folder) as server:
        backend = TritonBackend(server.url)
        await backend.start()
        try:
            async with asyncio.timeout(SEEN_S):  # the first word of so large a pipeline takes longer than `start` waits
                while name not in backend.pipelines:
                    await asyncio.sleep(0.1)
            first, next_one = [await draw(backend, name) for _ in range(2)]
            processes = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
            held = sum(process.memory_full_info().pss for process in processes)
            return {"first_s": round(first, 1), "next_s": round(next_one, 1), "held_gb": round(held / 1e9, 2)}
        finally:
            await backend.aclose()


async def draw(backend: TritonBackend, name: str) -> float:
    """Seconds that a picture took."""
    spec, start = backend.pipelines[name], time.monotonic()
    size = spec.limits.min_size
    request = make_request(spec, request_id="1", prompt="red", seed=1, num_inference_steps=2, width=size, height=size)
    async with aclosing(backend.submit(request)) as stream:
        pictures = [event async for event in stream if isinstance(event, ImageDone)]
    assert [picture.pixels.shape for picture in pictures] == [(size, size, 3)]
    return time.monotonic() - start


@pytest.mark.slow
@pytest.mark.triton
@pytest.mark.timeout(7200)
@pytest.mark.skipif(available_memory() < SD15_BYTES, reason="needs 11 GB of free memory")
async def test_sd15_exports_equals_pytorch_and_diffusers_and_serves(
    folder: Path, tmp_path: Path, triton_environment: Path
) -> None:
    exported(made("sd15", folder), "sd15", folder / "models", Precision.FP32)
    print(json.dumps(await served("sd15", folder / "models", triton_environment, tmp_path)))


@pytest.mark.slow
@pytest.mark.triton
@pytest.mark.timeout(14400)
@pytest.mark.skipif(available_memory() < SDXL_BYTES, reason="needs 19 GB of free memory")
async def test_sdxl_exports_equals_pytorch_and_diffusers_and_serves(
    folder: Path, tmp_path: Path, triton_environment: Path
) -> None:
    """Weights in half precision, computed in float32: computed in half, a CPU needs three times the UNet's file."""
    exported(made("sdxl", folder), "sdxl", folder / "models", Precision.FP32)
    print(json.dumps(await served("sdxl", folder / "models", triton_environment, tmp_path)))
