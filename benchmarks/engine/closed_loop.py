"""Callers who each send their next request when the last one is answered: throughput and latency by their number."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.engine.systems import System
from benchmarks.progress import Progress
from benchmarks.statistics import Latencies
from benchmarks.triton_client import Generation, GenerationClient


@dataclass(frozen=True, slots=True)
class Load:
    """What every request of a closed-loop run asks for, and how long it is measured."""

    steps: int
    guidance: float
    warm_up_s: float
    measured_s: float


@dataclass(frozen=True, slots=True)
class ClosedLoopResult:
    """One system with one number of callers, one value of `rates` (images per second) per round."""

    system: str
    callers: int
    rates: list[float]
    latencies: list[float]
    first_events: list[float]

    @property
    def rate(self) -> float:
        """Images per second: the median of the rounds."""
        return float(np.median(self.rates))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "system": self.system,
            "callers": self.callers,
            "images_per_s": round(self.rate, 3),
            "images_per_s_rounds": [round(rate, 3) for rate in self.rates],
            "latency": Latencies.of(self.latencies).as_dict(),
            "first_event": Latencies.of(self.first_events).as_dict(),
        }


async def measure_closed_loop(
    client: GenerationClient, systems: list[System], callers: list[int], load: Load, rounds: int, progress: Progress
) -> list[ClosedLoopResult]:
    """Every system with every number of callers, in `rounds` interleaved rounds."""
    results = {
        (system.label, count): ClosedLoopResult(system.label, count, [], [], [])
        for count in callers
        for system in systems
    }
    for number in range(rounds):
        for count in callers:
            for system in systems if number % 2 == 0 else systems[::-1]:
                progress.advance(f"{system.label}, {count} callers, round {number + 1} of {rounds}")
                result = results[system.label, count]
                await _one_run(client, system, load, result)
    return list(results.values())


async def _one_run(client: GenerationClient, system: System, load: Load, result: ClosedLoopResult) -> None:
    start = time.perf_counter()
    measure_from, end = start + load.warm_up_s, start + load.warm_up_s + load.measured_s
    runs = await asyncio.gather(*(_caller(client, system, load, number, end) for number in range(result.callers)))
    rate = 0.0
    for run in runs:
        counted = [generation for generation in run if generation.done >= measure_from]
        # From one answer to another: whole requests, so no caller's rate is rounded by the edges of the window.
        if len(counted) < 2:
            raise ValueError(f"{system.label}: a caller had no two answers in {load.measured_s:g} s; measure longer")
        rate += (len(counted) - 1) / (counted[-1].done - counted[0].done)
        result.latencies.extend(generation.seconds for generation in counted[1:])
        result.first_events.extend(generation.first - generation.sent for generation in counted[1:])
    result.rates.append(rate)


async def _caller(client: GenerationClient, system: System, load: Load, number: int, end: float) -> list[Generation]:
    await asyncio.sleep(0.017 * number)  # not all at the same instant
    generations: list[Generation] = []
    while time.perf_counter() < end:
        seed = 1000 * number + len(generations)
        generations.append(await system.generate(client, seed, load.steps, load.guidance, owner=f"caller-{number}"))
    return generations
