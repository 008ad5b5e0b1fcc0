"""The engine's own figures on Triton's metrics page. Triton's cannot show them: its `execute` returns at once."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import triton_python_backend_utils as pb_utils

from diffusion.engine import BatchReport
from diffusion.events import Event, Queued, Started, is_terminal
from diffusion.scheduling.records import Phase

TELL_EVERY_S = 0.5


class EngineMetrics:
    """Counters and gauges of one pipeline. A family must outlive its metrics, so both are kept.

    Metrics are touched on the messenger's thread only. Two threads that touch one metric at once crash the whole server
    (Triton 2.51, SIGSEGV in `Metric::LoadFromSharedMemory`); the conformance suite's full queue on Triton finds it at
    once.
    """

    def __init__(self, pipeline: str) -> None:
        self._families: list[Any] = []
        self._pipeline = pipeline
        family = pb_utils.MetricFamily
        self._waiting = self._metric("avila_engine_waiting", "requests that wait for their first step", family.GAUGE)
        self._running = self._metric("avila_engine_running", "requests past their first step", family.GAUGE)
        self._batches = self._metric("avila_engine_batches_total", "denoising calls of the UNet", family.COUNTER)
        self._rows = self._metric("avila_engine_rows_total", "rows of all denoising calls", family.COUNTER)
        self._new_rows: deque[int] = deque()  # of each batch since the last telling
        self._told_at = time.monotonic()

    def _metric(self, name: str, description: str, kind: Any) -> Any:
        family = pb_utils.MetricFamily(name=name, description=description, kind=kind)
        self._families.append(family)
        return family.Metric(labels={"pipeline": self._pipeline})

    def batch_done(self, report: BatchReport) -> None:
        """Called by the engine, on its thread, after every batch."""
        if report.phase is Phase.DENOISE:
            self._new_rows.append(report.rows)

    def _tell(self) -> None:
        batches = [self._new_rows.popleft() for _ in range(len(self._new_rows))]
        if batches:
            self._batches.increment(len(batches))
            self._rows.increment(sum(batches))
        self._told_at = time.monotonic()

    def counted(self, listener: Callable[[Event], None]) -> Callable[[Event], None]:
        """`listener` with the request's passage through the gauges added; a refused request is in none of them."""
        current: list[Any] = []

        def listen(event: Event) -> None:
            if (isinstance(event, Started) or is_terminal(event)) and current:
                current.pop().increment(-1)
            if isinstance(event, (Queued, Started)):
                gauge = self._waiting if isinstance(event, Queued) else self._running
                gauge.increment(1)
                current.append(gauge)
            # now and then, since each telling is a message to another process
            if is_terminal(event) or time.monotonic() - self._told_at > TELL_EVERY_S:
                self._tell()
            listener(event)

        return listen
