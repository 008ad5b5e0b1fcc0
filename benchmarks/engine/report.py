"""Writes engine.json, engine.md and the plots."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.engine.mixed import BUSY, CALM
from benchmarks.engine.plots import write_plots
from benchmarks.engine.results import ONE_AT_A_TIME, TARGETS, EngineResults
from benchmarks.statistics import Latencies


def write_report(results: EngineResults, facts: dict[str, Any], folder: Path) -> list[Path]:
    """Write all files into `folder`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    data = results.as_dict()
    json_path = folder / "engine.json"
    json_path.write_text(json.dumps({**data, **facts}, indent=2) + "\n", encoding="utf-8")
    plots = write_plots(results, folder)
    markdown = folder / "engine.md"
    sections = [_head(results, facts), _lone(data), _closed_loops(results), _tail(data), _mixed(data), _fairness(data)]
    pictures = [f"![{path.stem}]({path.name})" for path in plots]
    markdown.write_text("\n".join([*filter(None, sections), *pictures]) + "\n", encoding="utf-8")
    return [json_path, markdown, *plots]


def _table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def _head(results: EngineResults, facts: dict[str, Any]) -> str:
    machine, versions = facts["machine"], facts["versions"]
    rows = []
    for name, figure in results.figures().items():
        rows.append([f"`{name}`", "not measured" if figure is None else figure, " ".join(map(str, TARGETS[name]))])
    return (
        "# The engine, measured\n\n"
        f"{facts['date']}, commit {facts['commit']}, `{facts['command']}`. {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, {machine['system']}; load average before the run "
        f"{', '.join(map(str, machine['load_average_before']))}. "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ".\nWhat each figure means and what it does not show: docs/benchmarks.md.\n\n"
        + _table(["figure", "measured [interval]", "aim"], rows)
    )


def _lone(data: dict[str, Any]) -> str:
    lone = data["lone"]
    if lone is None:
        return ""
    rows = [["bare loop", lone["median_ms"]["bare loop"], "1", "1", lone["cpu_ms"]["bare loop"], "1"]]
    for name, ratio in lone["wall_ratio"].items():
        medians = lone["wall_ratio_of_medians"][name]
        cpu = [lone["cpu_ms"][name], lone["cpu_ratio"][name]]
        rows.append([name, lone["median_ms"][name], _interval(ratio), _interval(medians), *cpu])
    title = (
        f"## A lone request\n\n{lone['pipeline']}, {' x '.join(map(str, lone['width_height']))} pixels, "
        f"{lone['steps']} steps, guidance {lone['guidance']:g}; {lone['rounds']} interleaved "
        "rounds, all pictures equal within 1 of 255.\n\n"
    )
    head = ["system", "median ms", "wall ratio by round", "ratio of medians", "processor ms", "its ratio"]
    return title + _table(head, rows)


def _closed_loops(results: EngineResults) -> str:
    text = ""
    for part, runs in results.closed_loops.items():
        base = {r.callers: r.rate for r in runs if r.system == ONE_AT_A_TIME}
        rows: list[list[Any]] = []
        for run in runs:
            latency, first = Latencies.of(run.latencies), Latencies.of(run.first_events)
            rows.append(
                [
                    run.callers,
                    run.system,
                    f"{run.rate:.2f}",
                    f"{run.rate / base[run.callers]:.2f}",
                    f"{latency.p50 * 1e3:.0f}",
                    f"{latency.p99 * 1e3:.0f}",
                    f"{first.p50 * 1e3:.0f}",
                ]
            )
        head = ["callers", "system", "images/s", "ratio", "p50 ms", "p99 ms", "first step p50 ms"]
        text += f"## Closed loop: {part}\n\n" + _table(head, rows) + "\n"
    return text


def _tail(data: dict[str, Any]) -> str:
    tail = data["open_loop"]
    if tail is None:
        return ""
    rows = []
    for name, system in tail["systems"].items():
        latency = system["latency"]
        by_seed = ", ".join(f"{value:.0f}" for value in system["p99_ms_by_seed"].values())
        figures = [latency["count"], latency["p50_ms"], latency["p99_ms"], by_seed, latency["max_ms"]]
        rows.append([name, *figures, system["throughput_per_s"], system["max_send_lag_ms"]])
    head = ["system", "requests", "p50 ms", "p99 ms", "p99 by seed", "max ms", "images/s", "worst send lag ms"]
    return (
        f"## Open loop, the same Poisson traces\n\n{tail['requests_per_s']:.2f} requests/s = "
        f"{tail['peer_utilisation']:.0%} of what request-level batching manages ({tail['peer_capacity_per_s']:.2f}/s); "
        f"steps drawn evenly from {', '.join(map(str, tail['steps']))}; one row per request.\n\n" + _table(head, rows)
    )


def _mixed(data: dict[str, Any]) -> str:
    mixed = data["mixed"]
    if mixed is None:
        return ""
    rows = []
    for name, run in mixed["systems"].items():
        latency, owners = run["latency"], run["owners"]
        by_owner = [f"{owner['latency']['p99_ms']} (x{owner['slowdown_p50']})" for _, owner in sorted(owners.items())]
        rows.append([name, run["throughput_per_s"], latency["p50_ms"], latency["p99_ms"], *by_owner, run["fairness"]])
    owners = [f"{owner} owner's p99 ms (slowed down, median)" for owner in (BUSY, CALM)]
    head = ["policy", "images/s", "p50 ms", "p99 ms", *owners, "fairness"]
    return (
        f"## Mixed load\n\n{mixed['requests_per_s']:.2f} requests/s, request-level batching manages "
        f"{mixed['request_level_capacity_per_s']:.2f}/s; sizes {', '.join(map(str, mixed['sizes']))}, steps "
        f"{', '.join(map(str, mixed['steps']))}, with {' and '.join(mixed['extras']) or 'nothing more'}. All policies "
        "use the same engine and networks. Fairness is Jain's index over the two owners' mean slowdowns.\n\n"
        + _table(head, rows)
    )


def _fairness(data: dict[str, Any]) -> str:
    if not data["fairness"]:
        return ""
    rows = []
    for result in data["fairness"]:
        waited = result["single_waited_steps"]
        rows.append(
            [
                result["system"],
                "tells of no steps" if waited is None else waited,
                result["single_alone_ms"],
                result["single_ms"],
                result["burst_median_ms"],
                result["burst_last_ms"],
            ]
        )
    first = data["fairness"][0]
    head = ["system", "calls before the single's first step", "alone ms", "single ms", "burst p50 ms", "burst last ms"]
    return (
        f"## Fairness\n\nA burst of {first['burst']} requests of {first['steps_per_request']} steps of one owner, "
        "then one request of another.\n\n" + _table(head, rows)
    )


def _interval(values: dict[str, float]) -> str:
    return f"{values['value']:.3f} [{values['low']:.3f}, {values['high']:.3f}]"
