"""`python -m benchmarks.soak` (or `make bench-soak`): a whole service under a mixed load for half an hour."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

import httpx

from benchmarks.machine import ROOT, describe
from benchmarks.processes import PieceError
from benchmarks.progress import Progress
from benchmarks.service import Service, running_service
from benchmarks.soak.load import MixedLoad
from benchmarks.soak.report import summary, write_report
from benchmarks.soak.samples import Sample, look

RESULTS = ROOT / "benchmarks" / "results"


def main(arguments: list[str] | None = None) -> int:
    """Run it; returns the exit status."""
    options = _parser().parse_args(arguments)
    progress, facts = Progress(), describe()
    try:
        with running_service() as service:
            progress.section(f"a service is ready after {service.start_s:.1f} s")
            load = MixedLoad(service, options.model, options.callers, (4, 12))
            samples = asyncio.run(_soak(service, load, options, progress))
    except (PieceError, httpx.HTTPError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    result = summary(samples, dict(load.ended), options.warm_up * 60)
    for role, one in result["memory"].items():
        progress.result(f"{role}: {one['first_mib']} to {one['last_mib']} MiB, {one['slope_mib_per_h']} MiB an hour")
    written = write_report(facts, result, samples, options.output)
    progress.section("written: " + ", ".join(str(path) for path in written))
    return 0


async def _soak(service: Service, load: MixedLoad, options: argparse.Namespace, progress: Progress) -> list[Sample]:
    stop, samples = asyncio.Event(), []
    working = asyncio.ensure_future(load.run(stop))
    started = time.monotonic()
    while (elapsed := time.monotonic() - started) < options.minutes * 60 and not working.done():
        samples.append(await asyncio.to_thread(look, service, elapsed, load.pictures))
        progress.advance(f"{elapsed / 60:.0f} of {options.minutes:g} minutes, {load.pictures} pictures")
        await asyncio.sleep(options.every)
    stop.set()
    await working
    samples.append(await asyncio.to_thread(look, service, time.monotonic() - started, load.pictures))
    return samples


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--model", default="avila-demo", help="the installed pipeline")
    parser.add_argument("--minutes", type=float, default=30, help="of load")
    parser.add_argument("--warm-up", type=float, default=5, help="minutes that do not count")
    parser.add_argument("--every", type=float, default=5, help="seconds between two looks")
    parser.add_argument("--callers", type=int, default=3, help="in closed loops")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
