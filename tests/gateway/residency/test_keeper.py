"""Keepers over real databases: several of one server, jobs that come and go, and what is in the way."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from gateway.jobs.status import JobStatus
from gateway.kit.clock import SystemClock
from gateway.observability.metrics import Metrics
from gateway.residency import keeper as keeping
from gateway.residency import rule
from gateway.residency.keeper import Keeper, Limits, LoadTimeoutError, ModelLoadError
from gateway.residency.repository import Lease, ResidencyRepository
from gateway.residency.rule import State
from gateway.storage.tables import JobRow
from gateway.worker.repository import ClaimRepository
from tests.gateway.jobs.factories import accepted, make_service, on_claim
from tests.gateway.residency.scripted import ScriptedControl


def make_keeper(database, control, most: int = 2, wait_s: float = 20.0) -> Keeper:
    return Keeper(database, control, SystemClock(), Metrics(), Limits(most, wait_s))


@asynccontextmanager
async def running(*keepers):
    tasks = [asyncio.ensure_future(keeper.run()) for keeper in keepers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def until(condition, timeout_s: float = 10.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not (await condition() if asyncio.iscoroutinefunction(condition) else condition()):
            await asyncio.sleep(0.02)


async def claimed(database, model: str) -> JobRow:
    """A job of a model, taken by a worker."""
    accepting = await accepted(make_service(database), f"owner-{model}")
    async with database.transaction() as session:
        await session.execute(update(JobRow).where(JobRow.id == accepting.id).values(model=model, priority=1))
        job = await ClaimRepository(session, datetime.now(UTC)).claim("w", 60.0)
    assert job is not None
    assert job.model == model
    return job


async def finish(database, job) -> None:
    await on_claim(database, "finish", job, JobStatus.SUCCEEDED)


async def record(database):
    async with database.reading() as session:
        return await ResidencyRepository(session, datetime.now(UTC)).known("server")


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr(keeping, "TICK_S", 0.05)
    monkeypatch.setattr(keeping, "POLL_S", 0.05)


class TestWait:
    async def test_a_job_has_its_pipeline_loaded_and_the_least_recently_used_one_goes(self, database):
        control = ScriptedControl("a", "b", "c")
        keeper = make_keeper(database, control)
        async with running(keeper):
            await until(lambda: control.loaded == {"a", "b"})
            for model in ("a", "b"):
                job = await claimed(database, model)
                assert await keeper.wait(job, asyncio.Event())
                await finish(database, job)
            job = await claimed(database, "c")
            assert await keeper.wait(job, asyncio.Event())
        assert control.loaded == {"b", "c"}
        assert control.most == 2

    async def test_one_in_use_is_not_taken_and_gives_way_after_a_while(self, database, monkeypatch):
        monkeypatch.setattr(rule, "TURN", timedelta(seconds=0.3))
        control = ScriptedControl("a", "b")
        keeper = make_keeper(database, control, most=1)
        async with running(keeper):
            user, other = await claimed(database, "a"), await claimed(database, "b")
            assert await keeper.wait(user, asyncio.Event())
            waiting = asyncio.ensure_future(keeper.wait(other, asyncio.Event()))
            await asyncio.sleep(0.8)
            assert control.loaded == {"a"}
            assert not waiting.done()
            late = await claimed(database, "a")
            async with database.transaction() as session:
                assert not await keeper.hold(session, late), "it gives way, so it takes no more"
            await finish(database, user)
            assert await asyncio.wait_for(waiting, 10)
        assert control.loaded == {"b"}

    async def test_why_it_could_not_be_loaded_is_told_and_not_tried_at_once_again(self, database):
        control = ScriptedControl("a")
        control.broken["a"] = "no memory"
        keeper = make_keeper(database, control)
        async with running(keeper):
            for _ in range(2):
                with pytest.raises(ModelLoadError, match="'a' could not be loaded: no memory"):
                    await keeper.wait(await claimed(database, "a"), asyncio.Event())
        assert control.acts == [("load", "a")]

    async def test_the_wait_is_bounded_and_says_what_is_in_the_way(self, database):
        control = ScriptedControl("a", "b")
        keeper = make_keeper(database, control, most=1, wait_s=0.5)
        async with running(keeper):
            assert await keeper.wait(await claimed(database, "a"), asyncio.Event())
            with pytest.raises(LoadTimeoutError, match="all 1 places for loaded models are in use"):
                await keeper.wait(await claimed(database, "b"), asyncio.Event())

    async def test_a_stop_ends_it(self, database):
        stop = asyncio.Event()
        stop.set()
        keeper = make_keeper(database, ScriptedControl("a"))
        assert not await keeper.wait(await claimed(database, "a"), stop)


class TestRun:
    async def test_after_a_restart_of_the_server_the_same_are_loaded(self, database):
        control = ScriptedControl("a", "b", "c", "d")
        keeper = make_keeper(database, control)
        async with running(keeper):
            await until(lambda: control.loaded == {"a", "b"})
            job = await claimed(database, "d")
            assert await keeper.wait(job, asyncio.Event())
            await finish(database, job)
            before = set(control.loaded)
            control.is_up = False
            await asyncio.sleep(0.2)
            control.loaded.clear()
            control.is_up = True
            await until(lambda: control.loaded == before)

    async def test_what_a_lost_worker_had_begun_is_done_by_another(self, database, monkeypatch):
        monkeypatch.setattr(keeping, "LEASE", timedelta(seconds=0.6))
        control = ScriptedControl("a", takes_s=3600)
        async with running(make_keeper(database, control)):
            await until(lambda: control.acts == [("load", "a")])
        control.takes_s = 0.0
        control.changing.clear()
        async with running(make_keeper(database, control)):
            await until(lambda: control.loaded == {"a"})

    async def test_a_server_that_dies_while_it_unloads_keeps_no_job_waiting(self, database):
        control = ScriptedControl("a", "b")
        keeper = make_keeper(database, control, most=1)
        unload = control.unload

        async def dies(pipeline: str) -> None:
            control.loaded.clear()
            control.unload = unload
            raise keeping.ControlError("no connection")

        async with running(keeper):
            await until(lambda: control.loaded == {"a"})
            control.unload = dies
            other = await claimed(database, "b")
            assert await keeper.wait(other, asyncio.Event())
            await finish(database, other)
            assert await asyncio.wait_for(keeper.wait(await claimed(database, "a"), asyncio.Event()), 10)

    async def test_without_the_servers_leave_nothing_is_taken_away(self, database):
        control = ScriptedControl("a", "b", "c")
        control.loaded, control.is_allowed = {"a", "b", "c"}, False
        keeper = make_keeper(database, control, most=1)
        async with running(keeper):
            await asyncio.wait_for(keeper.has_looked.wait(), 10)
            await asyncio.sleep(0.3)  # some more looks
            assert {one.state for one in (await record(database)).values()} == {State.WARM}
        assert control.acts == []


async def test_a_job_whose_pipeline_is_taken_while_it_waits_for_it_locks_nobody_out(database):
    """One unloads, a job waits for the row, and a third waits to decide: asking again must not close the circle."""
    keeper, stop = make_keeper(database, ScriptedControl("a")), asyncio.Event()
    async with running(keeper):
        loading = await claimed(database, "a")
        assert await keeper.wait(loading, stop)
        await finish(database, loading)
    job = await claimed(database, "a")

    async def decide() -> None:
        async with database.transaction() as session:
            await ResidencyRepository(session, datetime.now(UTC)).known("server", is_locking=True)

    async with database.transaction() as session:
        repository = ResidencyRepository(session, datetime.now(UTC))
        before = await repository.known("server", is_locking=True)
        now = await repository.now()
        after = {"a": before["a"].to(State.UNLOADING, now)}
        await repository.save("server", before, after, Lease("somebody", now + timedelta(minutes=1)))
        waiting = asyncio.ensure_future(keeper.wait(job, stop))
        await blocked(database, 1)
        deciding = asyncio.ensure_future(decide())
        await blocked(database, 2)
    async with asyncio.timeout(20):
        await deciding
        stop.set()
        assert not await waiting


async def blocked(database, count: int) -> None:
    """Wait until that many transactions wait for a lock. SQLite's wait in their own process, for one writer."""
    if database.is_sqlite:
        return await asyncio.sleep(0.1)

    async def is_so() -> bool:
        async with database.reading() as session:
            waiting = await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        return waiting >= count

    await until(is_so)


async def test_two_workers_of_one_server_never_take_what_the_other_uses(database):
    """Many jobs of five pipelines in two places, through both."""
    control = ScriptedControl(*"abcde", takes_s=0.01)
    keepers = [make_keeper(database, control, wait_s=60.0) for _ in range(2)]
    users: dict[str, int] = dict.fromkeys("abcde", 0)
    taken: list[str] = []
    unload = control.unload

    async def watched(pipeline: str) -> None:
        if users[pipeline]:
            taken.append(pipeline)
        await unload(pipeline)

    control.unload = watched
    chance = random.Random(7)

    async def work(keeper: Keeper, rounds: int) -> None:
        for _ in range(rounds):
            model = chance.choice("abcde")
            job = await claimed(database, model)
            assert await keeper.wait(job, asyncio.Event())
            users[model] += 1
            assert model in control.loaded
            await asyncio.sleep(chance.random() * 0.05)
            assert model in control.loaded
            users[model] -= 1
            await finish(database, job)

    async with running(*keepers), asyncio.timeout(120):
        await asyncio.gather(*(work(keeper, 4) for keeper in keepers for _ in range(2)))
    assert taken == []
    assert control.most <= 2
