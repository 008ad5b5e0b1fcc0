"""`python -m benchmarks.simulation`: the model against the real system, then the sizes that no one machine has."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT, describe
from benchmarks.progress import Progress
from benchmarks.simulation.compare import AIM, FRAME, measure
from benchmarks.simulation.profile import PUBLISHED_H200_SDXL
from benchmarks.simulation.report import write
from benchmarks.simulation.sizes import following, greedy_user, limits_of, sizes

SECONDS = 40.0


def main(arguments: list[str] | None = None) -> int:
    """Run it; returns the exit status: 1 when the model is further from the real system than the aim."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="length of each measurement of the real system")
    parser.add_argument("--only-model", action="store_true", help="do not start the real system")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results")
    options = parser.parse_args(arguments)
    progress, facts = Progress(), describe()
    local, matches = (FRAME, []) if options.only_model else measure(progress, options.seconds)
    profile = PUBLISHED_H200_SDXL
    progress.section("1 to 1,000 engines")
    results: dict[str, Any] = {
        "local_profile": local,
        "matches": matches,
        "profile": profile,
        "sizes": sizes(profile),
        "following": following(profile),
        "greedy": greedy_user(profile),
        "limits": limits_of(profile),
    }
    paths = write(options.output, facts, results)
    progress.section("written: " + ", ".join(path.name for path in paths))
    missed = [match.trace for match in matches if not match.holds]
    if missed:
        print(f"further than {AIM:.0%} from the real system: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
