"""Measures ours and one peer in turns on the same requests: alone, and with callers in a closed loop."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.progress import Progress
from benchmarks.statistics import Latencies, median

OURS = "avila"
Picture = NDArray[np.uint8]
Draw = Callable[[dict[str, Any]], Awaitable[Picture]]


@dataclass(frozen=True, slots=True)
class Work:
    """What every request asks for, and how much is measured."""

    width: int
    height: int
    num_inference_steps: int
    guidance_scale: float
    rounds: int
    callers: Sequence[int]
    requests_per_caller: int

    def request(self, number: int) -> dict[str, Any]:
        """Request `number`: a prompt and a seed of its own, so that nothing is answered from memory."""
        return {
            "prompt": f"a red apple, {number}",
            "negative_prompt": f"blurred, {number}",
            "seed": 1000 + number,
            "width": self.width,
            "height": self.height,
            "num_inference_steps": self.num_inference_steps,
            "guidance_scale": self.guidance_scale,
        }


@dataclass(slots=True)
class Comparison:
    """Ours and one peer, side by side.

    Attributes:
        alone: seconds of each round, by system.
        loops: by number of callers and system: seconds of every request, and images per second.
        psnr_db: of the peer's pictures against ours, the lowest of the rounds.
    """

    peer: str
    about: dict[str, Any]
    alone: dict[str, list[float]] = field(default_factory=dict)
    loops: dict[int, dict[str, tuple[list[float], float]]] = field(default_factory=dict)
    psnr_db: float = float("inf")

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        ratio = median(np.asarray(self.alone[self.peer]) / np.asarray(self.alone[OURS]))
        return {
            "peer": self.peer,
            "about": self.about,
            "psnr_db_against_ours": None if np.isinf(self.psnr_db) else round(self.psnr_db, 1),
            "alone_median_ms": {name: round(float(np.median(times)) * 1e3, 1) for name, times in self.alone.items()},
            "alone_peer_over_ours": ratio.as_dict(),
            "closed_loop": {
                str(callers): {
                    name: {"images_per_s": round(rate, 3), "latency": Latencies.of(times).as_dict()}
                    for name, (times, rate) in systems.items()
                }
                for callers, systems in self.loops.items()
            },
        }


async def compare(
    peer: str, about: dict[str, Any], systems: dict[str, Draw], work: Work, progress: Progress
) -> Comparison:
    """Run `work` on both systems; `systems` has ours and the peer's, by name."""
    result = Comparison(peer, about, {name: [] for name in systems})
    order = random.Random(0)
    for number in range(-1, work.rounds):  # the first round warms up (and compiles) and is not counted
        pictures = {}
        for name in order.sample(sorted(systems), len(systems)):
            started = time.perf_counter()
            pictures[name] = await systems[name](work.request(number))
            if number >= 0:
                result.alone[name].append(time.perf_counter() - started)
        result.psnr_db = min(result.psnr_db, psnr_db(pictures[OURS], pictures[peer]))
        progress.advance(f"{peer}, round {max(0, number + 1)} of {work.rounds}")
    for callers in work.callers:
        result.loops[callers] = {}
        for name in order.sample(sorted(systems), len(systems)):
            result.loops[callers][name] = await _closed_loop(systems[name], work, callers)
            progress.advance(f"{peer}, {callers} callers: {name}")
    return result


async def _closed_loop(draw: Draw, work: Work, callers: int) -> tuple[list[float], float]:
    times: list[float] = []

    async def caller(index: int) -> None:
        for number in range(work.requests_per_caller):
            started = time.perf_counter()
            await draw(work.request(10_000 * callers + 100 * index + number))
            times.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(caller(index) for index in range(callers)))
    return times, len(times) / (time.perf_counter() - started)


def psnr_db(one: Picture, other: Picture) -> float:
    """Peak signal-to-noise ratio of two RGB uint8 pictures; infinite for equal ones."""
    error = float(np.square(one.astype(np.float64) - other.astype(np.float64)).mean())
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))
