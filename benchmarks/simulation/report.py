"""The simulation's results: JSON, Markdown and plots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.simulation.compare import AIM, Match
from benchmarks.simulation.model import Outcome
from benchmarks.simulation.profile import Profile
from benchmarks.simulation.sizes import DOLLARS_PER_GPU_HOUR, LOADS, Following, Greedy, Size

DPI = 110


def write(folder: Path, facts: dict[str, Any], results: dict[str, Any]) -> list[Path]:
    """Write everything into `folder`; the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / "simulation"
    stem.with_suffix(".json").write_text(json.dumps({**facts, **_plain(results)}, indent=1) + "\n", encoding="utf-8")
    _plot_sizes(results["sizes"], folder / "simulation-sizes.png")
    _plot_following(results["following"], folder / "simulation-following.png")
    stem.with_suffix(".md").write_text(_markdown(facts, results), encoding="utf-8")
    return sorted(folder.glob("simulation*"))


def _plain(results: dict[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(one) for one in value]
        if isinstance(value, Following):
            return {name: getattr(value, name) for name in value.__slots__ if name not in ("outcome", "trace")}
        return value if isinstance(value, dict | str | int | float | None) else asdict(value)

    return {name: plain(value) for name, value in results.items()}


def _markdown(facts: dict[str, Any], results: dict[str, Any]) -> str:
    machine = facts["machine"]
    lines = [
        "# The simulation, and the real system beside it",
        "",
        f"{facts['date']}, commit {facts['commit']}, `{facts['command']}`. {machine['cpu']}, {machine['cores']} cores, "
        f"load average before the run {', '.join(map(str, machine['load_average_before']))}. See docs/scaling.md.",
        "",
        *_matches(results["local_profile"], results["matches"]),
        *_sizes(results["profile"], results["sizes"]),
        *_followings(results["following"]),
        *_greedy(results["greedy"]),
        *_limits(results["limits"]),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _matches(profile: Profile, matches: Sequence[Match]) -> list[str]:
    rows = []
    for match in matches:
        p50, p95 = match.errors
        rows.append(
            f"| {match.trace} | {match.jobs} | {match.failed} | {match.real_p50_s:.2f} | {match.model_p50_s:.2f} | "
            f"{p50:+.0%} | {match.real_p95_s:.2f} | {match.model_p95_s:.2f} | {p95:+.0%} |"
        )
    return [
        f"## The model against reality (aim: within {AIM:.0%})",
        "",
        f"Profile {profile.source}: {profile.step_s * 1e3:.1f} ms + {profile.row_s * 1e3:.2f} ms a row, "
        f"{profile.around_s * 1e3:.0f} ms around a request, {profile.gateway_s * 1e3:.0f} ms of the gateway's process "
        "for it.",
        "",
        "| trace | jobs | failed | p50, s | model | error | p95, s | model | error |",
        "|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def _sizes(profile: Profile, sizes: Sequence[Size]) -> list[str]:
    rows = [
        f"| {size.engines} | {size.load:.0%} | {size.images_per_s:.1f} | {size.p50_s:.2f} | {size.p99_s:.2f} | "
        f"{size.cents_per_image:.3f} |"
        for size in sizes
    ]
    return [
        "## 1 to 1,000 engines, steady load",
        "",
        f"Profile {profile.source}. At ${DOLLARS_PER_GPU_HOUR:g} per GPU and hour (an assumption).",
        "",
        "| engines | load | images/s | p50, s | p99, s | cents an image |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        "![sizes](simulation-sizes.png)",
        "",
    ]


def _followings(cases: Sequence[Following]) -> list[str]:
    rows = [
        f"| {case.name} | {case.p50_s:.1f} | {case.p99_s:.1f} | {case.worst_queue} | {case.most_engines} | "
        f"{case.engine_hours:.1f} | {case.simple_p99_s:.1f} | {case.simple_engine_hours:.1f} |"
        for case in cases
    ]
    return [
        "## How the autoscaler follows",
        "",
        "Asked every 30 s, cold start 180 s, down after 20 min of too many; beside it the largest number always on.",
        "",
        "| trace | p50, s | p99, s | longest queue | engines | engine hours | always on: p99, s | engine hours |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        "![following](simulation-following.png)",
        "",
    ]


def _greedy(found: Greedy) -> list[str]:
    return [
        "## One greedy user",
        "",
        f"Four engines, modest users at a third of the load: their median is {found.alone_s:.2f} s, and "
        f"{found.beside_s:.2f} s with one user who asks for 400 images at once; his last picture comes after "
        f"{found.last_of_greedy_s:.0f} s.",
        "",
    ]


def _limits(limits: Sequence[dict[str, Any]]) -> list[str]:
    rows = [
        f"| {one['name']}{' (first)' if one['first'] else ''} | {one['cost']:.1f} {one['unit']} | "
        f"{one['gives']:.0f}/s | {one['images_per_s']:.0f} | {one['engines']:.0f} | {one['then']} |"
        for one in limits
    ]
    return [
        "## What everybody shares",
        "",
        "Costs counted from the code, rates assumed (neither is a measurement).",
        "",
        "| | an image costs | gives | full at images/s | at engines | then |",
        "|---|---|---|---|---|---|",
        *rows,
    ]


def _plot_sizes(sizes: Sequence[Size], path: Path) -> None:
    figure = Figure(figsize=(10.4, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for load in LOADS:
        mine = [size for size in sizes if size.load == load]
        engines = [size.engines for size in mine]
        left.loglog(engines, [size.images_per_s for size in mine], marker="o", label=f"{load:.0%} load")
        right.semilogx(engines, [size.p99_s for size in mine], marker="o", label=f"{load:.0%} load")
    left.set(xlabel="engines", ylabel="images a second")
    right.set(xlabel="engines", ylabel="p99, s", ylim=(0, None))
    for axes in (left, right):
        axes.legend()
    figure.savefig(path, dpi=DPI)


def _plot_following(cases: Sequence[Following], path: Path) -> None:
    figure = Figure(figsize=(10.4, 3.4 * len(cases)), layout="constrained")
    for axes, case in zip(figure.subplots(len(cases), 1), cases, strict=True):
        axes.plot(*zip(*[(at / 60, count) for at, count in case.outcome.engines], strict=True), label="engines")
        axes.set(title=case.name, xlabel="minutes", ylabel="engines")
        beside = axes.twinx()
        beside.plot(*_latency_over_time(case.outcome), color="#c26a1b", alpha=0.7, label="latency, mean per minute")
        beside.set_ylabel("latency, s")
        axes.legend(loc="upper left")
        beside.legend(loc="upper right")
    figure.savefig(path, dpi=DPI)


def _latency_over_time(outcome: Outcome) -> tuple[list[float], list[float]]:
    minutes: dict[int, list[float]] = {}
    for arrived, latency in zip(outcome.arrivals, outcome.latencies, strict=True):
        minutes.setdefault(int(arrived // 60), []).append(latency)
    ordered = sorted(minutes)
    return [float(minute) for minute in ordered], [sum(minutes[m]) / len(minutes[m]) for m in ordered]
