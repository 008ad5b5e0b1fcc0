"""`python -m benchmarks.growth` (or `make bench-growth`): a whole service, one thing varied at a time."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from pathlib import Path
from typing import Any

import httpx

from benchmarks.growth.factors import FACTORS, Factor, Subject, Times
from benchmarks.growth.report import summary, write_report
from benchmarks.machine import ROOT, describe
from benchmarks.processes import PieceError
from benchmarks.progress import Progress
from benchmarks.service import running_service

RESULTS = ROOT / "benchmarks" / "results"
SETTINGS = {"max_waiting_jobs": 100_000, "requests_per_minute": 1_000_000, "registration": "open"}


def main(arguments: list[str] | None = None) -> int:
    """Measure; returns the exit status."""
    options = _parser().parse_args(arguments)
    progress, facts, results = Progress(), describe(), {}
    try:
        with running_service(SETTINGS) as service:
            for factor in (one for one in FACTORS if one.name in options.factors):
                client = httpx.AsyncClient(base_url=service.address, headers=service.headers, timeout=600)
                database = f"sqlite+aiosqlite:///{service.folder}/avila.sqlite"
                results[factor.name] = asyncio.run(_measured(factor, Subject(client, options.model, database), options))
                progress.result(f"{factor.name}: order {results[factor.name]['order']}, expected {factor.expected:g}")
    except (PieceError, httpx.HTTPError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    written = write_report(facts, results, options.output)
    progress.section("written: " + ", ".join(str(path) for path in written))
    return 0


async def _measured(factor: Factor, subject: Subject, options: argparse.Namespace) -> dict[str, Any]:
    """Every value in turn, in another order each round, so that the machine's moods fall on all of them."""
    values = factor.values[: options.values]
    times: Times = {value: [] for value in values}
    order = random.Random(0)
    async with subject.client:
        if factor.rounds > 1:
            await factor.measure(subject, values[0])  # warms up
        for _ in range(min(factor.rounds, options.rounds)):
            for value in values if factor.rounds == 1 else order.sample(values, len(values)):
                times[value].append(await factor.measure(subject, value))
    return summary(factor, times)


def _parser() -> argparse.ArgumentParser:
    names = [factor.name for factor in FACTORS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--model", default="avila-demo", help="the installed pipeline")
    parser.add_argument("--factors", nargs="+", choices=names, default=names, help="only these")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each value")
    parser.add_argument("--values", type=int, default=9, help="only so many values of each")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
