"""Errands between a gateway and an installer that share nothing but the database."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from gateway.audit.origin import Origin, act_for, origin
from gateway.errands import runner, service
from gateway.errands.repository import ErrandRepository
from gateway.errands.runner import ErrandRunner
from gateway.errands.service import HereErrands, SentErrands
from gateway.errors import ModelNotFoundError, OverloadedError, UnavailableError
from gateway.ground import background
from gateway.kit.clock import SystemClock
from gateway.storage.database import Database
from gateway.storage.tables import ErrandRow

CLOCK = SystemClock()


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(service, "POLL_S", 0.02)
    monkeypatch.setattr(runner, "POLL_S", 0.02)


@pytest.fixture
def errands(database):
    return SentErrands(database, CLOCK)


@contextlib.asynccontextmanager
async def installer(database_url, **acts):
    """Who does these acts, over a connection of his own."""
    database = Database(database_url)
    async with background(ErrandRunner(database, CLOCK, acts).run()):
        yield
    await database.aclose()


async def rows(database):
    from sqlalchemy import func, select

    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(ErrandRow))


async def test_the_answer_comes_back_and_nothing_is_left(errands, database, database_url):
    async def double(number, words):
        return {"number": 2 * number, "words": words}

    async with installer(database_url, double=double):
        assert await errands.ask("double", number=21, words=["é", None]) == {"number": 42, "words": ["é", None]}
    assert await rows(database) == 0


async def test_an_error_comes_back_as_it_was(errands, database_url):
    async def missing(name):
        raise ModelNotFoundError(name, ["toy"])

    async def full():
        raise OverloadedError("too much", 7.0)

    here = HereErrands({"missing": missing, "full": full})
    async with installer(database_url, missing=missing, full=full):
        for asked in (("missing", {"name": "tay"}), ("full", {})):
            found = []
            for way in (here, errands):
                with pytest.raises(Exception) as caught:  # noqa: PT011 - compared below
                    await way.ask(asked[0], **asked[1])
                error = caught.value
                found.append((error.status, error.code, error.message, error.field, error.headers))
            assert found[0] == found[1]


async def test_a_fault_of_the_installer_tells_nothing_of_itself(errands, database_url):
    async def broken():
        raise ZeroDivisionError("secret")

    async with installer(database_url, broken=broken):
        with pytest.raises(Exception, match="its log has the details") as caught:
            await errands.ask("broken")
    assert (caught.value.status, caught.value.code) == (500, "internal")


@pytest.mark.parametrize(
    ("action", "given"), [("burnish", {"name": "toy"}), ("polish", {"name": "toy", "wax": "new"}), ("polish", {})]
)
async def test_an_installer_of_another_version_says_so(errands, database_url, action, given):
    async def polish(name):
        raise AssertionError(name)

    async with installer(database_url, polish=polish):
        with pytest.raises(Exception, match=f"another version.*'{action}'.*run the same version") as caught:
            await errands.ask(action, **given)
    assert (caught.value.status, caught.value.code) == (503, "unavailable")
    assert caught.value.headers["retry-after"] == "60"


async def test_where_no_installer_is_it_is_said_and_not_done_later(errands, database, database_url, monkeypatch):
    monkeypatch.setattr(service, "BEGIN_S", 0.3)
    done = []

    async def act():
        done.append(1)

    with pytest.raises(UnavailableError, match="no installer is running"):
        await errands.ask("act")
    assert await rows(database) == 0
    async with database.transaction() as session:  # of a gateway that died while it waited
        row = ErrandRow(id="err_1", action="act", given={}, origin={})
        await ErrandRepository(session, CLOCK.now()).add(row, 0.1)
    await asyncio.sleep(0.2)
    async with installer(database_url, act=act):
        await asyncio.sleep(0.3)
    assert done == []


async def test_what_nobody_waits_for_any_more_is_not_begun(errands, database, database_url):
    done = []

    async def act():
        done.append(1)

    asking = asyncio.ensure_future(errands.ask("act"))
    async with asyncio.timeout(10):
        while not await rows(database):
            await asyncio.sleep(0.02)
    asking.cancel()
    await asyncio.wait([asking])
    async with installer(database_url, act=act):
        await asyncio.sleep(0.3)
    assert done == []


async def test_an_act_may_take_longer_than_its_lease(errands, database_url, monkeypatch):
    monkeypatch.setattr(runner, "LEASE_S", 0.6)

    async def long():
        await asyncio.sleep(2)
        return "done"

    async with installer(database_url, long=long):
        assert await errands.ask("long") == "done"


async def test_whoever_asked_a_lost_installer_is_told_and_it_is_not_done_twice(errands, database_url, monkeypatch):
    monkeypatch.setattr(runner, "LEASE_S", 0.5)
    monkeypatch.setattr(runner, "GRACE_S", 0.0)
    begun = []

    async def never():
        begun.append(1)
        await asyncio.Event().wait()

    async with installer(database_url, never=never):
        asking = asyncio.ensure_future(errands.ask("never"))
        async with asyncio.timeout(10):
            while not begun:
                await asyncio.sleep(0.02)
    async with installer(database_url, never=never):
        with pytest.raises(UnavailableError, match="the installer was lost"):
            await asyncio.wait_for(asking, 10)
    assert begun == [1]


async def test_a_stopped_installer_ends_what_it_is_at(errands, database_url):
    has_begun = asyncio.Event()

    async def short():
        has_begun.set()
        await asyncio.sleep(0.5)
        return "done"

    async with installer(database_url, short=short):
        asking = asyncio.ensure_future(errands.ask("short"))
        await asyncio.wait_for(has_begun.wait(), 10)
    assert await asyncio.wait_for(asking, 10) == "done"


async def test_two_installers_do_each_errand_once_and_several_at_a_time(errands, database_url):
    done, at_work = [], [0, 0]

    async def act(number):
        at_work[0] += 1
        at_work[1] = max(at_work)
        await asyncio.sleep(0.1)
        at_work[0] -= 1
        done.append(number)
        return number

    async with installer(database_url, act=act), installer(database_url, act=act):
        answers = await asyncio.gather(*(errands.ask("act", number=number) for number in range(20)))
    assert answers == list(range(20))
    assert sorted(done) == answers
    assert at_work[1] > 1


async def test_it_is_done_in_the_name_of_who_asked(errands, database_url):
    async def who():
        return [origin().actor, origin().key_id, origin().address, origin().request_id]

    asker = Origin("usr_1", "key_1", "192.0.2.1", "req_1")

    async def ask():
        act_for(asker)
        return await errands.ask("who")

    async with installer(database_url, who=who):
        assert await asyncio.create_task(ask()) == ["usr_1", "key_1", "192.0.2.1", "req_1"]
        assert await asyncio.create_task(errands.ask("who")) == ["system", None, None, None]


async def test_rows_of_gateways_that_died_are_removed(database, database_url):
    async with database.transaction() as session:
        for name, within_s in (("err_old", -2 * runner.KEPT_S), ("err_new", -1.0)):
            row = ErrandRow(id=name, action="act", given={}, origin={})
            await ErrandRepository(session, CLOCK.now()).add(row, within_s)
    async with installer(database_url):
        async with asyncio.timeout(10):
            while await rows(database) != 1:
                await asyncio.sleep(0.02)
