"""`python -m benchmarks.rows`: milliseconds of one call of the UNet by rows, whole and with its rows side by side.

The sessions are the component models' own, so it runs in the environment of the bundled Triton. *Whole* is the same
session for a network that is too large for it: one call with all threads, of sizes that are open.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import ROOT, describe, heading
from benchmarks.progress import Progress
from diffusion.components import Component, ComponentSpec, Tensor
from diffusion.pipeline import PipelineSpec, component_specs

RUNTIMES = (("onnxruntime", "float32"), ("openvino", "float32"), ("openvino", "bfloat16"))
Times = NDArray[np.float64]


def main() -> int:
    """Measure; writes `rows.md`."""
    options = _parser().parse_args()
    facts, progress = describe(), Progress()
    spec = PipelineSpec.load(options.repository / options.pipeline / "1" / "pipeline.json")
    folder = options.repository / f"{options.pipeline}__{Component.UNET}" / "1"
    lines = [
        "# Rows side by side",
        "",
        f"{heading(facts)} The UNet of {options.pipeline}; median [lowest] of {options.rounds} calls in turns, ms.",
    ]
    for runtime, precision in RUNTIMES:
        head = "| pixels | rows | whole | side by side | ratio |"
        lines += ["", f"## {runtime}, {precision}", "", head, "|---|---|---|---|---|"]
        for side in options.sides:
            systems = {is_split: _session(folder, spec, runtime, precision, is_split) for is_split in (False, True)}
            for rows in options.rows:
                whole, split = _measured(systems, _inputs(spec, rows, side), options.rounds)
                ratio = np.median(split / whole)
                lines.append(f"| {side} | {rows} | {_told(whole)} | {_told(split)} | {ratio:.2f} |")
                progress.advance(f"{runtime} in {precision}, {side} pixels, {rows} rows: {ratio:.2f}")
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "rows.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    progress.section(f"written: {path}")
    return 0


def _session(folder: Path, spec: PipelineSpec, runtime: str, precision: str, is_split: bool) -> Any:
    """The component's own session; `is_split` False: as for a network that is too large."""
    sys.path.insert(0, str(folder.parent))
    try:
        modules = [importlib.import_module("1.sessions")]
        if runtime == "openvino":
            modules.append(importlib.import_module("1.openvino_session"))
    finally:
        sys.path.remove(str(folder.parent))
    kept = [module.is_small for module in modules]
    for module in modules:
        module.is_small = lambda graph: is_split  # type: ignore[attr-defined]
    chosen = {"runtime": runtime, "precision": precision}
    component: ComponentSpec = component_specs(spec)[Component.UNET]
    try:
        return modules[0].open_session(folder / "model.onnx", component, lambda name, _: chosen.get(name, ""))
    finally:
        for module, is_small in zip(modules, kept, strict=True):
            module.is_small = is_small  # type: ignore[attr-defined]


def _measured(systems: dict[bool, Any], inputs: dict[str, Tensor], rounds: int) -> tuple[Times, Times]:
    times: dict[bool, list[float]] = {is_split: [] for is_split in systems}
    for number in range(-2, rounds):  # two to compile and to warm up
        for is_split, session in systems.items():
            started = time.perf_counter()
            session.run(inputs)
            if number >= 0:
                times[is_split].append((time.perf_counter() - started) * 1000)
    return np.array(times[False]), np.array(times[True])


def _told(times: Times) -> str:
    return f"{np.median(times):.1f} [{times.min():.1f}]"


def _inputs(spec: PipelineSpec, rows: int, side: int) -> dict[str, Tensor]:
    chance = np.random.default_rng(0)
    height, width = spec.latent_size(side, side)
    return {
        "sample": chance.standard_normal((rows, spec.latent.channels, height, width), np.float32),
        "timestep": np.full(rows, 500.5, np.float32),
        "encoder_hidden_states": chance.standard_normal((rows, spec.text.chunk_tokens, spec.text.width), np.float32),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rows", description=__doc__)
    parser.add_argument("--repository", type=Path, default=ROOT / "model_repository", help="where it is installed")
    parser.add_argument("--pipeline", default="avila-demo", help="the installed pipeline")
    parser.add_argument("--sides", type=int, nargs="+", default=[64, 128, 256], help="pixels of a picture's side")
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 2, 3, 8, 16], help="rows of a call")
    parser.add_argument("--rounds", type=int, default=20, help="calls measured of each")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results", help="folder of the result")
    return parser


if __name__ == "__main__":
    sys.exit(main())
