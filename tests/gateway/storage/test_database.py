"""A PostgreSQL that is restarted under load: whoever only takes a connection meanwhile waits instead of failing."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest
from sqlalchemy import text

from gateway.storage import database as module
from gateway.storage.database import Database, DatabaseUnavailableError
from tests.gateway.databases import crashing_postgres

CALLERS = 12
OPEN = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


@pytest.fixture(scope="module")
def server():
    with crashing_postgres() as server:
        yield server


@pytest.fixture
async def database(server):
    database = Database(server[0])
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE IF NOT EXISTS kept (id serial)"))
        await session.execute(text("TRUNCATE kept"))
    yield database
    await database.aclose()


async def test_nobody_fails_before_his_block_has_begun_and_none_runs_twice(database, server):
    stop, written, lost = asyncio.Event(), [0], [0]

    async def call(is_reader: bool) -> None:
        while not stop.is_set():
            has_begun = False
            try:
                async with database.reading() if is_reader else database.transaction() as session:
                    has_begun = True
                    if is_reader:
                        await session.execute(text("SELECT count(*) FROM kept"))
                    else:
                        await session.execute(text("INSERT INTO kept DEFAULT VALUES"))
                written[0] += not is_reader
            except DatabaseUnavailableError:
                assert has_begun, "it failed although its block had not begun"
                lost[0] += 1
            await asyncio.sleep(0.002)

    callers = [asyncio.ensure_future(call(n % 2 == 0)) for n in range(CALLERS)]
    for _ in range(2):
        await asyncio.sleep(0.5)
        await asyncio.to_thread(server[1])
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.gather(*callers)
    async with database.reading() as session:
        rows = await session.scalar(text("SELECT count(*) FROM kept"))
    assert lost[0] <= 2 * CALLERS, "more failed than can have been within their blocks"
    assert written[0] <= rows <= written[0] + lost[0]
    assert written[0] > 100


async def test_who_comes_while_it_is_away_is_served_when_it_is_back(database, server, monkeypatch):
    restarting = asyncio.ensure_future(asyncio.to_thread(server[1]))
    await asyncio.sleep(0.05)

    async def order() -> None:
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO kept DEFAULT VALUES"))

    await asyncio.gather(*(order() for _ in range(50)))
    await restarting
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM kept")) == 50


async def test_one_that_stays_away_is_not_waited_for_long_and_a_ping_does_not_wait(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_S", 0.5)
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:9/none")
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailableError):
        async with database.transaction():
            pytest.fail("there is no database")
    assert 0.2 < time.monotonic() - began < 3
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailableError):
        await database.ping()
    assert time.monotonic() - began < 1
    await database.aclose()


async def test_there_are_never_more_connections_than_may_be_and_who_gets_none_is_told(server, monkeypatch):
    monkeypatch.setattr(module, "POOL_TIMEOUT_S", 0.5)
    database, done, holding = Database(server[0]), asyncio.Event(), [0]

    async def hold() -> None:
        async with database.reading(patience_s=0.0) as session:
            await session.execute(text("SELECT 1"))
            holding[0] += 1
            await done.wait()

    callers = [asyncio.ensure_future(hold()) for _ in range(module.MAX_CONNECTIONS + 5)]
    refused, _ = await asyncio.wait(callers, timeout=2.0)
    watcher = await asyncpg.connect(database.dsn)
    assert await watcher.fetchval(OPEN) == holding[0] == module.MAX_CONNECTIONS
    assert [type(one.exception()) for one in refused] == [DatabaseUnavailableError] * 5
    done.set()
    await asyncio.wait(callers)
    async with database.reading() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    assert await watcher.fetchval(OPEN) == module.MAX_CONNECTIONS
    await watcher.close()
    await database.aclose()
