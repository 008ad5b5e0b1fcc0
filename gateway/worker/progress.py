"""How far a run is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from diffusion.events import StepDone

INTERVAL_S = 0.1
"""A job tells of its progress at most so often: steps may take a few milliseconds, eyes and bars need no more."""


TOLD_EVERY_S = 2.0
"""Least time between two webhooks about the progress of one job."""


class Progress:
    """Steps done of all images."""

    def __init__(self, images: int, steps: int) -> None:
        self._done = dict.fromkeys(range(images), 0)
        self._steps = steps

    @property
    def fraction(self) -> float:
        """0 … 1."""
        return min(1.0, sum(self._done.values()) / (len(self._done) * self._steps))

    def after(self, event: StepDone) -> dict[str, Any]:
        """What to tell after a step."""
        self._steps = event.num_steps
        self._done[event.image] = event.step
        return {
            "image": event.image,
            "step": event.step,
            "num_steps": event.num_steps,
            "progress": round(self.fraction, 4),
        }


class Pace:
    """Hands on the first value at once and then the latest of each interval, so that none is more than that late."""

    def __init__(self, hand_on: Callable[[dict[str, Any]], None], interval_s: float = INTERVAL_S) -> None:
        self._hand_on = hand_on
        self._interval_s = interval_s
        self._latest: dict[str, Any] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def offer(self, value: dict[str, Any], *, is_last: bool = False) -> None:
        """A value that replaces those before it; the last one is handed on at once."""
        if is_last:
            self.drop()
            self._hand_on(value)
            return
        if self._timer is not None:
            self._latest = value
            return
        self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._tick)
        self._hand_on(value)

    def drop(self) -> None:
        """What has not been handed on is of no use any more."""
        self._latest = None

    def _tick(self) -> None:
        self._timer, value, self._latest = None, self._latest, None
        if value is not None:
            self.offer(value)


class Throttle:
    """Says when webhooks tell of progress again: when there is some, and not too often."""

    def __init__(self, is_wanted: bool) -> None:
        self._is_wanted = is_wanted
        self._last, self._at = 0.0, float("-inf")

    def is_due(self, fraction: float, now: float) -> bool:
        """Whether to tell it at this moment (a monotonic time); taken to be told if so."""
        if not self._is_wanted or fraction <= self._last or now - self._at < TOLD_EVERY_S:
            return False
        self._last, self._at = fraction, now
        return True
