"""`python -m benchmarks.engine` (or `make bench-engine`): measures the engine and writes table, plots and JSON."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.device.repository import (
    SD15,
    SD15_SIZE,
    SHIPPED,
    SOURCE,
    TOY,
    NotInstalledError,
    write_baselines,
    write_device,
    write_pipeline,
)
from benchmarks.engine.lone import PicturesDifferError
from benchmarks.engine.parts import TITLES, EngineBenchmark
from benchmarks.engine.plan import FULL, QUICK
from benchmarks.engine.report import write_report
from benchmarks.machine import ROOT, describe
from benchmarks.progress import Progress
from benchmarks.triton_client import GenerationError
from benchmarks.triton_server import TritonStartError, triton_server

QUEUE = {"AVILA_MAX_QUEUE": "512"}
RESULTS = ROOT / "benchmarks" / "results"


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; returns the exit status."""
    options = _parser().parse_args(arguments)
    plan = QUICK if options.quick else FULL
    parts = [part for part in TITLES if part in options.parts or (part == "lone" and "shipped" in options.parts)]
    output = options.output or (ROOT / "build" / "benchmarks" if options.quick else RESULTS)
    progress = Progress()
    facts = describe()
    try:
        with tempfile.TemporaryDirectory(prefix="avila-bench-") as name:
            repository = Path(name) / "models"
            _fill(repository, parts, options.repository, options.pipeline)
            progress.section(f"starting Triton on {len(list(repository.iterdir()))} models")
            with triton_server(repository, options.threads, QUEUE) as server:
                benchmark = EngineBenchmark(server, repository, options.pipeline, plan, progress)
                results = asyncio.run(benchmark.run(parts))
    except (NotInstalledError, TritonStartError, GenerationError, PicturesDifferError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    written = write_report(results, facts, output)
    for line in results.headlines():
        progress.result(line)
    progress.section("written: " + ", ".join(str(path) for path in written))
    return 0


def _fill(repository: Path, parts: list[str], source: Path, pipeline: str) -> None:
    repository.mkdir(parents=True)
    if {"lone", "shipped", "mixed"} & set(parts):
        write_pipeline(repository, source, pipeline)
    if "lone" in parts or "shipped" in parts:
        write_baselines(repository, pipeline)
    if {"device", "tail", "fairness"} & set(parts):
        write_device(repository, TOY)
    if "device-512" in parts:
        write_device(repository, SD15, SD15_SIZE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="shows in about a minute that all works; no figures to quote"
    )
    parser.add_argument("--parts", nargs="+", choices=list(TITLES), default=list(TITLES), help="measure only these")
    parser.add_argument(
        "--output", type=Path, help="folder of the results (benchmarks/results; --quick: build/benchmarks)"
    )
    parser.add_argument("--repository", type=Path, default=SOURCE, help="model repository of the pipeline to measure")
    parser.add_argument("--pipeline", default=SHIPPED, help="the pipeline to measure")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads of one network's call; 0: all cores")
    return parser


if __name__ == "__main__":
    sys.exit(main())
