"""On both databases: the sums, the days, and that a drained model's jobs wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from gateway.admin.repository import AdminRepository
from gateway.auth.subject import Role, Subject
from gateway.jobs.status import JobStatus
from gateway.storage.tables import JobRow
from tests.gateway.jobs.factories import accepted, claim, make_service
from tests.gateway.people import make_user

pytestmark = pytest.mark.usefixtures("database")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def finished(database, owner, *, at, seconds=2.0, images=1, seed=1):
    fields = {"num_images": images, "seed": seed}
    job = await accepted(make_service(database), owner, fields=fields)
    values = {"status": JobStatus.SUCCEEDED, "started_at": at - timedelta(seconds=seconds), "finished_at": at}
    async with database.transaction() as session:
        await session.execute(update(JobRow).where(JobRow.id == job.id).values(**values))


async def test_sums_and_days(database):
    ann = await make_user(database, name="ann")
    subject = Subject(owner=ann.id, user_id=ann.id, role=Role.ADMIN)
    await finished(database, subject, at=NOON, images=3, seconds=2)
    await finished(database, subject, at=NOON + timedelta(days=1), seconds=4, seed=2)
    await finished(database, "bob", at=NOON, images=2, seconds=6, seed=3)
    await accepted(make_service(database), "bob", fields={"seed": 9})  # waits
    since, until = NOON - timedelta(days=1), NOON + timedelta(days=5)
    async with database.reading() as session:
        admin = AdminRepository(session)
        (all_of,) = await admin.tallies(since, until)
        by_user = await admin.tallies(since, until, "user")
        days = await admin.days(since, until)
        by_model = await admin.days(since, until, "model")
        (none,) = await admin.tallies(until, until + timedelta(days=1))
        states, _ = await admin.standing()
    assert (all_of.jobs, all_of.images) == (3, 6)
    assert all_of.mean_s == pytest.approx(4.0, abs=0.01)
    assert [(tally.label or tally.name, tally.images) for tally in by_user] == [("ann@example.org", 4), ("bob", 2)]
    assert [(day, tally.images) for day, tally in days] == [("2026-03-01", 5), ("2026-03-02", 1)]
    assert {tally.name for _, tally in by_model} == {"toy"}
    assert (none.jobs, none.images, none.mean_s) == (0, 0, None)
    assert states == {"queued": 1}


async def test_a_drained_models_jobs_wait_until_it_is_let_go(database):
    job = await accepted(make_service(database))
    async with database.transaction() as session:
        await AdminRepository(session).drain("toy", NOON)
        await AdminRepository(session).drain("toy", NOON)
    assert await claim(database) is None
    async with database.transaction() as session:
        assert await AdminRepository(session).drained() == {"toy": NOON}
        await AdminRepository(session).undrain("toy")
    assert (await claim(database)).id == job.id
