"""The model: one queue, workers that hold jobs, engines that run steps, an autoscaler that follows the work.

What is in it: the order of claims (each owner's next in turn), that all workers with room race for a job and any may
win, how many jobs a worker holds, the engine's rounds between owners, calls of at most `max_rows` rows, joining at
the next step, the gateway's one process (where a profile knows of it), the autoscaler's formula, its delays and the
cold start. What is not: failures, several models or sizes, and anything of the network. The stores' limits are in
limits.py.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from benchmarks.simulation.profile import Profile
from benchmarks.simulation.traces import Job, Trace

TRIES = 32
"""Workers that are asked for room before all are taken to be full; a full one takes the job at its next step."""
LEAVE_EVERY_S = 60.0
HELD_S = 120.0
"""Over so long the jobs inside engines are averaged, as the recording rule does."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """The autoscaler, in the chart's words. `start` engines are there at the beginning.

    Wanted is the largest of predicted work / drain_s, waiting jobs / waiting_jobs, and jobs inside engines / busy_jobs.
    """

    start: int
    least: int
    most: int
    drain_s: float = 30.0
    waiting_jobs: int = 16
    busy_jobs: int = 4
    poll_s: float = 30.0
    cold_start_s: float = 180.0
    scale_down_s: float = 1200.0
    leave_share: float = 0.1


def fixed(engines: int) -> Scaling:
    """No autoscaler."""
    return Scaling(engines, engines, engines)


@dataclass(slots=True)
class Outcome:
    """What a simulation found: latency of each finished job by owner, and how many engines there were when."""

    latencies: list[float] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    engines: list[tuple[float, int]] = field(default_factory=list)
    queue: list[tuple[float, int]] = field(default_factory=list)
    engine_seconds: float = 0.0
    calls: int = 0
    ended_at: float = 0.0


@dataclass(slots=True, eq=False)
class _Run:
    job: Job
    left: int


class _Engine:
    """A worker's jobs and the engine's order: owners in rounds, then what has started, then who came first."""

    def __init__(self, number: int, profile: Profile) -> None:
        self.number, self._profile = number, profile
        self.runs: list[_Run] = []
        self.batch: list[_Run] = []
        self.is_leaving = False

    @property
    def room(self) -> int:
        return 0 if self.is_leaving else self._profile.concurrency - len(self.runs)

    def next_batch(self) -> float:
        """Choose the images of the next call; its length in seconds."""
        most = max(1, self._profile.max_rows // self._profile.rows_per_image)
        rounds: dict[str, int] = defaultdict(int)
        ranked = []
        for place, run in enumerate(sorted(self.runs, key=lambda run: (run.left == run.job.steps, run.job.at))):
            ranked.append((rounds[run.job.owner], place, run))
            rounds[run.job.owner] += 1
        ranked.sort(key=lambda entry: entry[:2])
        self.batch = [run for _, _, run in ranked[:most]]
        return self._profile.call_s(len(self.batch) * self._profile.rows_per_image)


class Simulation:
    """One run over one trace."""

    def __init__(self, profile: Profile, trace: Trace, scaling: Scaling) -> None:
        self._profile, self._trace, self._scaling = profile, trace, scaling
        self._events: list[tuple[float, int, str, object]] = []
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, Job]] = []  # (the owner's turn, arrival, job)
        self._turns: dict[str, int] = defaultdict(int)
        self._turn = 0
        self._engines: list[_Engine] = []
        self._random = random.Random(1)
        self._starting = 0
        self._gateway_free_at = 0.0
        self._again = 0
        self._wishes: deque[tuple[float, int]] = deque()
        self._left_at = 0.0
        self._held, self._held_s = 0, 0.0
        self._held_means: deque[float] = deque(maxlen=max(1, round(HELD_S / scaling.poll_s)))
        self._wanted_results = len(trace.jobs)
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """To the end of the last job."""
        for number in range(self._scaling.start):
            self._join(0.0, number)
        for job in self._trace.jobs:
            self._at(job.at, "job", job)
        if self._scaling.least != self._scaling.most:
            self._at(0.0, "scale", None)
        last = 0.0
        while self._events:
            now, _, kind, what = heapq.heappop(self._events)
            self.outcome.engine_seconds += len(self._engines) * (now - last)
            self._held_s += self._held * (now - last)
            last = now
            getattr(self, f"_on_{kind}")(now, what)
            if len(self.outcome.latencies) >= self._wanted_results:
                break
        self.outcome.ended_at = last
        return self.outcome

    # -- events -------------------------------------------------------------------------------------------------------

    def _on_job(self, now: float, job: Job) -> None:
        self._at(self._through_gateway(now), "accepted", job)

    def _on_accepted(self, now: float, job: Job) -> None:
        turn = max(self._turns[job.owner] + 1, self._turn)
        self._turns[job.owner] = turn
        heapq.heappush(self._waiting, (turn, next(self._order), job))
        winner = self._winner()
        if winner is not None:
            self._take(winner, 1)
            if not winner.batch:
                self._go_on(now, winner)

    def _on_step(self, now: float, engine: _Engine) -> None:
        self.outcome.calls += 1
        busy_s = 0.0
        for run in engine.batch:
            run.left -= 1
            if run.left == 0:
                engine.runs.remove(run)
                self._held -= 1
                busy_s += self._profile.decode_s
                self._finish(self._through_gateway(now + busy_s) + self._profile.around_s, run.job)
        self._take(engine)
        self._go_on(now + busy_s, engine)

    def _on_engine(self, now: float, number: int) -> None:
        self._starting -= 1
        self._join(now, number)

    def _on_scale(self, now: float, _: object) -> None:
        there = len(self._engines) + self._starting
        self._held_means.append(self._held_s / self._scaling.poll_s)
        self._held_s = 0.0
        wanted = min(self._scaling.most, max(self._scaling.least, self._wanted()))
        self._wishes.append((now, wanted))
        while now - self._wishes[0][0] > self._scaling.scale_down_s:
            self._wishes.popleft()
        for _ in range(wanted - there):
            self._starting += 1
            self._at(now + self._scaling.cold_start_s, "engine", next(self._order))
        self._shrink(now, there)
        self.outcome.engines.append((now, len(self._engines)))
        self.outcome.queue.append((now, len(self._waiting)))
        self._at(now + self._scaling.poll_s, "scale", None)

    def closed_loop(self, callers: int, steps: int, jobs: int) -> Outcome:
        """So many callers instead of the trace: each asks again when it has its picture."""
        self._again = jobs - callers
        first = tuple(Job(0.0, f"user-{number}", steps) for number in range(callers))
        self._trace = Trace("closed loop", 0.0, first)
        self._wanted_results = jobs
        return self.run()

    # -- parts --------------------------------------------------------------------------------------------------------

    def _at(self, when: float, kind: str, what: object) -> None:
        heapq.heappush(self._events, (when, next(self._order), kind, what))

    def _join(self, now: float, number: int) -> None:
        engine = _Engine(number, self._profile)
        self._engines.append(engine)
        self._take(engine)
        self._go_on(now, engine)

    def _leave(self, count: int) -> None:
        for engine in self._engines[:count]:
            engine.is_leaving = True
            if not engine.runs:
                self._engines.remove(engine)

    def _winner(self) -> _Engine | None:
        """A worker with room, any of them; the wake-up reaches all at once."""
        for _ in range(TRIES if self._engines else 0):
            engine = self._random.choice(self._engines)
            if engine.room > 0:
                return engine
        return None

    def _take(self, engine: _Engine, most: int | None = None) -> None:
        """A worker claims as many as it has room for; the others at the next step find what is left."""
        room = engine.room if most is None else min(most, engine.room)
        while self._waiting and room > 0:
            turn, _, job = heapq.heappop(self._waiting)
            self._turn = max(self._turn, turn)
            engine.runs.append(_Run(job, job.steps))
            self._held += 1
            room -= 1

    def _go_on(self, now: float, engine: _Engine) -> None:
        if engine.runs:
            self._at(now + engine.next_batch(), "step", engine)
            return
        engine.batch = []
        if engine.is_leaving and engine in self._engines:
            self._engines.remove(engine)

    def _through_gateway(self, now: float) -> float:
        """When the gateway is through with one half of its work for a request."""
        self._gateway_free_at = max(now, self._gateway_free_at) + self._profile.gateway_s / 2
        return self._gateway_free_at

    def _finish(self, now: float, job: Job) -> None:
        self.outcome.latencies.append(now - job.at)
        self.outcome.owners.append(job.owner)
        self.outcome.arrivals.append(job.at)
        if self._again > 0:
            self._again -= 1
            self._at(now, "job", replace(job, at=now))

    def _shrink(self, now: float, there: int) -> None:
        """To the largest wish of the stabilization window, a share of the engines at a time."""
        surplus = there - max(wish for _, wish in self._wishes)
        if surplus > 0 and now >= self._scaling.scale_down_s and now - self._left_at >= LEAVE_EVERY_S:
            self._left_at = now
            self._leave(min(surplus, math.ceil(there * self._scaling.leave_share)))

    def _wanted(self) -> int:
        """Engines, by the chart's three queries."""
        held = sum(self._held_means) / len(self._held_means)
        ratios = (
            self._work_s() / self._scaling.drain_s,
            len(self._waiting) / self._scaling.waiting_jobs,
            held / self._scaling.busy_jobs,
        )
        return math.ceil(max(ratios))

    def _work_s(self) -> float:
        """Seconds that all the steps to do would take one engine, at full calls."""
        images = self._profile.max_rows // self._profile.rows_per_image
        per_step = self._profile.call_s(images * self._profile.rows_per_image) / images
        waiting = sum(job.steps for _, _, job in self._waiting)
        return per_step * (waiting + sum(run.left for engine in self._engines for run in engine.runs))


def simulate(profile: Profile, trace: Trace, scaling: Scaling) -> Outcome:
    """Run one simulation."""
    return Simulation(profile, trace, scaling).run()


def closed_loop(profile: Profile, callers: int, steps: int, rounds: int = 12) -> float:
    """The median latency of so many callers of one engine, each asking again when it has its picture."""
    simulation = Simulation(profile, Trace("closed loop", 0.0, ()), fixed(1))
    latencies = simulation.closed_loop(callers, steps, rounds * callers).latencies
    return quantile(latencies[2 * callers :], 0.5)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share lies; NaN of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan
