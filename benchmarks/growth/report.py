"""Writes growth.json, growth.md and growth.png."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.growth.factors import Factor, Times
from benchmarks.machine import heading


def summary(factor: Factor, times: Times) -> dict[str, Any]:
    """Medians in milliseconds, and the order found."""
    values = np.array(list(times), np.float64)
    medians = np.array([np.median(times[value]) for value in times])
    return {
        "values": [int(value) for value in values],
        "median_ms": [round(float(one) * 1e3, 3) for one in medians],
        "measured": factor.quantity,
        "order": round(order_of(values, medians), 2),
        "expected_order": factor.expected,
        "why": factor.why,
    }


def order_of(values: np.ndarray[Any, Any], costs: np.ndarray[Any, Any]) -> float:
    """The exponent: slope of the logarithms over the larger half of the values, where a fixed part weighs least."""
    upper = slice(-max(2, (len(values) + 1) // 2), None)
    return float(np.polyfit(np.log(values[upper]), np.log(costs[upper]), 1)[0])


def write_report(facts: dict[str, Any], results: Mapping[str, dict[str, Any]], folder: Path) -> list[Path]:
    """Write the three files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"growth.{kind}" for kind in ("json", "md", "png")]
    paths[0].write_text(json.dumps({"factors": results, **facts}, indent=2) + "\n", encoding="utf-8")
    paths[1].write_text(_markdown(facts, results), encoding="utf-8")
    _plot(results).savefig(paths[2], dpi=110)
    return paths


def _markdown(facts: dict[str, Any], results: Mapping[str, dict[str, Any]]) -> str:
    lines = [
        f"| {name} | {one['measured']} | "
        + ", ".join(f"{value}: {ms:g}" for value, ms in zip(one["values"], one["median_ms"], strict=True))
        + f" | {one['order']} | {one['expected_order']:g} ({one['why']}) |"
        for name, one in results.items()
    ]
    return "\n".join(
        [
            "# How cost grows\n",
            f"{heading(facts)}\n",
            "| what is varied | what is measured | value: ms | order found | expected |",
            "| --- | --- | --- | --- | --- |",
            *lines,
            "",
            "![growth](growth.png)\n",
        ]
    )


def _plot(results: Mapping[str, dict[str, Any]]) -> Figure:
    figure = Figure(figsize=(3.4 * len(results), 3.4), layout="constrained")
    for axes, (name, one) in zip(np.atleast_1d(figure.subplots(1, len(results))), results.items(), strict=True):
        values, costs = np.array(one["values"]), np.array(one["median_ms"])
        axes.loglog(values, costs, "o-", color="#1b6ac2", label="measured")
        line = costs[-1] * (values / values[-1]) ** one["expected_order"]
        axes.loglog(values, line, ":", color="#8c8c8c", label=f"order {one['expected_order']:g}")
        axes.set_xticks(values, [str(value) for value in values], minor=False)
        axes.set_xticks([], minor=True)
        axes.set_title(f"{name}: order {one['order']}", fontsize=9)
        axes.set_ylabel(f"ms, {one['measured']}", fontsize=8)
        axes.legend(fontsize=7)
    return figure
