"""`python -m benchmarks.load SCENARIO`: runs a load scenario against a running service and writes its results."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from benchmarks.load.grpc_sender import GrpcSender
from benchmarks.load.http_sender import HttpSender
from benchmarks.load.records import Outcome, Record
from benchmarks.load.report import figure_rows, write_report
from benchmarks.load.runner import LoadRun
from benchmarks.load.scenario import Scenario, ScenarioError, load_scenario
from benchmarks.load.summary import summarise
from benchmarks.load.target import Sender
from benchmarks.machine import ROOT, describe
from benchmarks.progress import Progress


def main(arguments: list[str] | None = None) -> int:
    """Run one scenario; returns the exit status: 1 when not one request was answered with a picture."""
    options = _parser().parse_args(arguments)
    try:
        scenario = load_scenario(options.scenario, kind=options.kind, url=options.url, model=options.model)
        facts, progress = describe(), Progress()
        records = asyncio.run(_run(scenario, progress))
    except ScenarioError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    summary = summarise(records, scenario.warm_up_s)
    paths = write_report(scenario, summary, records, facts, options.output)
    for what, value in figure_rows(summary):
        progress.result(f"{what}: {value}")
    progress.section("written: " + ", ".join(str(path) for path in paths))
    return 0 if summary.outcomes[Outcome.DONE] else 1


async def _run(scenario: Scenario, progress: Progress) -> list[Record]:
    sender: Sender = HttpSender(scenario) if scenario.target.kind == "http" else GrpcSender(scenario)
    try:
        return await LoadRun(scenario, sender, progress).run()
    finally:
        await sender.aclose()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("scenario", type=Path, help="a TOML file, for example benchmarks/scenarios/steady.toml")
    parser.add_argument("--kind", choices=("http", "grpc"), help="instead of the scenario's target.kind")
    parser.add_argument("--url", help="instead of the scenario's target.url")
    parser.add_argument("--model", help="instead of the scenario's target.model")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "benchmarks" / "results" / "load", help="folder of the results"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
