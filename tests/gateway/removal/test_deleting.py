"""A deletion and a job that comes while it is at work, held between the unloading and the move of the files."""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
from datetime import timedelta

import pytest

from gateway.audit.service import AuditService
from gateway.kit.clock import SystemClock
from gateway.models.inventory import Inventory
from gateway.removal.service import Kept, RemovalService
from gateway.removal.trash import ConflictError, Trash
from gateway.residency import keeper as keeping
from gateway.residency.keeper import ModelLoadError
from gateway.residency.service import ModelInUseError, ResidencyService
from tests.gateway.installation import install_toy
from tests.gateway.residency.scripted import ScriptedControl
from tests.gateway.residency.test_keeper import claimed, finish, make_keeper, running, until

LOOKS_S = 0.6
"""Many looks of a keeper."""


class Desk:
    """A pipeline, a server that has it loaded, and who deletes it. `gate` holds the move of its files."""

    def __init__(self, database, folder):
        self.database, self.repository = database, folder / "models"
        install_toy(self.repository, "toy")
        self.control = ScriptedControl("toy")
        self.keeper = make_keeper(database, self.control)
        clock = SystemClock()
        self.residency = ResidencyService(database, clock, Inventory(self.repository), 20.0)
        kept = Kept({}, folder / "controlnets", timedelta(days=1))
        self.removal = RemovalService(self.residency, AuditService(database, clock), clock, self.repository, kept)
        self.is_at_the_move, self.gate = threading.Event(), threading.Event()

    async def job(self):
        """A job that waits for the pipeline, as a worker's run does."""
        job = await claimed(self.database, "toy")
        return job, asyncio.ensure_future(self.keeper.wait(job, asyncio.Event()))


@pytest.fixture
async def desk(database, tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "TICK_S", 0.05)
    monkeypatch.setattr(keeping, "POLL_S", 0.05)
    desk = Desk(database, tmp_path)
    move = Trash.delete

    def held(*given):
        desk.is_at_the_move.set()
        assert desk.gate.wait(60)
        return move(*given)

    monkeypatch.setattr(Trash, "delete", held)
    async with running(desk.keeper):
        await until(lambda: desk.control.loaded == {"toy"})
        yield desk
        desk.gate.set()


async def begun(desk):
    """A deletion whose pipeline is unloaded, and whose files are still there."""
    deleting = asyncio.ensure_future(desk.removal.delete("toy", purge=False))
    await until(desk.is_at_the_move.is_set)
    assert desk.control.acts == [("load", "toy"), ("unload", "toy")]
    assert (desk.repository / "toy").is_dir()
    return deleting


async def test_a_job_that_comes_between_unload_and_move_loads_nothing_and_fails(desk):
    deleting = await begun(desk)
    job, waiting = await desk.job()
    await asyncio.sleep(LOOKS_S)
    assert desk.control.acts == [("load", "toy"), ("unload", "toy")]
    assert not waiting.done()
    del desk.control.installed["toy"]  # as its server sees it
    desk.gate.set()
    await deleting
    assert not list(desk.repository.glob("toy*"))
    with pytest.raises(ModelLoadError, match="'toy' was deleted"):
        await asyncio.wait_for(waiting, 10)
    assert desk.control.acts == [("load", "toy"), ("unload", "toy")]
    await finish(desk.database, job)
    # and back: the next job has it loaded
    await desk.removal.restore("toy")
    desk.control.installed["toy"] = "1"
    _, waiting = await desk.job()
    assert await asyncio.wait_for(waiting, 10)
    assert desk.control.loaded == {"toy"}


async def test_a_job_fails_as_well_where_the_server_goes_on_listing_what_went(desk):
    deleting = await begun(desk)
    job = await claimed(desk.database, "toy")
    is_gone = lambda: not (desk.repository / "toy").exists()  # noqa: E731
    waiting = asyncio.ensure_future(desk.keeper.wait(job, asyncio.Event(), is_gone))
    await asyncio.sleep(LOOKS_S)
    assert not waiting.done()
    desk.gate.set()
    await deleting
    with pytest.raises(ModelLoadError, match="'toy' was deleted"):
        await asyncio.wait_for(waiting, 10)


async def test_restored_before_its_server_has_seen_it_go_it_is_loaded_again(desk):
    deleting = await begun(desk)
    desk.gate.set()
    await deleting
    await desk.removal.restore("toy")
    _, waiting = await desk.job()
    assert await asyncio.wait_for(waiting, 10)


async def test_an_administrator_cannot_load_it_meanwhile(desk):
    deleting = await begun(desk)
    with pytest.raises(ModelInUseError, match="is being deleted or changed"):
        await desk.residency.load("toy")
    desk.gate.set()
    await deleting


async def test_a_server_that_comes_meanwhile_does_not_load_it(desk):
    deleting = await begun(desk)
    other = ScriptedControl("toy")
    other.name = "other"
    async with running(make_keeper(desk.database, other)):
        await asyncio.sleep(LOOKS_S)
        assert other.acts == []
        desk.gate.set()
        await deleting


async def test_a_deletion_that_fails_leaves_it_loaded_and_the_job_runs(desk):
    lock = desk.repository.parent / f".{desk.repository.name}.avila" / "lock"
    lock.parent.mkdir(exist_ok=True)
    held = os.open(lock, os.O_CREAT | os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    deleting = await begun(desk)
    _, waiting = await desk.job()
    desk.gate.set()
    with pytest.raises(ConflictError, match="being changed by an installation"):
        await deleting
    assert await asyncio.wait_for(waiting, 10)
    assert desk.control.loaded == {"toy"}
    os.close(held)


async def test_what_cannot_be_unloaded_is_not_deleted(desk):
    async def refuse(pipeline):
        raise keeping.ControlError("Triton keeps it")

    desk.control.unload = refuse
    with pytest.raises(ModelInUseError, match="could not be unloaded on server"):
        await desk.removal.delete("toy", purge=False)
    assert (desk.repository / "toy").is_dir()
    await until(lambda: desk.control.loaded == {"toy"})
