from __future__ import annotations

import warnings
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text

from gateway.storage import migrations
from gateway.storage.database import Database, DatabaseError, sqlite_url
from gateway.storage.tables import ApiKey, Base


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request, tmp_path):
    """An empty database of each kind, without a schema."""
    if request.param == "sqlite":
        database = Database(sqlite_url(tmp_path))
        yield database
        await database.aclose()
        return
    postgres = request.getfixturevalue("postgres")
    await postgres.run("CREATE DATABASE migrations")
    database = Database(postgres.url("migrations"))
    yield database
    await database.aclose()
    await postgres.drop("migrations")


async def run(database, function):
    async with database._engine.begin() as connection:
        return await connection.run_sync(function)


def is_declared(thing, name, kind, reflected, compare_to) -> bool:
    """The word indices are not: SQLite's is a virtual table with tables of its own, PostgreSQL's an expression."""
    return not (kind == "table" and name.startswith("image_words")) and name != "ix_images_words"


def differences(connection):
    options = {"compare_type": True, "include_object": is_declared}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PostgreSQL's word index is an expression, which Alembic cannot compare
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)


class TestUpgrade:
    async def test_it_leads_to_the_declared_tables(self, database):
        await database.open()
        assert await run(database, differences) == []

    async def test_a_second_start_changes_nothing(self, database):
        await database.open()
        await database.open()

    async def test_a_newer_database_is_refused_with_what_to_do(self, database):
        await database.open()
        await run(database, lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
        with pytest.raises(DatabaseError, match="start the version that made it"):
            await database.open()


class TestDowngrade:
    async def test_all_the_way_down_leaves_nothing_and_up_again_works(self, database):
        await database.open()
        await run(database, lambda c: migrations.downgrade(c, "base"))
        assert await run(database, lambda c: set(inspect(c).get_table_names())) == {"alembic_version"}
        await database.open()
        assert await run(database, differences) == []

    @pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004", "0005", "0006", "0007"])
    async def test_one_step_down_and_up_keeps_what_was_there(self, database, revision):
        await database.open()
        key = {
            "id": "key_1",
            "name": "k",
            "prefix": "av_1",
            "hash": "h",
            "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
        values = {"scopes": "generate read", "policy": {}, **key}
        await run(database, lambda c: c.execute(insert(ApiKey).values(values)))
        await run(database, lambda c: migrations.downgrade(c, revision))
        await database.open()
        assert await run(database, differences) == []
        found = await run(database, lambda c: c.execute(select(ApiKey.name, ApiKey.scopes, ApiKey.created_at)).one())
        assert tuple(found) == ("k", "generate read", key["created_at"])
