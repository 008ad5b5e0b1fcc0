"""What using deep features again loses and gains, on the shipped model: `make bench-reuse`.

The 64 prompts of the quality sheet, drawn by the engine in this process with the UNet whole in every evaluation, and in
every second, third and fifth one only (`diffusion.reuse`). Each picture is compared with the whole one of the same seed
and judged by the judge that ships (`training.gate`); seconds are this process's CPU time on one thread.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from avila.shipped import SHIPPED
from benchmarks.machine import describe, heading
from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.events import Failed, ImageDone, is_terminal
from diffusion.pipeline import PipelineSpec
from diffusion.variants import network_specs
from export.repository import install_pipeline
from gateway.backend.onnx_runner import OnnxRunner
from training.evaluate import GUIDANCE, STEPS, Prompt, read_prompts
from training.gate import Gate
from training.precisions import SEED, psnr
from training.recolour import Picture

REPORT = Path(__file__).parents[1] / "benchmarks" / "results" / "reuse.md"
INTERVALS = (1, 2, 3, 5)
NAME = "reuse"


def installed(folder: Path, joints: int) -> Path:
    """A repository with the shipped pipeline, which may use features again."""
    assets = folder / "assets"
    assets.mkdir()
    (assets / "graphs").symlink_to(SHIPPED / "graphs")
    serving = json.loads((SHIPPED / "serving.json").read_text(encoding="utf-8"))
    serving["limits"]["reuse_joints"] = joints
    (assets / "serving.json").write_text(json.dumps(serving), encoding="utf-8")
    install_pipeline(SHIPPED, folder / "models", NAME, assets=assets)
    return folder / "models"


def drawn(
    repository: Path, runner: OnnxRunner, prompts: Sequence[Prompt], interval: int
) -> tuple[list[Picture], float]:
    """The pictures, all in the same batches, and the CPU seconds of one."""
    spec = PipelineSpec.load(repository / NAME / "1" / "pipeline.json")
    files = Files(repository / NAME / "1" / "tokenizer.json")
    loop = make_loop(spec, files, runner, max_waiting=len(prompts), clock=time.monotonic)
    pictures: dict[str, Picture] = {}
    ended: list[Any] = []

    def listen(event: Any) -> None:
        if isinstance(event, ImageDone):
            pictures[event.request_id] = event.pixels
        if is_terminal(event):
            ended.append(event)

    for number, prompt in enumerate(prompts):
        request = make_request(
            spec, request_id=str(number), prompt=prompt.text, seed=SEED + number, num_inference_steps=STEPS,
            guidance_scale=GUIDANCE, cache_interval=interval,
        )  # fmt: skip
        loop.submit(request, listen)
    before = time.process_time()
    loop.start()
    try:
        while len(ended) < len(prompts):
            time.sleep(0.05)
    finally:
        loop.stop()
    failures = [event for event in ended if isinstance(event, Failed)]
    if failures:
        raise SystemExit(f"{failures[0]}")
    return [pictures[str(number)] for number in range(len(prompts))], (time.process_time() - before) / len(prompts)


def main() -> None:
    """Measure every interval and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, default=REPORT)
    parser.add_argument("--joints", type=int, default=2, help="skip connections that every evaluation computes")
    parser.add_argument("--prompts", type=int, default=64, help="of the sheet's 64")
    args = parser.parse_args()
    facts, gate, rows = describe(), Gate.load(), []
    prompts = read_prompts(Path(__file__).with_name("prompts.toml"))[: args.prompts]
    with tempfile.TemporaryDirectory(prefix="avila-reuse-") as folder:
        repository = installed(Path(folder), args.joints)
        runner = OnnxRunner(network_specs(PipelineSpec.load(repository / NAME / "1" / "pipeline.json")))
        runner.load(repository, NAME, 1)
        for interval in INTERVALS:
            drawn(repository, runner, prompts[:2], interval)  # opens what it needs
        whole, whole_s = drawn(repository, runner, prompts, 1)
        for interval in INTERVALS:
            made, cpu_s = (whole, whole_s) if interval == 1 else drawn(repository, runner, prompts, interval)
            seen = [gate.recognises(x, p.shows, p.colour) for x, p in zip(made, prompts, strict=True)]
            decibels = psnr(made, whole)
            loss = "–" if interval == 1 else f"{np.median(decibels):.1f} ({min(decibels):.1f})"
            rows.append(f"| {interval} | {loss} | {np.mean(seen):.1%} | {cpu_s:.3f} | {whole_s / cpu_s:.2f} |")
            print(rows[-1], flush=True)
    args.report.write_text(report(facts, rows, args.joints, len(prompts)), encoding="utf-8")


def report(facts: dict[str, Any], rows: Sequence[str], joints: int, prompts: int) -> str:
    """The page."""
    lines = [
        "# What using deep features again loses and gains",
        "",
        heading(facts),
        "",
        f"The shipped model, {prompts} prompts of `training/prompts.toml`, {STEPS} steps, guidance {GUIDANCE:g},"
        f" `reuse_joints` {joints}, all in the",
        "same batches. PSNR is against the picture of the same seed with every evaluation whole, median (lowest).",
        "Recognised: by `training.gate`. CPU seconds per picture are those of the whole engine in process, one run.",
        "",
        "| `cache_interval` | PSNR (dB) | recognised | CPU s per picture | speed |",
        "|---|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
