"""Arrivals: steady, a day's wave, a burst, one greedy user among modest ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Job:
    """One image that somebody wants."""

    at: float
    owner: str
    steps: int


@dataclass(frozen=True, slots=True)
class Trace:
    """Jobs in order of arrival; `duration_s` is when the last could come."""

    name: str
    duration_s: float
    jobs: tuple[Job, ...]


def steady(rate: float, duration_s: float, steps: tuple[int, ...], seed: int, owners: int = 50) -> Trace:
    """A Poisson process."""
    return Trace("steady", duration_s, _poisson(lambda _: rate, rate, duration_s, steps, seed, owners))


def daily_wave(rate: float, duration_s: float, steps: tuple[int, ...], seed: int, owners: int = 200) -> Trace:
    """A day squeezed into `duration_s`: a night at a fifth of the mean, a noon at 1.8 times it."""

    def now(at: float) -> float:
        return rate * (1 - 0.8 * math.cos(2 * math.pi * at / duration_s))

    return Trace("daily wave", duration_s, _poisson(now, 1.8 * rate, duration_s, steps, seed, owners))


def burst(rate: float, duration_s: float, steps: tuple[int, ...], seed: int, factor: float = 4.0) -> Trace:
    """A steady rate that is `factor` times as high from the third to the sixth tenth of the time."""

    def now(at: float) -> float:
        return rate * (factor if 0.3 <= at / duration_s < 0.6 else 1.0)

    return Trace("burst", duration_s, _poisson(now, factor * rate, duration_s, steps, seed, 50))


def greedy(rate: float, duration_s: float, steps: tuple[int, ...], seed: int, count: int) -> Trace:
    """Modest users at a steady rate, and one who asks for `count` images at once after a fifth of the time."""
    others = _poisson(lambda _: rate, rate, duration_s, steps, seed, 5)
    at = duration_s / 5
    mine = tuple(Job(at, "greedy", steps[len(steps) // 2]) for _ in range(count))
    return Trace("one greedy user", duration_s, tuple(sorted(others + mine, key=lambda job: job.at)))


def _poisson(
    rate: Callable[[float], float], top: float, duration_s: float, steps: tuple[int, ...], seed: int, owners: int
) -> tuple[Job, ...]:
    """By thinning: candidates at the highest rate, each kept with the share that the rate has then."""
    random = np.random.default_rng(seed)
    jobs, at = [], float(random.exponential(1 / top))
    while at < duration_s:
        if random.random() * top <= rate(at):
            jobs.append(Job(at, f"user-{random.integers(owners)}", int(random.choice(np.asarray(steps)))))
        at += float(random.exponential(1 / top))
    return tuple(jobs)
