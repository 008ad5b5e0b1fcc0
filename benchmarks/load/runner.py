"""Runs a scenario: sends what is due when it is due, and records how each request ended."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.load.records import Outcome, Record
from benchmarks.load.scenario import Phase, Scenario
from benchmarks.load.schedule import Request, RequestMaker, length_s, open_loop
from benchmarks.load.target import FailedError, RejectedError, Sender
from benchmarks.progress import Progress

REPORT_EVERY_S = 1.0
FRESH_SEEDS = 2**31


@dataclass(slots=True)
class LoadRun:
    """One run of a scenario. `records` fills as it goes; `seconds` is the whole length, the last answer included."""

    scenario: Scenario
    sender: Sender
    progress: Progress
    clock: Callable[[], float] = time.perf_counter
    records: list[Record] = field(default_factory=list)
    seconds: float = 0.0
    _start: float = 0.0
    _in_flight: int = 0

    async def run(self) -> list[Record]:
        """Run every phase after the other, wait for the last answer, and return the records."""
        maker = RequestMaker(self.scenario, secrets.randbelow(FRESH_SEEDS))
        self._start = self.clock()
        reporter = asyncio.create_task(self._report())
        try:
            async with asyncio.TaskGroup() as group:
                for number, phase in enumerate(self.scenario.phases):
                    self.progress.section(f"phase {number + 1} of {len(self.scenario.phases)}: {_described(phase)}")
                    run = self._closed if phase.kind == "closed" else self._open
                    await run(phase, number, maker, group)
        finally:
            reporter.cancel()
        self.seconds = self._now()
        return self.records

    async def _open(self, phase: Phase, number: int, maker: RequestMaker, group: asyncio.TaskGroup) -> None:
        """Send on time whatever the service does; answers may arrive in later phases."""
        due = open_loop(phase, maker, self.scenario, number)
        started = self._now()
        for each in due:
            await self._sleep_until(started + each.at)
            group.create_task(self._one(each.request, started + each.at, number))
        await self._sleep_until(started + length_s(phase, due))

    async def _closed(self, phase: Phase, number: int, maker: RequestMaker, _: asyncio.TaskGroup) -> None:
        end = self._now() + phase.duration_s

        async def caller(user: str) -> None:
            while self._now() < end:
                await self._one(maker.make(user), self._now(), number)

        users = [phase.user or f"user-{i % self.scenario.users}" for i in range(phase.callers)]
        await asyncio.gather(*(caller(user) for user in users))

    async def _one(self, request: Request, due: float, phase: int) -> None:
        record = Record(request.number, phase, request.user, request.steps, due, sent=self._now())
        self._in_flight += 1
        patience = None
        if request.cancel_after_s is not None:
            patience = max(0.0, due + request.cancel_after_s - self._now())
        try:
            async with asyncio.timeout(patience):
                await self.sender.send(request, lambda: self._first(record))
            record.outcome = Outcome.DONE
        except TimeoutError:
            record.outcome = Outcome.CANCELLED
        except RejectedError as error:
            record.outcome, record.reason = Outcome.REJECTED, str(error)
        except FailedError as error:
            record.outcome, record.reason = Outcome.FAILED, str(error)
        finally:
            record.done = self._now()
            self._in_flight -= 1
            self.records.append(record)

    def _first(self, record: Record) -> None:
        record.first = self._now()

    def _now(self) -> float:
        return self.clock() - self._start

    async def _sleep_until(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, moment - self._now()))

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY_S)
            counts = Counter(record.outcome.value for record in self.records)
            ended = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "none ended"
            self.progress.advance(f"{self._in_flight} in flight, {ended}")


def _described(phase: Phase) -> str:
    match phase.kind:
        case "poisson":
            return f"Poisson arrivals, {phase.rate:g}/s for {phase.duration_s:g} s"
        case "burst":
            return f"{phase.count} requests at once, {phase.duration_s:g} s"
        case "closed":
            return f"{phase.callers} callers in a closed loop for {phase.duration_s:g} s"
        case _:
            return f"the trace {phase.path}"
