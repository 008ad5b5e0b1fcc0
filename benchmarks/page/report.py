"""Writes page.json, page.md and page.png."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.machine import heading

FRAME_MS = 1000 / 60
SLACK_MS = 2.0
"""A frame that came this much later is still counted as in time: a browser's clock has steps of its own."""

SECONDS = ("first-contentful-paint", "largest-contentful-paint", "speed-index")
LAB = ("FCP", "LCP", "CLS", "TBT", "usable")


def frames_summary(frames: Mapping[str, Any]) -> dict[str, float]:
    """What is said of frames: how many a second, how long the slow ones took, how much work one was."""
    intervals = np.asarray(frames["intervals"], dtype=float)
    in_time = intervals <= FRAME_MS + SLACK_MS
    return {
        "frames": len(intervals),
        "per_second": round(1000 * len(intervals) / float(intervals.sum()), 1),
        "p50_ms": round(float(np.percentile(intervals, 50)), 1),
        "p95_ms": round(float(np.percentile(intervals, 95)), 1),
        "p99_ms": round(float(np.percentile(intervals, 99)), 1),
        "longest_ms": round(float(intervals.max()), 1),
        "in_time": round(float(in_time.mean()), 4),
        "work_ms": round(float(frames["workPerFrame"]), 2),
        "long_tasks": len(frames["longTasks"]),
        "longest_task_ms": round(max(frames["longTasks"], default=0.0), 1),
    }


def write_report(facts: dict[str, Any], measured: dict[str, Any], folder: Path) -> list[Path]:
    """Write the three files into `folder`; a part that was not measured is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"page.{kind}" for kind in ("json", "md", "png")]
    parts: tuple[str, ...] = ("mask", "gallery")
    moving: dict[str, dict[str, Any]] = {part: measured[part]["figures"] for part in parts if part in measured}
    result: dict[str, Any] = {**measured}
    for part, figures in moving.items():
        result[part] = {**measured[part], "figures": {name: frames_summary(one) for name, one in figures.items()}}
    paths[0].write_text(json.dumps({**result, **facts}, indent=1) + "\n", encoding="utf-8")
    paths[1].write_text(_markdown(facts, result), encoding="utf-8")
    if not moving:
        return paths[:2]
    _plot(moving).savefig(paths[2], dpi=90)
    return paths


def _markdown(facts: dict[str, Any], result: dict[str, Any]) -> str:
    parts: dict[str, Callable[[Any], list[str]]] = {
        "load": _load,
        "lighthouse": _lighthouse,
        "installable": _installable,
        "axe": _axe,
        "mask": _mask,
    }
    found = [lines for name, write in parts.items() if name in result for lines in write(result[name])]
    if "gallery" in result:
        found += _gallery(result["gallery"], result["pictures"])
    about = "Chromium without a graphics card: pictures are put together and scaled by the processor."
    return "\n".join(["# The page in a browser\n", f"{heading(facts)} {about}\n", *found])


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    return [_row(head), _row("---" for _ in head), *(_row(row) for row in rows), ""]


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _load(loads: Mapping[str, Sequence[Mapping[str, float]]]) -> list[str]:
    """Medians of the rounds."""

    def median(rounds: Sequence[Mapping[str, float]], name: str) -> float:
        return float(np.median([one[name] for one in rounds]))

    rows = [
        (
            name,
            f"{median(rounds, 'scriptBytes') / 1000:.0f} kB",
            f"{median(rounds, 'bytes') / 1000:.0f} kB in {median(rounds, 'requests'):.0f}",
            *(f"{median(rounds, key):.0f} ms" for key in ("fcp", "lcp", "tbt", "usable")),
            f"{median(rounds, 'cls'):.3f}",
        )
        for name, rounds in loads.items()
    ]
    head = ("Create, nothing kept", "script", "all, requests", "FCP", "LCP", "TBT", "prompt usable", "CLS")
    about = "Somebody who is signed in opens Create. Bytes as sent (gzip); the budget is 200 kB of script.\n"
    return ["## First load\n", about, *_table(head, rows)]


def _lighthouse(lighthouse: Mapping[str, Any]) -> list[str]:
    rows = []
    for one in lighthouse["found"]:
        scores = [f"{100 * score:.0f}" for score in one["scores"].values()]
        metrics = [_metric(name, value) for name, value in one["metrics"].items()]
        rows.append((one["page"], one["form"], *scores, *metrics, "; ".join(one["short"]) or "–"))
    first = lighthouse["found"][0]
    head = ("page", "as", *first["scores"], *first["metrics"], "short of the whole")
    about = (
        f"Version {lighthouse['version']}. It has no category for installable pages any more; what that one asked is "
        "checked below. `mobile` is a phone on a slow network with a processor four times slower, simulated.\n"
    )
    return ["## Lighthouse\n", about, *_table(head, rows)]


def _metric(name: str, value: float) -> str:
    if name in SECONDS:
        return f"{value / 1000:.1f} s"
    return f"{value:.3f}" if name == "cumulative-layout-shift" else f"{value:.0f} ms"


def _installable(checks: Mapping[str, bool]) -> list[str]:
    return [
        "## Installable\n",
        *_table(("check", "holds"), [(name, "yes" if it else "NO") for name, it in checks.items()]),
    ]


def _axe(counted: Mapping[str, Mapping[str, Sequence[str]]]) -> list[str]:
    rows = [(place, *(", ".join(ids) or "0" for ids in found.values())) for place, found in counted.items()]
    return ["## axe\n", *_table(("screen", *next(iter(counted.values()))), rows)]


FRAMES_HEAD = ("what", "frames a second", "in time", "p50", "p95", "p99", "longest", "work a frame", "tasks over 50 ms")


def _frames(figures: Mapping[str, Mapping[str, float]]) -> list[str]:
    rows = [
        (
            name,
            one["per_second"],
            f"{one['in_time']:.1%}",
            *(f"{one[key]} ms" for key in ("p50_ms", "p95_ms", "p99_ms", "longest_ms", "work_ms")),
            f"{one['long_tasks']} (longest {one['longest_task_ms']} ms)" if one["long_tasks"] else "0",
        )
        for name, one in figures.items()
    ]
    return _table(FRAMES_HEAD, rows)


def _mask(mask: Mapping[str, Any]) -> list[str]:
    about = (
        f"A picture of {mask['megapixels']:.1f} megapixels; strokes of the mouse over four fifths of it, 125 moves a "
        "second. The aim is 60 frames a second; *idle* is what this machine gives when nothing is drawn, *work* the "
        "main thread's.\n"
    )
    return ["## The mask editor\n", about, *_frames(mask["figures"])]


def _gallery(gallery: Mapping[str, Any], pictures: int) -> list[str]:
    first, deep, state = gallery["firstGrid"], gallery["deep"], gallery["state"]
    searches = [(f"`{words}`", f"{ms:.0f} ms") for words, ms in gallery["searches"].items()]
    return [
        "## The gallery\n",
        f"{pictures} pictures, a hundredth of them in the trash. From the address to the first picture on the screen: "
        f"{first['desk']:.0f} ms at a desk, {first['phone']:.0f} ms on a phone's screen. All that there are "
        f"({deep['loaded']}) were loaded by scrolling to the end in {deep['seconds']:.0f} s; then scripts held "
        f"{state['heap'] / 1e6:.0f} MB and the document had {state['nodes']} elements.\n",
        *_frames(gallery["figures"]),
        *_table(("search, from Enter to the first picture", "time"), searches),
        "![frames](page.png)\n",
    ]


def _plot(moving: Mapping[str, Mapping[str, Any]]) -> Figure:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots(1, len(moving), squeeze=False)[0]
    for axis, (part, figures) in zip(axes, moving.items(), strict=True):
        for name, one in figures.items():
            intervals = np.sort(np.asarray(one["intervals"], dtype=float))
            axis.step(intervals, np.arange(1, len(intervals) + 1) / len(intervals), label=name, linewidth=1)
        axis.axvline(FRAME_MS, color="#8c8c8c", linewidth=0.8, linestyle=":")
        axis.set_xscale("log")
        axis.set_xlim(8, 400)
        axis.set_xlabel("ms from one frame to the next")
        axis.set_title(part)
        axis.legend(fontsize=7)
    axes[0].set_ylabel("share of the frames")
    return figure
