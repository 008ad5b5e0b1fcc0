"""What was measured, as one value: the figures that are followed over time, and all that is behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.engine.closed_loop import ClosedLoopResult
from benchmarks.engine.fairness import FairnessResult
from benchmarks.engine.lone import BARE_ON_TRITON, IN_PROCESS, TRITON, LoneResult
from benchmarks.engine.mixed import MixedResult
from benchmarks.engine.open_loop import OpenLoopResult
from benchmarks.statistics import Interval, Latencies

OURS, ONE_AT_A_TIME, REQUEST_LEVEL = "step-level (ours)", "one at a time", "request-level"
TARGETS = {
    "lone_overhead": ("at most", 1.05),
    "lone_overhead_on_triton": ("at most", 1.05),
    "throughput_8_vs_one_at_a_time": ("at least", 3.6),
    "p99_vs_request_level": ("at most", 0.68),
}


@dataclass(slots=True)
class EngineResults:
    """Parts that were not run are empty."""

    lone: LoneResult | None = None
    closed_loops: dict[str, list[ClosedLoopResult]] = field(default_factory=dict)
    tail: OpenLoopResult | None = None
    fairness: list[FairnessResult] = field(default_factory=list)
    mixed: MixedResult | None = None

    def figures(self) -> dict[str, Interval | None]:
        """The figures of `TARGETS`; None for what was not measured.

        The interval of the throughput is the range of its rounds, the others are 95 % bootstrap intervals.
        """
        return {
            "lone_overhead": self.lone.overhead(TRITON) if self.lone else None,
            "lone_overhead_on_triton": self.lone.overhead(TRITON, BARE_ON_TRITON) if self.lone else None,
            "throughput_8_vs_one_at_a_time": self._throughput(8),
            "p99_vs_request_level": self.tail.p99_ratio(OURS, REQUEST_LEVEL) if self.tail else None,
        }

    def _throughput(self, callers: int) -> Interval | None:
        by_system = {r.system: r for r in self.closed_loops.get("device", []) if r.callers == callers}
        if not by_system:
            return None
        ratios = np.asarray(by_system[OURS].rates) / np.asarray(by_system[ONE_AT_A_TIME].rates)
        return Interval(float(np.median(ratios)), float(ratios.min()), float(ratios.max()))

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the figures at the top."""
        figures = self.figures()
        return {
            **{name: None if figure is None else round(figure.value, 4) for name, figure in figures.items()},
            "intervals": {name: figure.as_dict() for name, figure in figures.items() if figure},
            "targets": {name: f"{bound} {value:g}" for name, (bound, value) in TARGETS.items()},
            "lone": self.lone.as_dict() if self.lone else None,
            "closed_loop": {part: [r.as_dict() for r in results] for part, results in self.closed_loops.items()},
            "open_loop": self.tail.as_dict() if self.tail else None,
            "mixed": self.mixed.as_dict() if self.mixed else None,
            "fairness": [result.as_dict() for result in self.fairness],
        }

    def headlines(self) -> list[str]:
        """One line per figure, with its target."""
        lines = []
        for name, figure in self.figures().items():
            bound, value = TARGETS[name]
            if figure is not None:
                met = figure.value <= value if bound == "at most" else figure.value >= value
                lines.append(f"{name} {figure}  (aim: {bound} {value:g}; {'met' if met else 'not met'})")
        return lines

    def lines(self, part: str) -> list[str]:
        """What one part found, a line each."""
        if part == "lone" and self.lone:
            return [
                f"{name}: {np.median(self.lone.wall[name]) * 1e3:.1f} ms, x{self.lone.overhead(name)} of the bare "
                f"loop's time, x{self.lone.cpu_ratio(name):.3f} of its processor time"
                for name in (IN_PROCESS, BARE_ON_TRITON, TRITON)
            ]
        if part == "tail" and self.tail:
            return [_latency_line(name, self.tail.pooled(name)) for name in self.tail.runs]
        if part == "mixed" and self.mixed:
            runs = {name: run.as_dict() for name, run in self.mixed.runs.items()}
            return [
                f"{name}: {run['throughput_per_s']:.2f} images/s, p50 {run['latency']['p50_ms']:.0f} ms, "
                f"p99 {run['latency']['p99_ms']:.0f} ms, fairness {run['fairness']:.2f}"
                for name, run in runs.items()
            ]
        if part == "fairness":
            return [
                f"{r.system}: the single took {r.single_s:.2f} s (alone {r.alone_s:.2f} s), the burst's last "
                f"{r.burst_last_s:.2f} s"
                + ("" if r.waited_steps is None else f"; {r.waited_steps:.1f} calls before its first step was done")
                for r in self.fairness
            ]
        return [
            f"{r.callers} callers, {_latency_line(r.system, r.latencies)}, {r.rate:.2f} images/s"
            for r in self.closed_loops.get(part, [])
        ]


def _latency_line(name: str, seconds: list[float]) -> str:
    latency = Latencies.of(seconds)
    return f"{name}: p50 {latency.p50 * 1e3:.0f} ms, p99 {latency.p99 * 1e3:.0f} ms ({latency.count} requests)"
