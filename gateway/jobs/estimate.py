"""How long work will take, from how fast the last jobs went."""

from __future__ import annotations

from gateway.jobs.repository import JobRepository
from gateway.kit.clock import Clock

SAMPLE = 50
FRESH_S = 5.0


class Estimator:
    """Megapixel-steps per second of each model while it was busy, over its last jobs; measured every few seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._speeds: dict[str, tuple[float, float | None]] = {}

    async def seconds(self, jobs: JobRepository, model: str, work: float) -> float | None:
        """Time for so much work, or None while nothing has been measured."""
        speed = await self._speed(jobs, model)
        return None if speed is None else work / speed

    async def _speed(self, jobs: JobRepository, model: str) -> float | None:
        measured_at, speed = self._speeds.get(model, (float("-inf"), None))
        if self._clock.monotonic() - measured_at >= FRESH_S:
            runs = await jobs.recent_runs(model, SAMPLE)
            speed = throughput([(start.timestamp(), end.timestamp(), work) for start, end, work in runs])
            self._speeds[model] = (self._clock.monotonic(), speed)
        return speed


def throughput(runs: list[tuple[float, float, float]]) -> float | None:
    """Work per busy second of runs (start, end, work) that may overlap; idle time between them does not count."""
    busy, last_end = 0.0, float("-inf")
    for start, end, _ in sorted(runs):
        busy += max(0.0, end - max(start, last_end))
        last_end = max(last_end, end)
    work = sum(run[2] for run in runs)
    return work / busy if busy > 0 and work > 0 else None
