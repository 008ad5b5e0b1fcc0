"""SQLite's thread is visited once for a statement, and what a caller leaves behind is rolled back."""

from __future__ import annotations

import asyncio

import aiosqlite
import pytest
from sqlalchemy import text

from gateway.storage.database import Database, sqlite_url


@pytest.fixture
async def database(tmp_path):
    database = Database(sqlite_url(tmp_path))
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE kept (id integer PRIMARY KEY, word text)"))
    yield database
    await database.aclose()


@pytest.fixture
def visits(monkeypatch):
    """Every visit to a connection's thread."""
    found, execute = [], aiosqlite.Connection._execute

    async def counted(self, work, *args, **options):
        found.append(work)
        return await execute(self, work, *args, **options)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return found


async def count(database):
    async with database.reading() as session:
        return await session.scalar(text("SELECT count(*) FROM kept"))


async def test_a_reading_is_one_visit_and_a_transaction_one_for_each_statement_and_its_end(database, visits):
    await count(database)  # its connection is made
    visits.clear()
    assert await count(database) == 0
    assert len(visits) == 1
    visits.clear()
    async with database.transaction() as session:
        added = await session.execute(text("INSERT INTO kept (word) VALUES ('a') RETURNING id"))
        assert added.all() == [(1,)]
        many = await session.execute(text("INSERT INTO kept (word) VALUES (:word)"), [{"word": "b"}, {"word": "c"}])
        assert many.rowcount == 2
    assert len(visits) == 3
    visits.clear()
    async with database.transaction():
        pass
    assert visits == []
    assert await count(database) == 3


async def test_what_is_raised_leaves_nothing_behind(database):
    async def fail():
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO kept (word) VALUES ('a')"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await count(database) == 0


@pytest.mark.parametrize("turns", range(6))
async def test_whoever_gives_up_while_his_statement_runs_holds_nobody_up(database, turns):
    async def write():
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO kept (word) VALUES ('lost')"))
            await asyncio.sleep(10)

    writing = asyncio.ensure_future(write())
    for _ in range(turns):
        await asyncio.sleep(0)
    writing.cancel()
    await asyncio.wait((writing,))
    async with asyncio.timeout(5), database.transaction() as session:
        await session.execute(text("INSERT INTO kept (word) VALUES ('kept')"))
    async with database.reading() as session:
        assert (await session.scalars(text("SELECT word FROM kept"))).all() == ["kept"]


async def test_closing_closes_what_is_still_lent_too(tmp_path):
    database = Database(sqlite_url(tmp_path))
    async with database.reading() as session:
        connection = await session.connection()
        driver = (await connection.get_raw_connection()).driver_connection
        await database.aclose()
        assert driver._connection is None


async def test_a_reading_writes_nothing_of_what_it_holds(database):
    async with database.reading() as session:
        assert session.sync_session.autoflush is False
