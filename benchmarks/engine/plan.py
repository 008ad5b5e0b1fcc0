"""How much is measured: the full benchmark and the quick one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.engine.mixed import MixedShape
from benchmarks.engine.open_loop import TraceShape


@dataclass(frozen=True, slots=True)
class Plan:
    """Lengths of the parts.

    Attributes:
        lone_rounds: requests per system of the lone comparison.
        callers: numbers of callers of the closed loops.
        rounds: interleaved rounds of the closed loops.
        window: (warm-up, measured) seconds of one closed-loop run on the device model.
        shipped_window: the same on the shipped pipeline, whose requests take longer; it gets one round.
        device_steps: denoising steps of a request of the closed loops on the device model.
        trace: of the tail comparison.
        utilisation: share of the peer's capacity that the trace asks for.
        burst, burst_steps: of the fairness part.
        mixed: of the mixed load.
    """

    lone_rounds: int
    callers: Sequence[int]
    rounds: int
    window: tuple[float, float]
    shipped_window: tuple[float, float]
    device_steps: int
    trace: TraceShape
    utilisation: float
    burst: int
    burst_steps: int
    mixed: MixedShape


FULL = Plan(
    lone_rounds=20,
    callers=(1, 4, 8),
    rounds=3,
    window=(1.2, 4.5),
    shipped_window=(1.0, 7.0),
    device_steps=8,
    trace=TraceShape(steps=(10, 20, 30, 40), seeds=(1, 2, 3), duration_s=28.0, backlog=32),
    utilisation=0.8,
    burst=50,
    burst_steps=20,
    mixed=MixedShape(duration_s=90.0, backlog=48, steps=(10, 20, 30), utilisation=0.8),
)
QUICK = Plan(
    lone_rounds=3,
    callers=(1, 8),
    rounds=1,
    window=(0.2, 2.4),
    shipped_window=(0.2, 3.0),
    device_steps=3,
    trace=TraceShape(steps=(4, 8), seeds=(1,), duration_s=3.0, backlog=8),
    utilisation=0.8,
    burst=10,
    burst_steps=5,
    mixed=MixedShape(duration_s=3.0, backlog=8, steps=(2, 4), utilisation=0.8),
)
