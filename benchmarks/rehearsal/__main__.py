"""`python -m benchmarks.rehearsal`: everything restarted under load; fails when a call failed or a job was lost."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from benchmarks.machine import ROOT, describe
from benchmarks.processes import PieceError
from benchmarks.progress import Progress
from benchmarks.rehearsal.load import Call, Load
from benchmarks.rehearsal.report import Phase, Run, write
from benchmarks.rehearsal.restarts import CALM_S, restarts
from benchmarks.rehearsal.world import World, running_world

RATE = 2.0


def main(arguments: list[str] | None = None) -> int:
    """Rehearse; returns the exit status: 0 when every call got its picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rehearsal", description=__doc__)
    parser.add_argument("--rate", type=float, default=RATE, help="calls a second")
    parser.add_argument("--without-triton", action="store_true", help="workers run the networks themselves")
    parser.add_argument("--only", default="", metavar="WORD", help="only restarts whose name holds the word")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results" / "rehearsal.md")
    options = parser.parse_args(arguments)
    progress, facts = Progress(), describe()
    try:
        with running_world(progress.result, with_triton=not options.without_triton) as world:
            phases, calls = asyncio.run(rehearse(world, options.rate, options.only, progress))
    except PieceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    write(options.output, Run(phases, calls, options.rate, not options.without_triton), facts)
    failed = [call for call in calls if call.failure]
    progress.section(f"{len(calls)} calls, {len(failed)} failed; written: {options.output}")
    return 1 if failed else 0


async def rehearse(world: World, rate: float, only: str, progress: Progress) -> tuple[list[Phase], list[Call]]:
    """Restart each piece under load; every call, and the phases it was open in."""
    load = Load(world.proxy.address, world.proxy.certificate, world.key, rate)
    running = asyncio.ensure_future(load.run())
    await asyncio.sleep(CALM_S)
    marks = []
    for restart in restarts(world):
        if only in restart.name:
            started = time.monotonic()
            away = await asyncio.to_thread(restart.do)
            await asyncio.sleep(CALM_S)
            marks.append((restart, away, started, time.monotonic()))
            progress.result(f"{restart.name}: away {away:.1f} s")
    load.stop()
    await running
    phases = [
        Phase(restart.name, restart.is_replaceable, away, load.tally.between(started, ended))
        for restart, away, started, ended in marks
    ]
    for phase in phases:
        progress.result(phase.row)
    return phases, load.tally.calls


if __name__ == "__main__":
    sys.exit(main())
