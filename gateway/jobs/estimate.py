"""How long work will take: what the engine foresees of the jobs that it has, and how fast the last jobs went."""

from __future__ import annotations

from collections import OrderedDict

from gateway.errors import DeadlineUnmeetableError
from gateway.jobs.repository import JobRepository
from gateway.kit.clock import Clock
from gateway.storage.tables import JobRow

SAMPLE = 50
FRESH_S = 5.0
MAX_FORESEEN = 10_000
DOUBT = 1.5
"""A deadline is refused here when the estimate is past it by more than this: the engine itself judges more exactly."""


class Estimator:
    """Megapixel-steps per second of each model while it was busy, over its last jobs; measured every few seconds.

    What an engine foresees of a running job is remembered, since it knows what shares the steps with it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._speeds: dict[str, tuple[float, float | None]] = {}
        self._finish_at: OrderedDict[str, float] = OrderedDict()

    def foresee(self, job_id: str, eta_s: float) -> None:
        """The engine says that a job should be finished in so many seconds."""
        self._finish_at[job_id] = self._clock.monotonic() + eta_s
        self._finish_at.move_to_end(job_id)
        if len(self._finish_at) > MAX_FORESEEN:
            self._finish_at.popitem(last=False)

    def forget(self, job_id: str) -> None:
        """A job has ended."""
        self._finish_at.pop(job_id, None)

    def running_s(self, job_id: str) -> float | None:
        """Time until a running job should be finished; None where nobody has said."""
        finish_at = self._finish_at.get(job_id)
        return None if finish_at is None else max(0.0, finish_at - self._clock.monotonic())

    async def waiting_s(self, jobs: JobRepository, row: JobRow) -> tuple[int, float | None]:
        """How many wait before a waiting job, and the time until it should be finished.

        All that runs now ends when the engine foresees it, or after its work at the usual speed; then as much time as
        what waits before it and itself take.
        """
        position, waiting, running = await jobs.ahead_of(row)
        busy_s = max((at - self._clock.monotonic() for at in self._finish_at.values()), default=0.0)
        own_s = await self.seconds(jobs, row.model, waiting + row.work)
        if own_s is None:
            return position, None
        if busy_s <= 0.0:
            busy_s = await self.seconds(jobs, row.model, running) or 0.0
        return position, busy_s + own_s

    async def check_deadline(self, jobs: JobRepository, row: JobRow) -> None:
        """Refuse a job that would wait here for so long that its deadline passes.

        Where nobody waits before it the engine gets it at once, and judges.

        Raises:
            DeadlineUnmeetableError: with when there may be time.
        """
        limit: float | None = row.input.get("deadline_s")
        if limit is None:
            return
        position, seconds = await self.waiting_s(jobs, row)
        if position and seconds is not None and seconds > limit * DOUBT:
            raise DeadlineUnmeetableError(
                f"deadline_s: {position} jobs wait before it, and it would be done in about {seconds:.3g} s, after the "
                f"deadline of {limit:g} s; try again later, or give it more time",
                seconds - limit,
            )

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
