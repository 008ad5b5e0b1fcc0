"""Writes waterfall.json, waterfall.md and waterfall.png."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.machine import heading
from benchmarks.waterfall.spans import PARTS

NETWORKS = ("engine: text encoder", "engine: UNet", "engine: VAE decoder")
GATEWAY = ("gateway", "queue", "worker", "encoding, marks", "storing")
ENGINE = ("transport and events", "engine: waiting", "engine: solver, packing")


def summary(rounds: Sequence[Mapping[str, float]], walls: Sequence[float]) -> dict[str, Any]:
    """Means over the rounds, in milliseconds, and the shares of what is ours to bring down.

    Not medians: those of the parts would not add up. `measured_share` is how much of the wait lies in spans, the
    rest being HTTP and the caller himself.
    """
    wall = float(np.mean(walls))
    parts = {name: float(np.mean([one[name] for one in rounds])) for name in PARTS}
    networks = sum(parts[name] for name in NETWORKS)
    covered = [1 - one["HTTP and client"] / total for one, total in zip(rounds, walls, strict=True)]
    return {
        "rounds": len(rounds),
        "median_wall_ms": round(float(np.median(walls)) * 1e3, 2),
        "wall_ms": round(wall * 1e3, 2),
        "parts_ms": {name: round(seconds * 1e3, 2) for name, seconds in parts.items()},
        "parts_share": {name: round(seconds / wall, 4) for name, seconds in parts.items()},
        "sum_over_wall": round(sum(parts.values()) / wall, 4),
        "measured_share": round(float(np.median(covered)), 4),
        "networks_share": round(networks / wall, 4),
        "gateway_over_rest": round(sum(parts[name] for name in GATEWAY) / wall, 4),
        "engine_over_networks": round(sum(parts[name] for name in ENGINE) / networks, 4),
    }


def write_report(facts: dict[str, Any], result: dict[str, Any], folder: Path) -> list[Path]:
    """Write the three files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"waterfall.{kind}" for kind in ("json", "md", "png")]
    paths[0].write_text(json.dumps({**result, **facts}, indent=2) + "\n", encoding="utf-8")
    paths[1].write_text(_markdown(facts, result), encoding="utf-8")
    _plot(result).savefig(paths[2], dpi=110)
    return paths


def _markdown(facts: dict[str, Any], result: dict[str, Any]) -> str:
    lines = [f"| {name} | {result['parts_ms'][name]} | {result['parts_share'][name]:.1%} |" for name in PARTS]
    return "\n".join(
        [
            "# Where the time of a picture goes\n",
            f"{heading(facts)} {result['asked']}; {result['rounds']} requests one after the other, means.\n",
            "| part | ms | share |",
            "| --- | --- | --- |",
            *lines,
            f"| the caller's wait | {result['wall_ms']} | sum of the parts {result['sum_over_wall']:.1%} |",
            "",
            f"Gateway, queue, worker, encoding and storing: {result['gateway_over_rest']:.1%} of the wait (aim: 3 %). "
            f"Engine and transport on top of the networks' own time: {result['engine_over_networks']:.1%} (aim: 5 %). "
            f"In spans: {result['measured_share']:.1%} of the wait.\n",
            "![waterfall](waterfall.png)\n",
        ]
    )


def _plot(result: dict[str, Any]) -> Figure:
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    lengths = [result["parts_ms"][name] for name in PARTS]
    starts = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    axes.barh(range(len(PARTS)), lengths, left=starts, color=["#1b6ac2" if n in NETWORKS else "#c26a1b" for n in PARTS])
    for row, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        axes.text(start + length + result["wall_ms"] * 0.01, row, f"{length:.1f} ms", va="center", fontsize=8)
    axes.set_yticks(range(len(PARTS)), PARTS, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, result["wall_ms"] * 1.15)
    axes.set_xlabel("ms; blue: the networks, orange: everything around them")
    axes.set_title(f"one picture of {result['wall_ms']:.0f} ms")
    return figure
