"""A lone request: the real Triton and the engine in process, beside bare loops over the same files and over Triton.

The systems take turns, in another order every round, on the same request; every round has a prompt of its own, so that
no system is helped by what it remembers. Two figures: the ratio of wall times within a round, and the ratio of
processor time over all rounds, which other work on the machine disturbs less.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cpu_time import cpu_seconds
from benchmarks.engine.bare_loop import BareLoop, Sample
from benchmarks.engine.in_process import in_process_engine
from benchmarks.engine.systems import one_at_a_time
from benchmarks.progress import Progress
from benchmarks.statistics import Floats, Interval, bootstrap, median
from benchmarks.triton_client import GenerationClient
from benchmarks.triton_server import TritonServer

BARE, IN_PROCESS, TRITON = "bare loop", "engine in process", "Triton"
BARE_ON_TRITON = "bare loop on Triton"
"""A loop without an engine in a Triton model (`one_at_a_time.py` of the device): the least that Triton costs."""
MAX_DIFFERENCE = 1  # of 255, in any pixel
Picture = NDArray[np.uint8]


class PicturesDifferError(Exception):
    """The systems did not compute the same thing, so their times cannot be compared."""


@dataclass(frozen=True, slots=True)
class LoneResult:
    """Seconds per system and round, processor seconds per system, and what was asked for."""

    pipeline: str
    size: tuple[int, int]
    sample: Sample
    wall: dict[str, list[float]]
    cpu: dict[str, float]

    def overhead(self, system: str, basis: str = BARE) -> Interval:
        """Median over the rounds of a system's wall time divided by that of `basis`."""
        return median(np.asarray(self.wall[system]) / np.asarray(self.wall[basis]))

    def overhead_of_medians(self, system: str) -> Interval:
        """A system's median wall time divided by the bare loop's."""

        def ratio(one: Floats, other: Floats) -> float:
            return float(np.median(one) / np.median(other))

        return bootstrap(ratio, np.asarray(self.wall[system]), np.asarray(self.wall[BARE]))

    def cpu_ratio(self, system: str) -> float:
        """Processor time of a system divided by the bare loop's."""
        return self.cpu[system] / self.cpu[BARE]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        others = (IN_PROCESS, BARE_ON_TRITON, TRITON)
        return {
            "pipeline": self.pipeline,
            "width_height": list(self.size),
            "steps": self.sample.steps,
            "guidance": self.sample.guidance,
            "rounds": len(self.wall[BARE]),
            "median_ms": {name: round(float(np.median(times)) * 1e3, 2) for name, times in self.wall.items()},
            "wall_ratio": {name: self.overhead(name).as_dict() for name in others},
            "wall_ratio_of_medians": {name: self.overhead_of_medians(name).as_dict() for name in others},
            "cpu_ratio": {name: round(self.cpu_ratio(name), 4) for name in others},
            "cpu_ms": {name: round(total * 1e3 / len(self.wall[name]), 1) for name, total in self.cpu.items()},
            "wall_ms": {name: [round(t * 1e3, 2) for t in times] for name, times in self.wall.items()},
        }


@dataclass(frozen=True, slots=True)
class _System:
    name: str
    generate: Callable[[Sample], Coroutine[Any, Any, Picture]]
    processes: Callable[[], list[int]]


async def measure_lone(
    server: TritonServer, repository: Path, pipeline: str, rounds: int, progress: Progress
) -> LoneResult:
    """Compare the systems on `pipeline`, with its default size, steps and guidance.

    Raises:
        PicturesDifferError: two systems' pictures differ by more than `MAX_DIFFERENCE`.
    """
    bare = BareLoop(repository, pipeline)
    defaults = bare.spec.defaults
    baseline = one_at_a_time(pipeline)
    basis = Sample("", "", 0, defaults.num_inference_steps, defaults.guidance_scale)

    def with_server() -> list[int]:
        return [*server.processes(), os.getpid()]

    async with GenerationClient(server.grpc_url) as client:
        with in_process_engine(bare, repository) as engine:

            async def triton(sample: Sample) -> Picture:
                answer = await client.generate(
                    pipeline,
                    {
                        "prompt": sample.prompt,
                        "negative_prompt": sample.negative_prompt,
                        "seed": sample.seed,
                        "num_inference_steps": sample.steps,
                        "guidance_scale": sample.guidance,
                    },
                )
                assert answer.image is not None  # the client has checked it
                return answer.image

            async def bare_on_triton(sample: Sample) -> Picture:
                answer = await baseline.generate(client, sample.seed, sample.steps, sample.guidance)
                assert answer.image is not None
                return answer.image

            systems = [
                _System(BARE, _direct(bare.generate), _own),
                _System(IN_PROCESS, _direct(engine.generate), _own),
                _System(BARE_ON_TRITON, bare_on_triton, with_server),
                _System(TRITON, triton, with_server),
            ]
            wall, cpu = await _rounds(systems, basis, rounds, progress)
    return LoneResult(pipeline, (defaults.width, defaults.height), basis, wall, cpu)


async def _rounds(
    systems: list[_System], basis: Sample, rounds: int, progress: Progress
) -> tuple[dict[str, list[float]], dict[str, float]]:
    wall: dict[str, list[float]] = {system.name: [] for system in systems}
    cpu = dict.fromkeys(wall, 0.0)
    order = random.Random(0)
    for number in range(-1, rounds):  # the first round warms up and is not counted
        sample = Sample(f"a red apple, {number}", f"blurred, {number}", 1000 + number, basis.steps, basis.guidance)
        pictures = {}
        for system in order.sample(systems, len(systems)):
            before, started = cpu_seconds(system.processes()), time.perf_counter()
            pictures[system.name] = await system.generate(sample)
            elapsed = time.perf_counter() - started
            if number >= 0:
                wall[system.name].append(elapsed)
                cpu[system.name] += cpu_seconds(system.processes()) - before
        _check_same(pictures)
        progress.advance(f"lone request, round {max(0, number + 1)} of {rounds}")
    return wall, cpu


def _direct(generate: Callable[[Sample], Picture]) -> Callable[[Sample], Coroutine[Any, Any, Picture]]:
    """Blocks on purpose: nothing else runs in this process while a lone request is timed."""

    async def run(sample: Sample) -> Picture:
        await asyncio.sleep(0)
        return generate(sample)

    return run


def _own() -> list[int]:
    return [os.getpid()]


def _check_same(pictures: dict[str, Picture]) -> None:
    expected = pictures[BARE].astype(np.int16)
    for name in pictures.keys() - {BARE_ON_TRITON}:  # it has a solver and noise of its own, and the same calls
        picture = pictures[name]
        difference = int(np.abs(picture.astype(np.int16) - expected).max())
        if difference > MAX_DIFFERENCE:
            raise PicturesDifferError(f"{name}: a pixel differs from the bare loop's by {difference} of 255")
