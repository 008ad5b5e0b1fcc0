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

MIN_ANSWERS = 2


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


@dataclass(slots=True)
class _Window:
    """The stretch that counts: for its time, and for as long as some caller has too few answers in it."""

    measure_from: float
    end: float
    answers: list[list[Generation]]

    def note(self, caller: int, generation: Generation) -> None:
        if generation.done >= self.measure_from:
            self.answers[caller].append(generation)

    @property
    def is_open(self) -> bool:
        return time.perf_counter() < self.end or min(len(each) for each in self.answers) < MIN_ANSWERS


async def _one_run(client: GenerationClient, system: System, load: Load, result: ClosedLoopResult) -> None:
    measure_from = time.perf_counter() + load.warm_up_s
    window = _Window(measure_from, measure_from + load.measured_s, [[] for _ in range(result.callers)])
    await asyncio.gather(*(_caller(client, system, load, number, window) for number in range(result.callers)))
    rate = 0.0
    for answers in window.answers:
        # From one answer to another: whole requests, so no caller's rate is rounded by the edges of the window.
        rate += (len(answers) - 1) / (answers[-1].done - answers[0].done)
        result.latencies.extend(generation.seconds for generation in answers[1:])
        result.first_events.extend(generation.first - generation.sent for generation in answers[1:])
    result.rates.append(rate)


async def _caller(client: GenerationClient, system: System, load: Load, number: int, window: _Window) -> None:
    await asyncio.sleep(0.017 * number)  # not all at the same instant
    seed = 10_000 * number
    while window.is_open:
        answer = await system.generate(client, seed, load.steps, load.guidance, owner=f"caller-{number}")
        window.note(number, answer)
        seed += 1
