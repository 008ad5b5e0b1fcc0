"""From a scenario to requests: when each is due, whose it is and what it asks for, all fixed before the run."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.arrivals import poisson_trace
from benchmarks.load.scenario import Ask, Phase, Scenario, ScenarioError

V = TypeVar("V")
TRACE_COLUMNS = ("at", "user", "steps")


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `cancel_after_s` is None for a caller who waits."""

    number: int
    user: str
    prompt: str
    steps: int
    size: str
    guidance: float | None
    seed: int
    cancel_after_s: float | None


@dataclass(frozen=True, slots=True)
class Due:
    """A request of an open-loop phase and the seconds after the phase's start at which it is due."""

    at: float
    request: Request


class RequestMaker:
    """Draws requests; the same seed gives the same ones in the same order.

    `first_seed` is that of the first picture. A run takes one of its own: a service answers a request that it has
    answered before from its store, and a second run would measure that.
    """

    def __init__(self, scenario: Scenario, first_seed: int = 0) -> None:
        self._first_seed = first_seed
        self._ask = scenario.ask
        self._random = np.random.default_rng(scenario.seed)
        self._users = itertools.cycle([f"user-{i}" for i in range(scenario.users)])
        self._count = 0

    def make(self, user: str = "", steps: int | None = None) -> Request:
        """The next request, of the next user in turn where none is named."""
        ask, number = self._ask, self._count
        self._count += 1
        return Request(
            number=number,
            user=user or next(self._users),
            prompt=f"{self._pick(ask.prompts)}, {number}",
            steps=steps or int(self._pick(ask.steps)),
            size=self._pick(ask.sizes) if ask.sizes else "",
            guidance=float(self._pick(ask.guidance)) if ask.guidance else None,
            seed=self._first_seed + number,
            cancel_after_s=self._cancel(ask),
        )

    def _pick(self, values: tuple[V, ...]) -> V:
        return values[int(self._random.integers(len(values)))]

    def _cancel(self, ask: Ask) -> float | None:
        return ask.cancel_after_s if self._random.random() < ask.cancel_share else None


def open_loop(phase: Phase, maker: RequestMaker, scenario: Scenario, number: int) -> list[Due]:
    """The requests of an open-loop phase, in order.

    Raises:
        ScenarioError: a trace that cannot be read.
    """
    if phase.kind == "burst":
        return [Due(0.0, maker.make(phase.user)) for _ in range(phase.count)]
    if phase.kind == "trace":
        return list(_recorded(scenario.source.parent / phase.path, maker, phase.user))
    arrivals = poisson_trace(phase.rate, phase.duration_s, scenario.ask.steps, scenario.seed + number)
    return [Due(arrival.at, maker.make(phase.user, arrival.steps)) for arrival in arrivals]


def length_s(phase: Phase, due: list[Due]) -> float:
    """How long an open-loop phase lasts: its duration, or to the last request of its trace."""
    return due[-1].at if phase.kind == "trace" and due else phase.duration_s


def _recorded(path: Path, maker: RequestMaker, user: str) -> Iterator[Due]:
    """A trace: CSV with the columns at (seconds), user and steps; others are ignored, so records can be replayed."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise ScenarioError(f"phase.path: {path}: {error.strerror}") from error
    previous = 0.0
    for line, row in enumerate(rows, start=2):
        try:
            at, steps = float(row["at"]), int(row["steps"])
        except (KeyError, TypeError, ValueError):
            raise ScenarioError(f"{path}, line {line}: expected the columns {', '.join(TRACE_COLUMNS)}") from None
        if at < previous:
            raise ScenarioError(f"{path}, line {line}: {at:g} s comes after {previous:g} s; expected growing times")
        previous = at
        yield Due(at, maker.make(user or row.get("user") or "", steps))
