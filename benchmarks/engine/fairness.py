"""One owner sends a burst; another sends a single request a moment later: how many steps does the single wait?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.engine.systems import System
from benchmarks.triton_client import Generation, GenerationClient

HEAD_START_S = 0.4


@dataclass(frozen=True, slots=True)
class FairnessResult:
    """Seconds, and steps of the engine: calls of the UNet between sending the single request and its first step."""

    system: str
    burst: int
    steps: int
    waited_steps: float | None
    alone_s: float
    single_s: float
    burst_median_s: float
    burst_last_s: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "system": self.system,
            "burst": self.burst,
            "steps_per_request": self.steps,
            "single_waited_steps": None if self.waited_steps is None else round(self.waited_steps, 1),
            "single_alone_ms": round(self.alone_s * 1e3, 1),
            "single_ms": round(self.single_s * 1e3, 1),
            "burst_median_ms": round(self.burst_median_s * 1e3, 1),
            "burst_last_ms": round(self.burst_last_s * 1e3, 1),
        }


async def measure_fairness(client: GenerationClient, system: System, burst: int, steps: int) -> FairnessResult:
    """Send `burst` requests of one owner, then one of another."""
    alone = await system.generate(client, 1, steps, 1.0, owner="single")
    tasks = [asyncio.create_task(system.generate(client, i, steps, 1.0, owner="burst")) for i in range(burst)]
    await asyncio.sleep(HEAD_START_S)
    single = await system.generate(client, 7, steps, 1.0, owner="single")
    others = await asyncio.gather(*tasks)
    return FairnessResult(
        system.label,
        burst,
        steps,
        _calls_before_first_step(single, others),
        alone.seconds,
        single.seconds,
        float(np.median([other.seconds for other in others])),
        max(other.seconds for other in others),
    )


def _calls_before_first_step(single: Generation, others: list[Generation]) -> float | None:
    """Calls of the UNet that began after the single request was sent and ended before its own first step did.

    A call of n rows of one-row requests tells n requests of a step; so each such event is 1/n of a call. None for a
    system that tells nobody of its steps.
    """
    first = next((at for at, event in single.events if event["type"] == "step_done"), None)
    if first is None:
        return None
    return sum(
        1 / int(event["rows"])
        for other in others
        for at, event in other.events
        if event["type"] == "step_done" and single.sent < at < first
    )
