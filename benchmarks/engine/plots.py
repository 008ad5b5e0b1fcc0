"""The plots of the engine's benchmark. Figures are made without pyplot: no display and no global state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.engine.closed_loop import ClosedLoopResult
from benchmarks.engine.lone import LoneResult
from benchmarks.engine.open_loop import OpenLoopResult
from benchmarks.engine.results import EngineResults
from benchmarks.statistics import Latencies

DPI = 110
COLOURS = {"one at a time": "#8c8c8c", "request-level": "#c26a1b", "step-level (ours)": "#1b6ac2"}
BAR = 0.38


def write_plots(results: EngineResults, folder: Path) -> list[Path]:
    """One PNG per part that was measured; returns their paths."""
    paths = []
    if results.lone:
        figure, axes = _figure(1)
        _lone(axes[0], results.lone)
        paths.append(_save(figure, folder / "engine-lone.png"))
    for part, runs in results.closed_loops.items():
        figure, axes = _figure(2)
        _throughput(axes[0], runs)
        _latencies(axes[1], runs)
        figure.suptitle(f"closed loop, {part}")
        paths.append(_save(figure, folder / f"engine-{part}.png"))
    if results.tail:
        figure, axes = _figure(1)
        _tail(axes[0], results.tail)
        paths.append(_save(figure, folder / "engine-tail.png"))
    return paths


def _figure(panels: int) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(5.2 * panels, 3.8), layout="constrained")
    return figure, list(np.atleast_1d(figure.subplots(1, panels)))


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=DPI)
    return path


def _lone(axes: Axes, result: LoneResult) -> None:
    names = list(result.wall)
    axes.boxplot([np.asarray(result.wall[name]) * 1e3 for name in names], tick_labels=names)
    axes.set_ylabel("ms per picture")
    axes.set_ylim(bottom=0)
    axes.set_title(f"a lone request, {result.sample.steps} steps ({result.pipeline})")


def _throughput(axes: Axes, runs: list[ClosedLoopResult]) -> None:
    for offset, system in enumerate(dict.fromkeys(run.system for run in runs)):
        mine = [run for run in runs if run.system == system]
        places = np.arange(len(mine)) + (offset - 0.5) * BAR
        axes.bar(places, [run.rate for run in mine], BAR, label=system, color=COLOURS[system])
    _caller_axis(axes, runs)
    axes.set_ylabel("images per second")
    axes.legend()


def _latencies(axes: Axes, runs: list[ClosedLoopResult]) -> None:
    for system in dict.fromkeys(run.system for run in runs):
        latencies = [Latencies.of(run.latencies) for run in runs if run.system == system]
        places = np.arange(len(latencies))
        colour = COLOURS[system]
        axes.plot(places, [each.p50 * 1e3 for each in latencies], "o-", color=colour, label=f"{system}, p50")
        axes.plot(places, [each.p99 * 1e3 for each in latencies], "^--", color=colour, label=f"{system}, p99")
    _caller_axis(axes, runs)
    axes.set_ylabel("latency, ms")
    axes.set_ylim(bottom=0)
    axes.legend()


def _caller_axis(axes: Axes, runs: list[ClosedLoopResult]) -> None:
    callers = sorted({run.callers for run in runs})
    axes.set_xticks(np.arange(len(callers)), [str(count) for count in callers])
    axes.set_xlabel("callers")


def _tail(axes: Axes, result: OpenLoopResult) -> None:
    for system in result.runs:
        latencies = np.sort(result.pooled(system))
        beyond = 1 - np.arange(len(latencies)) / len(latencies)
        axes.semilogy(latencies, beyond, label=system, color=COLOURS[system])
    axes.axhline(0.01, color="black", linewidth=0.6, linestyle=":")
    axes.annotate("p99", (axes.get_xlim()[0], 0.01), textcoords="offset points", xytext=(4, 3))
    axes.set_xlabel("latency, s")
    axes.set_ylabel("share of requests slower than that")
    axes.set_title(f"the same traces, {result.rate:.1f} requests/s")
    axes.legend()
