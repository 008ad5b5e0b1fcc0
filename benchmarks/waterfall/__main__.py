"""`python -m benchmarks.waterfall` (or `make bench-waterfall`): a whole service, lone requests, and their traces."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import time
from pathlib import Path

import httpx

from benchmarks.machine import ROOT, describe
from benchmarks.processes import PieceError
from benchmarks.progress import Progress
from benchmarks.service import Service, running_service
from benchmarks.triton_client import GenerationClient, GenerationError
from benchmarks.waterfall.report import summary, write_report
from benchmarks.waterfall.spans import IncompleteTraceError, Receiver, parts_of, receiving

RESULTS = ROOT / "benchmarks" / "results"


def main(arguments: list[str] | None = None) -> int:
    """Measure; returns the exit status."""
    options = _parser().parse_args(arguments)
    progress, facts = Progress(), describe()
    try:
        with receiving() as receiver, running_service({"otlp_endpoint": receiver.url}) as service:
            progress.section(f"a service is ready after {service.start_s:.1f} s")
            rounds, walls = _measure(options, receiver, service, progress)
    except (PieceError, IncompleteTraceError, GenerationError, httpx.HTTPError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    asked = f"{options.model}, {options.size}, {options.steps or 'default'} steps"
    result = {"asked": asked, **summary(rounds, walls)}
    progress.result(f"{result['wall_ms']} ms, of which {result['networks_share']:.1%} in networks")
    written = write_report(facts, result, options.output)
    progress.section("written: " + ", ".join(str(path) for path in written))
    return 0


async def _settle(service: Service, model: str) -> None:
    """Have a new service measure what its networks cost: it would do so between two requests, and one would wait."""
    async with GenerationClient(service.grpc) as client:
        await client.measure(model)


def _measure(
    options: argparse.Namespace, receiver: Receiver, service: Service, progress: Progress
) -> tuple[list[dict[str, float]], list[float]]:
    rounds, walls = [], []
    with httpx.Client(base_url=service.address, headers=service.headers, timeout=300) as client:
        for number in range(-1, options.rounds):  # the first warms up and is not counted
            trace_id = secrets.token_hex(16)
            body = {
                "model": options.model,
                "prompt": f"a red apple, {number}",
                "size": options.size,
                "response_format": "b64_json",
                **({"num_inference_steps": options.steps} if options.steps else {}),
            }
            headers = {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
            started = time.perf_counter()
            client.post("/v1/images/generations", json=body, headers=headers).raise_for_status()
            wall = time.perf_counter() - started
            spans = receiver.whole(trace_id)
            if number < 0:
                asyncio.run(_settle(service, options.model))
            else:
                rounds.append(parts_of(spans, wall))
                walls.append(wall)
            progress.advance(f"round {max(0, number + 1)} of {options.rounds}")
    return rounds, walls


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waterfall", description=__doc__)
    parser.add_argument("--model", default="avila-demo", help="the installed pipeline")
    parser.add_argument("--size", default="64x64", help="of the pictures")
    parser.add_argument("--steps", type=int, default=0, help="0: the pipeline's default")
    parser.add_argument("--rounds", type=int, default=20, help="requests that are counted")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
