"""`python -m benchmarks.gpu.step_profile`: milliseconds of one UNet call by rows and picture size.

From it follows how many rows are worth packing: a call costs `fixed + row * rows`, so its throughput comes within a
tenth of the best at `9 * fixed / row` rows, and more rows only make each step longer.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gpu.options import add_device_options, device_facts
from benchmarks.gpu.shapes import SHAPES
from benchmarks.gpu.torch_runner import TorchNetworks, step_inputs
from benchmarks.machine import ROOT, describe
from benchmarks.progress import Progress

RESULTS = ROOT / "benchmarks" / "results"


def main(arguments: list[str] | None = None) -> int:
    """Measure and write; returns the exit status."""
    options = _parser().parse_args(arguments)
    progress, shape = Progress(), SHAPES[options.shape]
    networks = TorchNetworks(shape, options.device, options.dtype, compiled=options.compile)
    sizes: dict[str, Any] = {}
    for side in options.sides or (shape.side,):
        times = {rows: call_ms(networks, rows, side, options.seconds) for rows in options.rows}
        sizes[str(side)] = {"ms": times, **fitted(times)}
        progress.result(f"{side}²: {sizes[str(side)]}")
    data = {"shape": shape.name, "compiled": options.compile, "sides": sizes, **device_facts(options), **describe()}
    path = options.output / f"gpu-profile-{shape.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    progress.section(f"written: {path}")
    return 0


def call_ms(networks: TorchNetworks, rows: int, side: int, seconds: float) -> float:
    """Median of calls over `seconds`, after three that warm up; the inputs are copied to the device each time."""
    inputs = step_inputs(networks.shape, rows, side)
    for _ in range(3):
        networks.step(inputs)
    networks.wait()
    times: list[float] = []
    until = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < until:
        started = time.perf_counter()
        networks.step(inputs)
        networks.wait()
        times.append(time.perf_counter() - started)
    return round(float(np.median(times)) * 1e3, 3)


def fitted(times: dict[int, float]) -> dict[str, float]:
    """Least squares of `fixed + row * rows`, weighted by 1/time, and the rows worth packing."""
    rows, costs = np.array(list(times), np.float64), np.array(list(times.values()))
    if len(rows) < 2:
        return {}
    slope, fixed = np.polyfit(rows, costs, 1, w=1 / costs)
    fixed = max(0.0, float(fixed))
    worth = min(int(rows.max()), max(2, math.ceil(9 * fixed / max(float(slope), 1e-9))))
    return {"fixed_ms": round(fixed, 3), "row_ms": round(float(slope), 3), "rows_worth_packing": worth}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.step_profile", description=__doc__)
    add_device_options(parser)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 2, 4, 8, 16], help="of one call")
    parser.add_argument("--sides", type=int, nargs="+", help="of the pictures in pixels; default the shape's")
    parser.add_argument("--seconds", type=float, default=3.0, help="of calls for each figure")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the result")
    return parser


if __name__ == "__main__":
    sys.exit(main())
