"""Jobs of pipelines that are not loaded, through a real worker."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from sqlalchemy import update

from gateway.kit.clock import SystemClock
from gateway.residency import keeper as keeping
from gateway.residency.keeper import Keeper, Limits
from gateway.storage.tables import JobRow
from gateway.worker.service import Worker
from tests.fakes.toy_pipeline import toy_spec
from tests.gateway.jobs.factories import accepted
from tests.gateway.residency.scripted import ScriptedControl
from tests.gateway.worker.test_service import Bench, started

MODELS = ("toy", "slow", "broken")


@pytest.fixture
async def bench(database, tmp_path, monkeypatch):
    """A worker that runs two jobs at once, on a server with room for all; nothing is loaded yet."""
    monkeypatch.setattr(keeping, "TICK_S", 0.05)
    monkeypatch.setattr(keeping, "POLL_S", 0.05)
    bench = Bench(database, tmp_path / "images")
    bench.backend.specs = {name: toy_spec(name) for name in MODELS}
    bench.control = ScriptedControl(*MODELS)
    bench.control.broken["broken"] = "no memory"
    limits = Limits(3, 20.0)
    bench.keeper = Keeper(database, bench.control, SystemClock(), bench.tools.metrics, limits)
    bench.worker = Worker(dataclasses.replace(bench.tools, keeper=bench.keeper), concurrency=2)
    bench.database = database
    async with started(bench):
        yield bench


async def a_job(bench, model):
    """A job of a model, made of one of the toy's that cannot have been claimed yet."""
    await bench.service.set_paused(True)
    job = await accepted(bench.service)
    async with bench.database.transaction() as session:
        await session.execute(update(JobRow).where(JobRow.id == job.id).values(model=model))
    return job


async def test_many_of_one_that_is_being_loaded_are_in_nobodys_way(bench):
    async with asyncio.timeout(20):
        while bench.control.loaded != {"toy", "slow"}:
            await asyncio.sleep(0.02)
    bench.control.takes_s = 3600.0
    bench.control.loaded.discard("slow")
    bench.keeper.poke()
    async with asyncio.timeout(20):
        while "slow" not in bench.control.changing:
            await asyncio.sleep(0.02)
    slow = [await a_job(bench, "slow") for _ in range(4)]
    quick = await a_job(bench, "toy")
    await bench.service.set_paused(False)
    assert (await bench.ended(quick)).status == "succeeded"
    states = [(await bench.view(job)).row.status for job in slow]
    assert sorted(states) == ["queued", "queued", "queued", "starting"]


async def test_one_that_waits_says_so_and_runs_when_its_pipeline_is_there(bench):
    bench.control.takes_s = 0.3
    job = await a_job(bench, "slow")
    await bench.service.set_paused(False)
    assert (await bench.ended(job)).status == "succeeded"
    assert (await bench.view(job)).row.held_on == "server"


async def test_why_its_pipeline_could_not_be_loaded_is_its_error(bench):
    job = await a_job(bench, "broken")
    await bench.service.set_paused(False)
    error = (await bench.ended(job)).error
    assert error["code"] == "model_load_failed"
    assert error["message"] == "the model 'broken' could not be loaded: no memory"
