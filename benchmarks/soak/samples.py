"""What a service's processes hold, and whether it grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.service import Service

MIB = 2**20
GATEWAY, TRITON, ORCHESTRATOR, NETWORKS = "gateway", "Triton", "orchestrator", "networks"
ROLES = (GATEWAY, TRITON, ORCHESTRATOR, NETWORKS)


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. Memory is what a process has for itself (USS), in MiB, so that shared pages are not counted often."""

    at_s: float
    memory_mib: dict[str, float]
    files: int
    threads: int
    pictures: int


def look(service: Service, at_s: float, pictures: int) -> Sample:
    """Sample every process of the service."""
    memory = dict.fromkeys(ROLES, 0.0)
    files = threads = 0
    for pid in service.processes():
        try:
            process = psutil.Process(pid)
            memory[_role(process)] += process.memory_full_info().uss / MIB
            files += process.num_fds()
            threads += process.num_threads()
        except psutil.NoSuchProcess:
            continue
    return Sample(at_s, memory, files, threads, pictures)


def _role(process: psutil.Process) -> str:
    name = Path(process.exe()).name
    if name.startswith("triton_python"):  # its first argument is the model's file, <model>/1/model.py
        return NETWORKS if "__" in Path(process.cmdline()[1]).parents[1].name else ORCHESTRATOR
    return TRITON if name == "tritonserver" else GATEWAY


def trend(samples: Sequence[Sample], role: str, warm_up_s: float) -> dict[str, Any]:
    """Memory of a role after the warm-up: at its begin and end, and its slope with a 95 % interval, in MiB an hour.

    The slope is Theil and Sen's, the median of the slopes between all pairs of samples, which single peaks do not move;
    its interval is a bootstrap over blocks of a minute, since neighbouring samples are alike.
    """
    after = [sample for sample in samples if sample.at_s >= warm_up_s]
    times = np.array([sample.at_s for sample in after]) / 3600
    values = np.array([sample.memory_mib[role] for sample in after])
    generator = np.random.default_rng(0)
    blocks = (times * 60).astype(int)
    kinds = np.unique(blocks)
    slopes = []
    for _ in range(300):
        chosen = np.concatenate([np.flatnonzero(blocks == kind) for kind in generator.choice(kinds, len(kinds))])
        slopes.append(_slope(times[chosen], values[chosen]))
    tenth = max(1, len(values) // 10)
    return {
        "first_mib": round(float(np.median(values[:tenth])), 1),
        "last_mib": round(float(np.median(values[-tenth:])), 1),
        "slope_mib_per_h": round(_slope(times, values), 2),
        "slope_low": round(float(np.percentile(slopes, 2.5)), 2),
        "slope_high": round(float(np.percentile(slopes, 97.5)), 2),
    }


def _slope(times: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> float:
    first, second = np.triu_indices(len(times), 1)
    apart = times[second] - times[first]
    is_apart = np.abs(apart) > 0
    if not is_apart.any():
        return 0.0
    return float(np.median((values[second] - values[first])[is_apart] / apart[is_apart]))
