"""Writes a load run's results: JSON, CSV of the records, Markdown, PNG, and one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.load.plots import write_plots
from benchmarks.load.records import Record, write_csv
from benchmarks.load.scenario import Scenario
from benchmarks.load.summary import Summary

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0 } td, th { border-bottom: 1px solid #ddd; padding: .3rem .8rem;
text-align: left } td { font-variant-numeric: tabular-nums } img { max-width: 100% }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #ddd } td, th { border-color: #444 } }
"""
Rows = list[tuple[str, str]]


def write_report(
    scenario: Scenario, summary: Summary, records: Sequence[Record], facts: dict[str, Any], folder: Path
) -> list[Path]:
    """Write all files into `folder`, named after the scenario; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / scenario.name
    target = scenario.target
    where = {"name": scenario.name, "kind": target.kind, "url": target.url, "model": target.model}
    data = {"scenario": where, **summary.as_dict(), **facts}
    paths = [stem.with_suffix(suffix) for suffix in (".json", ".csv", ".md", ".html")]
    paths[0].write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    write_csv(records, paths[1])
    plots = write_plots(records, scenario.warm_up_s, stem)
    rows, about = figure_rows(summary), _about(scenario, facts)
    paths[2].write_text(_markdown(scenario.name, about, rows, plots), encoding="utf-8")
    paths[3].write_text(_page(scenario.name, about, rows, plots), encoding="utf-8")
    return [*paths, *plots]


def figure_rows(summary: Summary) -> Rows:
    """The figures as (what, value) for people."""
    rows: Rows = [(outcome, str(count)) for outcome, count in summary.outcomes.items()]
    rows += [(f"reason: {reason}", str(count)) for reason, count in summary.reasons.items()]
    rows.append(("images per second", str(summary.throughput)))
    for name, latencies in (("latency", summary.latency), ("first event", summary.first_event)):
        if latencies:
            values = (f"{key} {getattr(latencies, key) * 1e3:.0f}" for key in ("p50", "p90", "p99", "max"))
            rows.append((f"{name}, ms", ", ".join(values)))
    if summary.p50 and summary.p99:
        rows.append(("latency p50, s [95 % interval]", str(summary.p50)))
        rows.append(("latency p99, s [95 % interval]", str(summary.p99)))
    if summary.fairness is not None:
        rows.append(("fairness between users (Jain, 1 is equal)", f"{summary.fairness:.3f}"))
    rows += [
        (f"{user}: done, median latency", f"{count}, {seconds * 1e3:.0f} ms")
        for user, (count, seconds) in list(summary.users.items())[:16]
    ]
    rows.append(("worst lateness of the generator, ms", f"{summary.max_lag * 1e3:.1f}"))
    return rows


def _about(scenario: Scenario, facts: dict[str, Any]) -> str:
    machine = facts["machine"]
    return (
        f"{facts['date']}, commit {facts['commit']}, {facts['command']}. {scenario.target.kind} to "
        f"{scenario.target.model} at {scenario.target.url}. {machine['cpu']}, {machine['cores']} cores, load average "
        f"before the run {', '.join(map(str, machine['load_average_before']))}. Latency counts from when a request was "
        f"due. Left out: the first {scenario.warm_up_s:g} s."
    )


def _markdown(name: str, about: str, rows: Rows, plots: list[Path]) -> str:
    table = "\n".join(f"| {what} | {value} |" for what, value in rows)
    pictures = "\n".join(f"![{path.stem}]({path.name})" for path in plots)
    return f"# Load: {name}\n\n{about}\n\n| | |\n| --- | --- |\n{table}\n\n{pictures}\n"


def _page(name: str, about: str, rows: Rows, plots: list[Path]) -> str:
    table = "".join(f"<tr><th>{html.escape(what)}</th><td>{html.escape(value)}</td></tr>" for what, value in rows)
    pictures = "".join(
        f'<p><img alt="{path.stem}" src="data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"></p>'
        for path in plots
    )
    title = f"Load: {html.escape(name)}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"</head><body><h1>{title}</h1><p>{html.escape(about)}</p><table>{table}</table>{pictures}</body></html>\n"
    )
