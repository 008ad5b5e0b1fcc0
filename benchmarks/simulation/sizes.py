"""The questions: 1 to 1,000 engines, a burst, a day, one greedy user."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.simulation.limits import first_limit, shared
from benchmarks.simulation.model import Outcome, Scaling, fixed, quantile, simulate
from benchmarks.simulation.profile import Profile
from benchmarks.simulation.traces import Trace, burst, daily_wave, greedy, steady

STEPS = (20,)
LOADS = (0.5, 0.8, 0.95)
SIZES = (1, 10, 100, 1000)
JOBS_PER_RUN = 3000
DOLLARS_PER_GPU_HOUR = 3.0
"""An assumption, to be replaced by one's own price."""


@dataclass(frozen=True, slots=True)
class Size:
    """So many engines under a steady load of a share of what they can do."""

    engines: int
    load: float
    images_per_s: float
    p50_s: float
    p99_s: float
    cents_per_image: float


def sizes(profile: Profile) -> list[Size]:
    """Every size at every load."""
    found = []
    for engines in SIZES:
        for load in LOADS:
            rate = load * engines * profile.images_per_s(STEPS[0])
            trace = steady(rate, max(40.0, JOBS_PER_RUN / rate), STEPS, engines, owners=20 * engines)
            outcome = simulate(profile, trace, fixed(engines))
            settled = _after(outcome, trace.duration_s * 0.2)
            cents = 100 * DOLLARS_PER_GPU_HOUR / 3600 * engines / rate
            found.append(Size(engines, load, rate, quantile(settled, 0.5), quantile(settled, 0.99), cents))
    return found


@dataclass(frozen=True, slots=True)
class Following:
    """How an autoscaled installation follows a trace; `simple` is the same with the most engines always."""

    name: str
    p50_s: float
    p99_s: float
    worst_queue: int
    most_engines: int
    engine_hours: float
    simple_p99_s: float
    simple_engine_hours: float
    outcome: Outcome
    trace: Trace


def following(profile: Profile) -> list[Following]:
    """A burst, a burst from nothing, and a day squeezed into two hours."""
    one = profile.images_per_s(STEPS[0])
    cases = (
        ("burst: four times the load for 18 min", burst(2 * one, 3600, STEPS, 1), Scaling(4, 2, 16)),
        ("from zero", steady(3 * one, 1800, STEPS, 2), Scaling(0, 0, 12)),
        ("a day in two hours", daily_wave(3 * one, 2 * 3600, STEPS, 3), Scaling(2, 1, 12)),
    )
    return [_followed(profile, *case) for case in cases]


def _followed(profile: Profile, name: str, trace: Trace, scaling: Scaling) -> Following:
    outcome, simple = simulate(profile, trace, scaling), simulate(profile, trace, fixed(scaling.most))
    return Following(
        name,
        quantile(outcome.latencies, 0.5),
        quantile(outcome.latencies, 0.99),
        max((count for _, count in outcome.queue), default=0),
        max((count for _, count in outcome.engines), default=0),
        outcome.engine_seconds / 3600,
        quantile(simple.latencies, 0.99),
        simple.engine_seconds / 3600,
        outcome,
        trace,
    )


@dataclass(frozen=True, slots=True)
class Greedy:
    """Median latency of the modest users without and with somebody who asks for very many images, and his own last."""

    alone_s: float
    beside_s: float
    last_of_greedy_s: float


def greedy_user(profile: Profile) -> Greedy:
    """Four engines at a third of their load, and 400 images of one user at once."""
    rate = 0.33 * 4 * profile.images_per_s(STEPS[0])
    alone = simulate(profile, greedy(rate, 600, STEPS, 1, 0), fixed(4))
    beside = simulate(profile, greedy(rate, 600, STEPS, 1, 400), fixed(4))
    modest = [s for s, who in zip(beside.latencies, beside.owners, strict=True) if who != "greedy"]
    his = [s for s, who in zip(beside.latencies, beside.owners, strict=True) if who == "greedy"]
    return Greedy(quantile(alone.latencies, 0.5), quantile(modest, 0.5), max(his))


def limits_of(profile: Profile, gateways: int = 3) -> list[dict[str, Any]]:
    """What everybody shares, with the images a second and the engines at which it is full."""
    one, lone_s = profile.images_per_s(STEPS[0]), STEPS[0] * profile.call_s(profile.max_rows)
    found = shared(STEPS[0], 1.4, 10.0, lone_s, gateways)
    first = first_limit(found)
    return [
        {**asdict(each), "images_per_s": each.images_per_s, "engines": each.images_per_s / one, "first": each is first}
        for each in found
    ]


def _after(outcome: Outcome, at: float) -> list[float]:
    return [s for s, arrived in zip(outcome.latencies, outcome.arrivals, strict=True) if arrived >= at]
