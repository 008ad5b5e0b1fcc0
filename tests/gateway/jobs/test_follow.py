"""Following a job while the database is restarted."""

from __future__ import annotations

import pytest

from gateway.jobs import follow as following
from gateway.jobs.hub import Hub
from gateway.storage.database import DatabaseUnavailableError
from tests.gateway.jobs.factories import accepted, make_service


async def test_a_reader_does_not_hear_of_a_database_that_comes_back(database, monkeypatch):
    job = await accepted(make_service(database))
    read, failures = following._stored, []

    async def away_twice(*args):
        if len(failures) < 2:
            failures.append(1)
            raise DatabaseUnavailableError("restarting")
        return await read(*args)

    monkeypatch.setattr(following, "_stored", away_twice)
    monkeypatch.setattr(following, "DATABASE_RETRY_S", 0.01)
    events = following.follow(database, Hub(), job.id, job.owner, -1)
    assert (await anext(events)).type == "queued"
    await events.aclose()
    failures.clear()
    monkeypatch.setattr(following, "DATABASE_PATIENCE_S", 0.0)
    with pytest.raises(DatabaseUnavailableError):
        await anext(following.follow(database, Hub(), job.id, job.owner, -1))
