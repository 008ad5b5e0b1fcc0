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
from benchmarks.unet_inputs import unet_inputs
from diffusion import rows
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
            for count in options.rows:
                inputs = unet_inputs(spec, count, *spec.latent_size(side, side))
                whole, split = _measured(systems, inputs, options.rounds)
                ratio = np.median(split / whole)
                lines.append(f"| {side} | {count} | {_told(whole)} | {_told(split)} | {ratio:.2f} |")
                progress.advance(f"{runtime} in {precision}, {side} pixels, {count} rows: {ratio:.2f}")
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "rows.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    progress.section(f"written: {path}")
    return 0


def _session(folder: Path, spec: PipelineSpec, runtime: str, precision: str, is_split: bool) -> Any:
    """The component's own session; `is_split` False: as for a network that is too large."""
    sys.path.insert(0, str(folder.parent))
    small = rows.SMALL_BYTES
    rows.SMALL_BYTES = sys.maxsize if is_split else -1
    chosen = {"runtime": runtime, "precision": precision}
    component: ComponentSpec = component_specs(spec)[Component.UNET]
    try:
        sessions = importlib.import_module("1.sessions")
        return sessions.open_session(folder / "model.onnx", component, lambda name, _: chosen.get(name, ""))
    finally:
        rows.SMALL_BYTES = small
        sys.path.remove(str(folder.parent))


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
