"""When requests arrive. Times are fixed before the run, so a slow answer never delays the next request (open loop)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request of a trace: seconds after the start at which it is due, and its denoising steps."""

    at: float
    steps: int


def poisson_trace(rate: float, duration: float, steps: Sequence[int], seed: int) -> list[Arrival]:
    """Arrivals of a Poisson process over `duration` seconds, each with one of `steps` drawn evenly.

    Args:
        rate: requests per second, on average.
        duration: seconds.
        steps: the step counts that occur.
        seed: the same seed gives the same trace.
    """
    if rate <= 0 or duration <= 0:
        raise ValueError(f"rate and duration must be above 0, got {rate:g} and {duration:g}")
    random = np.random.default_rng(seed)
    trace: list[Arrival] = []
    now = float(random.exponential(1 / rate))
    while now < duration:
        trace.append(Arrival(now, int(random.choice(np.asarray(steps)))))
        now += float(random.exponential(1 / rate))
    return trace
