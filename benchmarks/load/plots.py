"""The plots of a load run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.load.records import Outcome, Record

DPI = 110
COLOURS = {
    Outcome.DONE: "#1b6ac2",
    Outcome.REJECTED: "#c26a1b",
    Outcome.CANCELLED: "#8c8c8c",
    Outcome.FAILED: "#c21b2b",
}


def write_plots(records: Sequence[Record], warm_up_s: float, stem: Path) -> list[Path]:
    """Latency over time with every outcome, and the distribution of latencies; returns the paths."""
    figure = Figure(figsize=(10.4, 3.8), layout="constrained")
    over_time, distribution = figure.subplots(1, 2)
    _over_time(over_time, records, warm_up_s)
    _distribution(distribution, [r for r in records if r.outcome is Outcome.DONE and r.due >= warm_up_s])
    path = stem.with_suffix(".png")
    figure.savefig(path, dpi=DPI)
    return [path]


def _over_time(axes: Axes, records: Sequence[Record], warm_up_s: float) -> None:
    for outcome, colour in COLOURS.items():
        mine = [record for record in records if record.outcome is outcome]
        if mine:
            times, latencies = [r.due for r in mine], [r.latency for r in mine]
            axes.scatter(times, latencies, s=10, color=colour, label=outcome.value)
    if warm_up_s:
        axes.axvspan(0, warm_up_s, color="#8c8c8c", alpha=0.15)
    axes.set_xlabel("due, s after the start")
    axes.set_ylabel("latency, s")
    axes.set_ylim(bottom=0)
    if records:
        axes.legend()


def _distribution(axes: Axes, done: Sequence[Record]) -> None:
    for name, values in (("latency", [r.latency for r in done]), ("first event", [r.first_event for r in done])):
        if values:
            ordered = np.sort(values)
            axes.semilogy(ordered, 1 - np.arange(len(ordered)) / len(ordered), label=name)
    axes.set_xlabel("s")
    axes.set_ylabel("share of requests slower than that")
    if done:
        axes.legend()
