"""Writes soak.json, soak.md and soak.png."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.machine import heading
from benchmarks.soak.samples import ROLES, Sample, trend


def summary(samples: Sequence[Sample], ended: dict[str, int], warm_up_s: float) -> dict[str, Any]:
    """The figures: per role the trend; files and threads at the end of the warm-up and of the run."""
    after = [sample for sample in samples if sample.at_s >= warm_up_s]
    return {
        "minutes": round(samples[-1].at_s / 60, 1),
        "warm_up_minutes": round(warm_up_s / 60, 1),
        "requests": dict(sorted(ended.items())),
        "pictures": samples[-1].pictures,
        "memory": {role: trend(samples, role, warm_up_s) for role in ROLES},
        "files": [after[0].files, after[-1].files],
        "threads": [after[0].threads, after[-1].threads],
    }


def write_report(facts: dict[str, Any], result: dict[str, Any], samples: Sequence[Sample], folder: Path) -> list[Path]:
    """Write the three files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"soak.{kind}" for kind in ("json", "md", "png")]
    data = {**result, **facts, "samples": [asdict(sample) for sample in samples]}
    paths[0].write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    paths[1].write_text(_markdown(facts, result), encoding="utf-8")
    _plot(samples, result).savefig(paths[2], dpi=110)
    return paths


def _markdown(facts: dict[str, Any], result: dict[str, Any]) -> str:
    rows = [
        f"| {role} | {one['first_mib']} | {one['last_mib']} | {one['slope_mib_per_h']} "
        f"[{one['slope_low']}, {one['slope_high']}] |"
        for role, one in result["memory"].items()
    ]
    return "\n".join(
        [
            "# A long run\n",
            heading(facts),
            f"{result['minutes']} minutes, the first {result['warm_up_minutes']} not counted; {result['pictures']} "
            f"pictures; requests: {', '.join(f'{count} {name}' for name, count in result['requests'].items())}.\n",
            "| processes | MiB after the warm-up | MiB at the end | MiB an hour [95 %] |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            f"Open files {result['files'][0]} and {result['files'][1]}, threads {result['threads'][0]} and "
            f"{result['threads'][1]} (after the warm-up, at the end).\n",
            "![soak](soak.png)\n",
        ]
    )


def _plot(samples: Sequence[Sample], result: dict[str, Any]) -> Figure:
    figure = Figure(figsize=(8, 3.8), layout="constrained")
    axes = figure.subplots()
    minutes = [sample.at_s / 60 for sample in samples]
    for role in ROLES:
        axes.plot(minutes, [sample.memory_mib[role] for sample in samples], label=role)
    axes.axvline(result["warm_up_minutes"], color="#8c8c8c", linewidth=0.8, linestyle=":")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("minutes")
    axes.set_ylabel("MiB of its own")
    axes.legend(fontsize=8)
    return figure
