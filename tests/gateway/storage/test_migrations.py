from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from gateway.storage import migrations
from gateway.storage.database import Database, DatabaseError, sqlite_url
from gateway.storage.tables import Base


@pytest.fixture
async def database(tmp_path):
    database = Database(sqlite_url(tmp_path))
    yield database
    await database.aclose()


async def run(database, function):
    async with database._engine.begin() as connection:
        return await connection.run_sync(function)


def differences(connection):
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, Base.metadata)


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
