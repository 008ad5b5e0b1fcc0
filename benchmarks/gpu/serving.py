"""`python -m benchmarks.gpu.serving`: step-level batching beside request-level batching and one request at a time.

All three run the same networks on the same device through the same engine; they differ in when a request may join.
Offline, all requests wait at the start (MLPerf's Offline scenario); online, they come as a Poisson process at
a share of the throughput that one-at-a-time reached (its Server scenario). With `--shape sdxl` the request is MLPerf's
text-to-image: 1024×1024, 20 steps of Euler, guidance 8 (published for one H200: 2.40 images/s offline, 2.30 online).
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.arrivals import Arrival, poisson_trace
from benchmarks.gpu.options import add_device_options, device_facts
from benchmarks.gpu.shapes import SHAPES
from benchmarks.gpu.torch_runner import TorchNetworks
from benchmarks.machine import ROOT, describe
from benchmarks.progress import Progress
from benchmarks.statistics import Latencies
from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.events import Event, Failed, is_terminal
from diffusion.loop import EngineLoop
from diffusion.pipeline import PipelineSpec

RESULTS = ROOT / "benchmarks" / "results"
TOKENIZER = ROOT / "benchmarks" / "device" / "tokenizer.json"
STEP, REQUEST, ALONE = "step-level (ours)", "request-level", "one at a time"
SYSTEMS = (ALONE, REQUEST, STEP)


class Bench:
    """Requests through one engine; `group` is how many may run together, and whether others may join them."""

    def __init__(self, loop: EngineLoop, spec: PipelineSpec, *, group: int, may_join: bool) -> None:
        self._loop, self._spec = loop, spec
        self._group, self._may_join = group, may_join
        self._changed = threading.Condition()
        self._waiting: list[tuple[int, Arrival]] = []
        self._running = 0
        self._errors: list[str] = []
        self.latencies: list[float] = []

    def run(self, trace: Sequence[Arrival], timeout_s: float) -> float:
        """Send every request when it is due; seconds until the last has ended. Latency counts from the due moment.

        Raises:
            RuntimeError: a request failed, or not all ended in time.
        """
        self._started = time.perf_counter()
        for number, arrival in enumerate(trace):
            time.sleep(max(0.0, self._started + arrival.at - time.perf_counter()))
            with self._changed:
                self._waiting.append((number, arrival))
                self._admit()
        with self._changed:
            done = self._changed.wait_for(lambda: len(self.latencies) == len(trace) or bool(self._errors), timeout_s)
        if self._errors or not done:
            raise RuntimeError(self._errors[0] if self._errors else f"not ended within {timeout_s:g} s")
        return time.perf_counter() - self._started

    def _admit(self) -> None:
        if self._running and not self._may_join:
            return
        while self._waiting and self._running < self._group:
            number, arrival = self._waiting.pop(0)
            self._running += 1
            request = make_request(
                self._spec, request_id=uuid.uuid4().hex, prompt=f"a picture {number}", seed=number,
                owner=f"user-{number % 7}", num_inference_steps=arrival.steps,
            )  # fmt: skip
            self._loop.submit(request, functools.partial(self._take, arrival.at))

    def _take(self, due: float, event: Event) -> None:
        if not is_terminal(event):
            return
        with self._changed:
            if isinstance(event, Failed):
                self._errors.append(event.message)
            self.latencies.append(time.perf_counter() - self._started - due)
            self._running -= 1
            self._admit()
            self._changed.notify_all()


def measure(networks: TorchNetworks, options: argparse.Namespace, progress: Progress) -> dict[str, Any]:
    """Offline and online figures of the three systems."""
    steps = options.steps or [networks.shape.steps]
    backlog = [Arrival(0.0, steps[number % len(steps)]) for number in range(options.requests)]
    result: dict[str, Any] = {"steps": steps, "requests": options.requests, "rows": options.rows, "offline": {}}
    for system in SYSTEMS:
        bench, seconds = _measured(networks, options, system, backlog)
        result["offline"][system] = {"images_per_s": round(len(backlog) / seconds, 4)}
        progress.result(f"offline, {system}: {len(backlog) / seconds:.3f} images/s")
    rate = options.load * result["offline"][ALONE]["images_per_s"]
    trace = poisson_trace(rate, options.requests / rate, steps, seed=1)
    result["online"] = {"requests_per_s": round(rate, 4), "systems": {}}
    for system in SYSTEMS:
        bench, seconds = _measured(networks, options, system, trace)
        result["online"]["systems"][system] = {
            **Latencies.of(bench.latencies).as_dict(), "images_per_s": round(len(trace) / seconds, 4)
        }  # fmt: skip
        progress.result(f"online, {system}: {result['online']['systems'][system]}")
    return result


def _measured(
    networks: TorchNetworks, options: argparse.Namespace, system: str, trace: Sequence[Arrival]
) -> tuple[Bench, float]:
    spec = networks.shape.pipeline(options.rows)
    loop = make_loop(spec, Files(TOKENIZER), networks, max_waiting=10_000, clock=time.monotonic)
    loop.start()
    try:
        warm_up = Bench(loop, spec, group=1, may_join=False)
        warm_up.run([Arrival(0.0, 2)], options.timeout)
        group = 1 if system == ALONE else max(1, options.rows // 2) if system == REQUEST else 10_000
        bench = Bench(loop, spec, group=group, may_join=system != REQUEST)
        return bench, bench.run(trace, options.timeout)
    finally:
        loop.stop()


def main(arguments: list[str] | None = None) -> int:
    """Measure and write; returns the exit status."""
    options = _parser().parse_args(arguments)
    progress, shape = Progress(), SHAPES[options.shape]
    networks = TorchNetworks(shape, options.device, options.dtype, compiled=options.compile)
    try:
        result = measure(networks, options, progress)
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    about = {"shape": shape.name, "side": shape.side, "guidance": shape.guidance, "compiled": options.compile}
    path = options.output / f"gpu-serving-{shape.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**about, **result, **device_facts(options), **describe()}, indent=2) + "\n")
    progress.section(f"written: {path}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.serving", description=__doc__)
    add_device_options(parser)
    parser.add_argument(
        "--rows", type=int, default=16, help="most rows of one call; `step_profile` says what is worth it"
    )
    parser.add_argument("--requests", type=int, default=48, help="of each run")
    parser.add_argument("--steps", type=int, nargs="+", help="step counts in the mix; default the shape's")
    parser.add_argument("--load", type=float, default=0.9, help="online rate, as a share of one-at-a-time's throughput")
    parser.add_argument("--timeout", type=float, default=500.0, help="seconds that a run may take")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the result")
    return parser


if __name__ == "__main__":
    sys.exit(main())
