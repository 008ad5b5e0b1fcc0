"""A one-line progress bar: steps done, steps in all, and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

WIDTH = 28


class ProgressBar:
    """Redraws one line of a terminal; in a pipe it writes nothing.

    Args:
        stream: where to draw.
        num_images: of the request.
        clock: seconds that never go back.
    """

    def __init__(self, stream: TextIO, num_images: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._num_images = num_images
        self._clock = clock
        self._done: dict[int, int] = {}
        self._num_steps = 0
        self._first_at = 0.0

    def advance(self, image: int, step: int, num_steps: int) -> None:
        """Image `image` has done `step` of `num_steps` steps."""
        if not self._done:
            self._first_at = self._clock()
        self._done[image] = step
        self._num_steps = num_steps
        self._draw()

    @property
    def text(self) -> str:
        """The line."""
        total = self._num_steps * self._num_images
        done = sum(self._done.values())
        filled = WIDTH * done // total if total else 0
        return f"[{'#' * filled}{'.' * (WIDTH - filled)}] step {done}/{total}{self._left(done, total)}"

    def _left(self, done: int, total: int) -> str:
        # the first step is where the clock starts, so it tells nothing of the pace
        if done < 2:
            return ""
        seconds = (self._clock() - self._first_at) / (done - 1) * (total - done)
        return f", {seconds:.0f} s left" if seconds >= 1 else ""

    def _draw(self) -> None:
        if self._is_terminal:
            self._stream.write(f"\r\033[K{self.text}")
            self._stream.flush()

    def clear(self) -> None:
        """Remove the line."""
        if self._is_terminal:
            self._stream.write("\r\033[K")
            self._stream.flush()
