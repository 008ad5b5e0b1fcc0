"""`python -m benchmarks.loras REPOSITORY PIPELINE`: processor time of one step, merged and as low-rank inputs.

Merged: one session per set, its weights replaced when it is opened. Low-rank: one session for all sets. Prints a table;
docs/adr/0105-lora-as-inputs.md has one with what follows from it.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from benchmarks.unet_inputs import unet_inputs
from diffusion.components import Component, Tensor, Variant
from diffusion.pipeline import PipelineSpec

RUNS = 15
SETS, ROWS = 4, 8
Inputs = Mapping[str, Tensor]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("pipeline")
    args = parser.parse_args()
    spec = PipelineSpec.load(args.repository / args.pipeline / "1" / "pipeline.json")
    plain = args.repository / f"{args.pipeline}__{Component.UNET}" / "1" / "model.onnx"
    lora = args.repository / f"{args.pipeline}__{Variant.UNET_LORA}" / "1" / "model.onnx"
    print("| what | processor ms |\n|---|---|")
    _print_opening("a merged set, opened", plain)
    base = _session(plain)
    _print_opening("the LoRA variant, opened once", lora)
    variant = _session(lora)
    size = spec.latent_size(spec.defaults.width, spec.defaults.height)
    rows, few = unet_inputs(spec, ROWS, *size), unet_inputs(spec, ROWS // SETS, *size)
    cases: dict[str, Callable[[], object]] = {
        f"{ROWS} rows without LoRA": lambda: base.run(None, rows),
        f"{ROWS} rows of one set, merged": lambda: base.run(None, rows),
        f"{ROWS} rows of {SETS} sets, merged: {SETS} calls": lambda: [base.run(None, few) for _ in range(SETS)],
    }
    for rank in (4, 16, 64):
        for sets in (1, SETS):
            fed = {**rows, **_factors(spec, rank, sets)}
            cases[f"{ROWS} rows of {sets} sets, low-rank {rank}: 1 call"] = lambda fed=fed: variant.run(None, fed)  # type: ignore[misc]
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(RUNS):  # in turns, so that what else the machine does meets all alike
        for name, run in cases.items():
            started = time.process_time()
            run()
            times[name].append(time.process_time() - started)
    for name, measured in times.items():
        print(f"| {name} | {statistics.median(measured) * 1000:.0f} |")


def _print_opening(what: str, graph: Path) -> None:
    before, started = _memory(), time.process_time()
    session = _session(graph)
    session.get_inputs()
    print(f"| {what} | {(time.process_time() - started) * 1000:.0f}, and {_memory() - before:.0f} MB |")


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _session(graph: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def _factors(spec: PipelineSpec, rank: int, sets: int) -> dict[str, Tensor]:
    generator = np.random.default_rng(1)
    inputs, outputs = (sum(sizes) for sizes in zip(*spec.lora_layers[Component.UNET].values(), strict=True))
    return {
        "lora_down": generator.standard_normal((sets, inputs, rank), np.float32) * np.float32(0.01),
        "lora_up": generator.standard_normal((sets, rank, outputs), np.float32) * np.float32(0.01),
        "lora_set": (np.arange(ROWS) % sets).astype(np.int32),
    }


if __name__ == "__main__":
    main()
