"""Tells a person what a long run is doing."""

from __future__ import annotations

import sys
import time


class Progress:
    """One line that is rewritten on a terminal, one line per message elsewhere."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._is_terminal = sys.stdout.isatty()
        self._width = 0

    def section(self, title: str) -> None:
        """A new part of the run begins."""
        self._end_line()
        print(f"[{self._clock()}] {title}", flush=True)

    def advance(self, message: str) -> None:
        """Something small is done; shown only on a terminal."""
        if not self._is_terminal:
            return
        text = f"[{self._clock()}]   {message}"
        print(f"\r{text.ljust(self._width)}", end="", flush=True)
        self._width = len(text)

    def result(self, message: str) -> None:
        """A figure."""
        self._end_line()
        print(f"[{self._clock()}]   {message}", flush=True)

    def _end_line(self) -> None:
        if self._is_terminal and self._width:
            print("\r" + " " * self._width + "\r", end="")
        self._width = 0

    def _clock(self) -> str:
        elapsed = int(time.monotonic() - self._started)
        return f"{elapsed // 60:02d}:{elapsed % 60:02d}"
