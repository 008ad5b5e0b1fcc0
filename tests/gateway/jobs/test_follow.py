"""Following a job while the database is restarted."""

from __future__ import annotations

import asyncio

import pytest

from gateway.jobs import follow as following
from gateway.jobs.hub import Hub
from gateway.jobs.records import EVENTS_PER_CLAIM, JobEvent
from gateway.storage.database import DatabaseUnavailableError
from gateway.storage.event_rows import add_events
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


@pytest.fixture
def reads(monkeypatch):
    """Each time that the table was asked."""
    read, reads = following._stored, []

    async def counted(*args):
        reads.append(args)
        return await read(*args)

    monkeypatch.setattr(following, "_stored", counted)
    return reads


async def test_what_is_heard_in_order_is_believed_and_a_gap_is_read(database, reads):
    job = await accepted(make_service(database))
    hub = Hub()
    events = following.follow(database, hub, job.id, job.owner, -1)
    assert (await anext(events)).type == "queued"
    first = EVENTS_PER_CLAIM

    async def heard(number: int, kind: str) -> JobEvent:
        hub.publish(JobEvent(job.id, job.owner, number, kind, {}))
        return await anext(events)

    assert (await heard(first, "starting")).id == first
    assert (await heard(first + 1, "progress")).type == "progress"
    assert (await heard(first + 2, "processing")).id == first + 2
    assert len(reads) == 1
    async with database.transaction() as session:  # what was missed is in the table
        missed = [(job.id, first + 4, "image", {}), (job.id, first + 5, "succeeded", {})]
        await add_events(session, missed, job.created_at)
    assert (await heard(first + 5, "succeeded")).type == "image"
    assert len(reads) == 2
    assert [event.type async for event in events] == ["succeeded"]


async def test_a_passing_event_after_a_gap_waits_for_what_is_stored_before_it(database, reads):
    """The news of a stored event may be lost, as while the database is restarted; the next that is heard is passing."""
    job = await accepted(make_service(database))
    hub = Hub()
    events = following.follow(database, hub, job.id, job.owner, -1)
    assert (await anext(events)).type == "queued"
    first = EVENTS_PER_CLAIM
    async with database.transaction() as session:
        told = [(job.id, first, "starting", {}), (job.id, first + 1, "processing", {})]
        await add_events(session, told, job.created_at)
    for number in (3, 4, 2, 5):  # 2 comes too late: it would be a step back
        hub.publish(JobEvent(job.id, job.owner, first + number, "progress", {}))
    found = [(await anext(events)).id - first for _ in range(5)]
    assert found == [0, 1, 3, 4, 5]
    assert len(reads) == 3  # at the beginning, at the gap, and at what came too late
    await events.aclose()


async def test_who_has_just_accepted_a_job_reads_nothing_unless_something_was_lost(database, monkeypatch, reads):
    service = make_service(database)
    job = await accepted(service)
    monkeypatch.setattr(following, "SAFETY_S", 0.2)
    ending = asyncio.ensure_future(service.ended(job))
    await asyncio.sleep(0)
    for number, kind in enumerate(("starting", "processing", "succeeded")):
        service.hear(JobEvent(job.id, job.owner, EVENTS_PER_CLAIM + number, kind, {}))
    await asyncio.wait_for(ending, 1)
    assert reads == []
    ending = asyncio.ensure_future(service.ended(job))
    await asyncio.sleep(0)
    await service.cancel(job.id, job.owner)  # told to nobody: the service hears of no wake-up here
    await asyncio.wait_for(ending, 2)
    assert len(reads) == 1
