"""The generator's runner and figures, against a sender whose behaviour the test decides."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.load.records import Outcome, Record
from benchmarks.load.report import write_report
from benchmarks.load.runner import LoadRun
from benchmarks.load.scenario import Ask, Phase, Scenario, Target
from benchmarks.load.schedule import Request
from benchmarks.load.summary import summarise
from benchmarks.load.target import FailedError, RejectedError
from benchmarks.progress import Progress

POISSON = Phase("poisson", duration_s=0.5, rate=60.0)


class ScriptedSender:
    """Answers after `seconds`, or as `behaviour` decides from the request."""

    def __init__(self, seconds: float = 0.0, behaviour: Callable[[Request], None] = lambda _: None) -> None:
        self.seconds = seconds
        self.behaviour = behaviour
        self.given_up: list[int] = []
        self.most_in_flight = 0
        self._in_flight = 0

    async def send(self, request: Request, on_first: Callable[[], None]) -> None:
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            self.behaviour(request)
            await asyncio.sleep(self.seconds / 2)
            on_first()
            await asyncio.sleep(self.seconds / 2)
        except asyncio.CancelledError:
            self.given_up.append(request.number)
            raise
        finally:
            self._in_flight -= 1

    async def aclose(self) -> None:
        pass


def scenario(*phases: Phase, ask: Ask | None = None, users: int = 2) -> Scenario:
    return Scenario("test", Target("grpc", "nowhere", "m"), ask or Ask(), phases, users=users)


async def run(sender: ScriptedSender, given: Scenario) -> list[Record]:
    return await LoadRun(given, sender, Progress()).run()


async def test_an_open_loop_does_not_wait_for_answers():
    sender = ScriptedSender(seconds=1.0)
    records = await run(sender, scenario(POISSON))
    assert sender.most_in_flight == len(records) > 15  # all at once, since none is answered within the phase
    assert all(record.outcome is Outcome.DONE for record in records)
    assert all(record.first_event < record.latency for record in records)


async def test_a_stall_is_charged_to_all_whom_it_delayed():
    def stall(request: Request) -> None:
        if request.number == 0:
            time_to_block = 0.3
            end = asyncio.get_running_loop().time() + time_to_block
            while asyncio.get_running_loop().time() < end:
                pass  # blocks the generator itself, as a busy machine would

    records = await run(ScriptedSender(behaviour=stall), scenario(POISSON))
    summary = summarise(records, 0.0)
    delayed = [record for record in records if record.latency > 0.05]
    assert len(delayed) >= 5
    assert summary.max_lag > 0.1


async def test_closed_loop_callers_wait_for_their_answers():
    sender = ScriptedSender(seconds=0.05)
    records = await run(sender, scenario(Phase("closed", duration_s=0.4, callers=3)))
    assert sender.most_in_flight == 3
    assert 15 <= len(records) <= 27


async def test_a_burst_is_sent_at_once_and_belongs_to_its_user():
    sender = ScriptedSender(seconds=0.2)
    records = await run(sender, scenario(Phase("burst", count=9, duration_s=0.1, user="bulk")))
    assert sender.most_in_flight == 9
    assert {record.user for record in records} == {"bulk"}


async def test_every_ending_is_told_apart():
    def behave(request: Request) -> None:
        if request.number % 3 == 1:
            raise RejectedError("queue_full")
        if request.number % 3 == 2:
            raise FailedError("not_finite")

    records = await run(ScriptedSender(behaviour=behave), scenario(Phase("burst", count=9, duration_s=0.1)))
    summary = summarise(records, 0.0)
    assert summary.outcomes == {"done": 3, "rejected": 3, "cancelled": 0, "failed": 3}
    assert summary.reasons == {"queue_full": 3, "not_finite": 3}


async def test_a_caller_who_gives_up_cancels_the_request():
    sender = ScriptedSender(seconds=5.0)
    ask = Ask(cancel_share=1.0, cancel_after_s=0.05)
    records = await run(sender, scenario(Phase("burst", count=4, duration_s=0.1), ask=ask))
    assert [record.outcome for record in records] == [Outcome.CANCELLED] * 4
    assert sorted(sender.given_up) == [0, 1, 2, 3]


def record(number: int, user: str, due: float, latency: float, outcome: Outcome = Outcome.DONE) -> Record:
    return Record(number, 0, user, 20, due, sent=due, first=due + latency / 2, done=due + latency, outcome=outcome)


def test_the_warm_up_is_left_out():
    records = [record(i, "a", due=float(i), latency=9.0 if i < 5 else 1.0) for i in range(20)]
    summary = summarise(records, warm_up_s=5.0)
    assert summary.outcomes["done"] == 15
    assert summary.latency is not None
    assert summary.latency.max == pytest.approx(1.0)


@pytest.mark.parametrize(("seconds", "index"), [((1.0, 1.0, 1.0), 1.0), ((1.0, 1.0, 4.0), 36 / 54)])
def test_fairness_is_jains_index_of_the_users_medians(seconds: tuple[float, ...], index: float):
    records = [record(i, f"user-{i % 3}", float(i), seconds[i % 3]) for i in range(30)]
    assert summarise(records, 0.0).fairness == pytest.approx(index)


def test_throughput_counts_pictures_and_not_refusals():
    records = [record(i, "a", due=i * 0.5, latency=0.5) for i in range(100)]
    records += [record(i, "a", due=i * 0.5, latency=0.0, outcome=Outcome.REJECTED) for i in range(100)]
    throughput = summarise(records, 0.0).throughput
    assert throughput.value == pytest.approx(2.0, rel=0.02)
    assert throughput.low <= throughput.value <= throughput.high


def test_nothing_finished_gives_no_latency():
    summary = summarise([record(1, "a", 0.0, 1.0, Outcome.FAILED)], 0.0)
    assert summary.latency is summary.p99 is summary.fairness is None
    assert summary.throughput.value == 0.0


def test_the_page_needs_nothing_else_and_escapes_what_it_is_given(tmp_path: Path):
    given = scenario(POISSON)
    records = [record(i, f"<b>{i % 2}", float(i), 1.0) for i in range(10)]
    facts = {
        "date": "d",
        "commit": "c",
        "command": "x",
        "machine": {"cpu": "p", "cores": 2, "load_average_before": [1]},
    }
    paths = write_report(given, summarise(records, 0.0), records, facts, tmp_path)
    page = (tmp_path / "test.html").read_text()
    assert "data:image/png;base64," in page
    assert 'src="http' not in page
    assert "<b>0" not in page
    assert "&lt;b&gt;0" in page
    assert {path.suffix for path in paths} == {".json", ".csv", ".md", ".html", ".png"}
    with (tmp_path / "test.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["at"]) for row in rows] == [float(i) for i in range(10)]
