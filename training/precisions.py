"""What each precision loses and gains, on the shipped model: `make bench-precisions`.

The shipped model is exported in each precision (ModelOpt finds the scales of plans) and draws the 64 prompts of the
quality sheet: those that a CPU serves through the real Triton, those for plans with ONNX Runtime computing their graph,
as no GPU is needed for. Each picture is compared with the one of the float32 export, same seed, and judged by the judge
that ships (`training.gate`). CPU seconds are those of Triton's processes.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from avila.shipped import SHIPPED
from benchmarks.machine import describe, heading
from benchmarks.triton_server import triton_server
from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.events import ImageDone, is_terminal
from diffusion.pipeline import PipelineSpec
from export.build import run_plan
from export.plan import ExportRequest, make_plan
from export.precision import Precision
from export.verify_pipeline import SessionRunner
from gateway.backend.triton.backend import TritonBackend
from training.evaluate import GUIDANCE, STEPS, Prompt, read_prompts
from training.gate import Gate
from training.recolour import Picture

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "benchmarks" / "results" / "precisions.md"
SERVED = (Precision.FP32, Precision.BF16, Precision.INT8)
EMULATED = (Precision.FP16, Precision.INT8_HALF, Precision.FP8)
RUNS_WITH = {
    Precision.FP32: "ONNX Runtime, Triton",
    Precision.BF16: "OpenVINO, Triton",
    Precision.INT8: "ONNX Runtime, Triton; calibrated by our engine",
    Precision.FP16: "emulated on CPU",
    Precision.INT8_HALF: "emulated on CPU; scales by ModelOpt",
    Precision.FP8: "emulated on CPU; scales by ModelOpt",
}
SEED, SEEN_S = 1000, 120.0


def asked(spec: PipelineSpec, number: int, prompt: Prompt) -> Any:
    """One picture of the sheet."""
    return make_request(
        spec, request_id=str(number), prompt=prompt.text, seed=SEED + number, num_inference_steps=STEPS,
        guidance_scale=GUIDANCE,
    )  # fmt: skip


def served(repository: Path, name: str, prompts: Sequence[Prompt]) -> tuple[list[Picture], float, float]:
    """The pictures through Triton, the CPU seconds of its processes and the seconds of the whole, warm."""

    async def draw(backend: TritonBackend) -> list[Picture]:
        async def one(number: int, prompt: Prompt) -> Picture:
            async with aclosing(backend.submit(asked(backend.pipelines[name], number, prompt))) as stream:
                (done,) = [event async for event in stream if isinstance(event, ImageDone)]
            return done.pixels

        return list(await asyncio.gather(*(one(number, prompt) for number, prompt in enumerate(prompts))))

    async def run(pids: list[int]) -> tuple[list[Picture], float, float]:
        backend = TritonBackend(server.grpc_url)
        await backend.start()
        try:
            async with asyncio.timeout(SEEN_S):
                while name not in backend.pipelines:  # noqa: ASYNC110 it tells nobody when it has seen one
                    await asyncio.sleep(0.1)
            spec = backend.pipelines[name]
            async with aclosing(backend.submit(asked(spec, 0, prompts[0]))) as stream:
                [event async for event in stream]  # what is opened and compiled by the first call
            before, started = cpu_seconds(pids), time.monotonic()
            pictures = await draw(backend)
            return pictures, cpu_seconds(pids) - before, time.monotonic() - started
        finally:
            await backend.aclose()

    settings = {"AVILA_MAX_QUEUE": "128"}
    with triton_server(repository, settings=settings) as server:
        return asyncio.run(run(server.processes()))


def cpu_seconds(pids: Sequence[int]) -> float:
    """Of all these processes so far."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def emulated(repository: Path, name: str, prompts: Sequence[Prompt]) -> list[Picture]:
    """The pictures by the engine in this process."""
    spec = PipelineSpec.load(repository / name / "1" / "pipeline.json")
    files = Files(repository / name / "1" / "tokenizer.json")
    loop = make_loop(spec, files, SessionRunner(spec, repository), max_waiting=len(prompts), clock=time.monotonic)
    pictures: dict[str, Picture] = {}
    ended: list[str] = []

    def listen(event: Any) -> None:
        if isinstance(event, ImageDone):
            pictures[event.request_id] = event.pixels
        if is_terminal(event):
            ended.append(event.request_id)

    for number, prompt in enumerate(prompts):
        loop.submit(asked(spec, number, prompt), listen)
    loop.start()
    try:
        while len(ended) < len(prompts):
            time.sleep(0.05)
    finally:
        loop.stop()
    return [pictures[str(number)] for number in range(len(prompts))]


def psnr(pictures: Sequence[Picture], right: Sequence[Picture]) -> list[float]:
    """In dB, of each picture; 99 where nothing differs."""
    errors = [float(np.mean((a.astype(float) - b) ** 2)) for a, b in zip(pictures, right, strict=True)]
    return [99.0 if error == 0 else 10 * float(np.log10(255**2 / error)) for error in errors]


def measured(precision: Precision, work: Path, prompts: Sequence[Prompt]) -> dict[str, Any]:
    """Export in `precision` and draw."""
    shared = "plans" if precision in EMULATED else precision.value  # one trace in half precision serves three
    repository, name = work / shared / "models", precision.value
    run_plan(make_plan(ExportRequest(SHIPPED, name, repository, SHIPPED, precision=precision)))
    if precision in EMULATED:
        return {"pictures": emulated(repository, name, prompts)}
    pictures, cpu_s, wall_s = served(repository, name, prompts)
    return {"pictures": pictures, "cpu_s": cpu_s / len(prompts), "wall_s": wall_s / len(prompts)}


def main() -> None:
    """Measure every precision and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, default=REPORT)
    args = parser.parse_args()
    facts, gate = describe(), Gate.load()
    prompts = read_prompts(Path(__file__).with_name("prompts.toml"))
    rows, base = [], dict[str, Any]()
    with tempfile.TemporaryDirectory(prefix="avila-precisions-") as folder:
        for precision in (*SERVED, *EMULATED):
            found = measured(precision, Path(folder), prompts)
            base = base or found
            share = np.mean(
                [
                    gate.recognises(picture, prompt.shows, prompt.colour)
                    for picture, prompt in zip(found["pictures"], prompts, strict=True)
                ]
            )
            decibels = psnr(found["pictures"], base["pictures"])
            rows.append(row(precision, decibels, float(share), found, base))
            print(rows[-1], flush=True)
    args.report.write_text(report(facts, rows), encoding="utf-8")


def row(precision: Precision, decibels: list[float], share: float, found: dict[str, Any], base: dict[str, Any]) -> str:
    """One line of the table."""
    is_base = found is base
    loss = "–" if is_base else f"{np.median(decibels):.1f} ({min(decibels):.1f})"
    cost = f"{found['cpu_s']:.2f} | {base['cpu_s'] / found['cpu_s']:.2f}" if "cpu_s" in found else "– | –"
    return f"| {precision} | {RUNS_WITH[precision]} | {loss} | {share:.1%} | {cost} |"


def report(facts: dict[str, Any], rows: Sequence[str]) -> str:
    """The page."""
    lines = [
        "# What each precision loses and gains",
        "",
        heading(facts),
        "",
        "The shipped model, the 64 prompts of `training/prompts.toml`, 20 steps, guidance 3, all in the same batches.",
        "PSNR is against the float32 export's picture of the same seed, median (lowest). Recognised: by",
        "`training.gate`, which agrees with the full judge on 94 % of drawings; 1.6 % is one picture. CPU seconds per",
        "picture are those of Triton's processes, one run.",
        "",
        "| precision | computed by | PSNR (dB) | recognised | CPU s per picture | speed to fp32 |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        "int8 rounds the UNet's layers that have weights, but for the first, the last and those of the timestep;",
        "attention's own products, norms and sums stay in floats. int8-fp16 is what `--precision int8` means for",
        "plans. No GPU has run the plans: their pictures are those of the same graphs, computed by ONNX Runtime.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
