"""The same Poisson trace for two systems: what a request's latency is when others arrive as they please.

Latency counts from the moment a request is due, not from when it could be sent, so a stall is charged to everybody whom
it delayed (no coordinated omission). Nothing waits for an earlier answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.arrivals import Arrival, poisson_trace
from benchmarks.engine.systems import System
from benchmarks.progress import Progress
from benchmarks.statistics import Interval, Latencies, bootstrap, p99
from benchmarks.triton_client import GenerationClient


@dataclass(frozen=True, slots=True)
class TraceShape:
    """Which traces are made: one per seed, each request with one of `steps`; `backlog` requests measure capacity."""

    steps: Sequence[int]
    seeds: Sequence[int]
    duration_s: float
    backlog: int


@dataclass(frozen=True, slots=True)
class Run:
    """One system on one trace; all times in seconds. `lag` is how late the generator sent a request at worst."""

    seed: int
    latencies: list[float]
    makespan: float
    lag: float


@dataclass(frozen=True, slots=True)
class OpenLoopResult:
    """Both systems on the same traces.

    Attributes:
        rate: requests per second of the traces.
        capacity: requests per second that the peer manages when more than enough wait.
        runs: per system, one run per seed.
    """

    steps: Sequence[int]
    rate: float
    capacity: float
    runs: dict[str, list[Run]]

    def pooled(self, system: str) -> list[float]:
        """Latencies of all runs of a system."""
        return [latency for run in self.runs[system] for latency in run.latencies]

    def p99_ratio(self, system: str, peer: str) -> Interval:
        """p99 of `system` divided by that of `peer`, over all seeds."""
        one, other = (np.asarray(self.pooled(name)) for name in (system, peer))
        return bootstrap(lambda a, b: p99(a) / p99(b), one, other)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "steps": list(self.steps),
            "requests_per_s": round(self.rate, 3),
            "peer_capacity_per_s": round(self.capacity, 3),
            "peer_utilisation": round(self.rate / self.capacity, 3),
            "systems": {
                name: {
                    "latency": Latencies.of(self.pooled(name)).as_dict(),
                    "p99_ms_by_seed": {run.seed: round(p99(run.latencies) * 1e3, 1) for run in runs},
                    "throughput_per_s": round(sum(len(r.latencies) for r in runs) / sum(r.makespan for r in runs), 3),
                    "max_send_lag_ms": round(max(run.lag for run in runs) * 1e3, 1),
                }
                for name, runs in self.runs.items()
            },
        }


async def measure_open_loop(
    client: GenerationClient,
    systems: tuple[System, System],
    utilisation: float,
    trace: TraceShape,
    progress: Progress,
) -> OpenLoopResult:
    """Run every trace through both systems, one after the other; `systems[1]` is the peer whose capacity counts."""
    peer = systems[1]
    progress.advance(f"capacity of {peer.label}")
    capacity = await _capacity(client, peer, trace)
    rate = capacity * utilisation
    runs: dict[str, list[Run]] = {system.label: [] for system in systems}
    for seed in trace.seeds:
        arrivals = poisson_trace(rate, trace.duration_s, trace.steps, seed)
        for system in systems if seed % 2 else systems[::-1]:
            progress.advance(f"{system.label}, trace {seed}: {len(arrivals)} requests in {trace.duration_s:g} s")
            runs[system.label].append(await _replay(client, system, arrivals, seed))
    return OpenLoopResult(trace.steps, rate, capacity, runs)


async def _capacity(client: GenerationClient, system: System, trace: TraceShape) -> float:
    random = np.random.default_rng(0)
    steps = random.choice(np.asarray(trace.steps), trace.backlog)
    started = time.perf_counter()
    await asyncio.gather(*(system.generate(client, i, int(count), 1.0) for i, count in enumerate(steps)))
    return trace.backlog / (time.perf_counter() - started)


async def _replay(client: GenerationClient, system: System, arrivals: list[Arrival], seed: int) -> Run:
    start = time.perf_counter() + 0.1
    lags: list[float] = []

    async def send(number: int, arrival: Arrival) -> float:
        due = start + arrival.at
        await asyncio.sleep(due - time.perf_counter())
        lags.append(time.perf_counter() - due)
        answer = await system.generate(client, number, arrival.steps, 1.0, owner=f"user-{number % 8}")
        return answer.done - due

    latencies = await asyncio.gather(*(send(number, arrival) for number, arrival in enumerate(arrivals)))
    return Run(seed, list(latencies), time.perf_counter() - start, max(lags))
