"""What is old enough goes, in bounded rounds; what is not stays. On both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from gateway.auth.subject import Role
from gateway.history.service import HistoryService
from gateway.jobs.status import JobStatus
from gateway.kit.clock import SystemClock
from gateway.kit.ids import earliest_id, new_id
from gateway.personal.service import PersonalService
from gateway.retention.service import Periods, Retention
from gateway.storage.images import DiskImageStore
from gateway.storage.tables import (
    ImageRow,
    JobEventRow,
    JobRow,
    OneTimeTokenRow,
    SessionRow,
    UsageRow,
    WebhookDeliveryRow,
)
from tests.gateway.history.factories import add_pictures
from tests.gateway.jobs.factories import accepted, make_service
from tests.gateway.people import make_user

NOW = datetime.now(UTC)


class At(SystemClock):
    """The present, so many days later."""

    def __init__(self, days: float = 0.0) -> None:
        self.days = days

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=self.days)


@pytest.fixture
def clock():
    return At()


@pytest.fixture
async def retention(database, tmp_path, clock):
    store = DiskImageStore(tmp_path / "images", clock)
    await store.open()
    history = HistoryService(database, store, clock, trash_days=30)
    personal = PersonalService(database, store, make_service(database), clock)
    return Retention(database, history, personal, clock, Periods(events=timedelta(days=7), jobs=timedelta(days=90)))


async def ended_jobs(database, count: int) -> list[JobRow]:
    rows = [
        await accepted(make_service(database), "ann", fields={"seed": seed}, idempotency_key=f"k{seed}")
        for seed in range(count)
    ]
    async with database.transaction() as session:
        ended = {"status": JobStatus.FAILED, "finished_at": datetime.now(UTC)}
        await session.execute(update(JobRow).where(JobRow.id.in_([row.id for row in rows])).values(**ended))
    return rows


async def count(database, table) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table))


async def test_nothing_that_is_young_goes(database, retention):
    await ended_jobs(database, 1)
    await add_pictures(database, "ann", {"prompt": "x"})
    assert await retention.round() == {}


async def test_webhooks_that_ended_go_with_the_events_and_open_ones_stay(database, retention, clock):
    common = {"owner": "ann", "event": "completed", "payload": {}, "log": {}, "attempts": 1, "fence": 1, "next_at": NOW}
    async with database.transaction() as session:
        session.add(WebhookDeliveryRow(id="a", status="delivered", created_at=NOW, finished_at=NOW, **common))
        session.add(WebhookDeliveryRow(id="b", status="failed", created_at=NOW, finished_at=NOW, **common))
        session.add(WebhookDeliveryRow(id="c", status="pending", created_at=NOW, **common))
    clock.days = 6.9
    assert await retention.round() == {}
    clock.days = 7.1
    assert await retention.round() == {"webhooks": 2}
    assert await count(database, WebhookDeliveryRow) == 1


async def test_each_goes_in_its_time(database, retention, clock):
    await ended_jobs(database, 2)
    open_job = await accepted(make_service(database), "ann")
    clock.days = 1.1
    assert await retention.round() == {"idempotency_keys": 2}
    clock.days = 8
    assert await retention.round() == {"events_of_jobs": 2}
    assert await count(database, JobEventRow) == 1
    clock.days = 91
    assert await retention.round() == {"jobs": 2}
    async with database.reading() as session:
        assert (await session.scalars(select(JobRow.id))).all() == [open_job.id]


async def test_pictures_in_the_trash_and_their_files(database, retention, clock, tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.storage.sweep.YOUNG", timedelta(seconds=-5))
    store = DiskImageStore(tmp_path / "images", clock)
    blobs = [await store.put(text) for text in (b"one", b"two")]
    rows = await add_pictures(database, "ann", *({"prompt": "x", "blob": blob} for blob in blobs))
    history = HistoryService(database, store, clock, trash_days=30)
    await history.trash([rows[0].id], "ann")
    clock.days = 29
    assert "pictures" not in await retention.round()
    clock.days = 31
    assert (await retention.round())["pictures"] == 1
    assert [blob async for blob in store.stale(clock.now() + timedelta(days=1))] == blobs[1:]
    assert await count(database, ImageRow) == 1


async def test_a_job_stays_as_long_as_one_of_its_pictures(database, retention, clock):
    row = (await add_pictures(database, "ann", {"prompt": "x"}))[0]
    async with database.transaction() as session:
        ended = {"status": JobStatus.SUCCEEDED, "finished_at": datetime.now(UTC)}
        await session.execute(update(JobRow).where(JobRow.id == row.job_id).values(**ended))
    clock.days = 1000
    await retention.round()
    assert await count(database, ImageRow) == 1


async def test_ended_sign_ins_used_tokens_and_old_counts(database, retention, clock):
    user = await make_user(database, Role.USER)
    moments = {"created_at": NOW, "refreshed_at": NOW, "expires_at": NOW + timedelta(days=300)}
    token = {"purpose": "reset", "created_at": NOW, "expires_at": NOW + timedelta(days=300)}
    async with database.transaction() as session:
        for name, revoked in (("a", NOW), ("b", None)):
            session.add(
                SessionRow(id=name, user_id=user.id, refresh_hash=name, agent="", revoked_at=revoked, **moments)
            )
            session.add(OneTimeTokenRow(id=name, hash=name, used_at=revoked, **token))
        for day in (NOW.date(), date(2020, 1, 1)):
            session.add(UsageRow(who=user.id, day=day.isoformat(), images=1, work=1.0))
    clock.days = 31
    assert await retention.round() == {"sessions": 1, "tokens": 1, "usage_days": 1}


async def test_a_round_is_bounded_and_the_next_goes_on(database, retention, clock, monkeypatch):
    monkeypatch.setattr("gateway.retention.service.BATCH", 1)
    monkeypatch.setattr("gateway.retention.service.BATCHES", 2)
    await add_pictures(database, "ann", {"prompt": "kept"}, {"prompt": "kept too"})
    await ended_jobs(database, 3)
    clock.days = 400
    for _ in range(4):
        removed = await retention.round()
        assert max(removed.values(), default=0) <= 2
    assert await count(database, JobRow) == 2


def test_ids_begin_with_the_time():
    before, after = new_id("job", NOW - timedelta(milliseconds=1)), new_id("job", NOW)
    assert before < earliest_id("job", NOW) <= after
