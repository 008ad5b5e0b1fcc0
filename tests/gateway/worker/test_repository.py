"""The queue itself, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest

from gateway.auth.subject import KeyPolicy, Subject
from gateway.jobs.status import JobStatus
from gateway.storage.database import Database
from gateway.worker.repository import ClaimRepository, LeaseLostError
from tests.gateway.jobs.factories import accepted, claim, make_service, on_claim


class TestClaim:
    async def test_the_oldest_comes_first(self, database):
        service = make_service(database)
        jobs = [await accepted(service) for _ in range(3)]
        claimed = [await claim(database) for _ in range(4)]
        assert [job and job.id for job in claimed] == [*(job.id for job in jobs), None]
        assert {(job.status, job.fence, job.attempts) for job in claimed if job} == {("starting", 1, 1)}

    async def test_a_claim_tells_whether_others_waited(self, database):
        service = make_service(database)
        for _ in range(3):
            await accepted(service)
        told = []
        for _ in range(3):
            async with database.transaction() as session:
                claims = ClaimRepository(session, datetime.now(UTC))
                await claims.claim("w", 30.0)
                told.append(claims.have_others_waited)
        assert told == [True, True, False]

    async def test_a_higher_priority_overtakes(self, database):
        service = make_service(database)
        low, normal, high = [await accepted(service, priority=priority) for priority in (-1, 0, 2)]
        assert [(await claim(database)).id for _ in range(3)] == [high.id, normal.id, low.id]

    async def test_owners_alternate_however_many_jobs_one_has(self, database):
        service = make_service(database)
        for _ in range(50):
            await accepted(service, "burst")
        for _ in range(5):
            await claim(database)
        await accepted(service, "single")
        owners = [(await claim(database)).owner for _ in range(4)]
        assert "single" in owners[:2]

    async def test_three_owners_get_equal_shares(self, database):
        service = make_service(database)
        for owner, jobs in (("a", 12), ("b", 6), ("c", 6)):
            for _ in range(jobs):
                await accepted(service, owner)
        shares = Counter([(await claim(database)).owner for _ in range(18)])
        assert shares == {"a": 6, "b": 6, "c": 6}

    async def test_nobody_gets_a_job_twice(self, database_url):
        databases = [Database(database_url) for _ in range(3)]
        if databases[0].is_sqlite:
            databases = databases[:1]
        service = make_service(databases[0])
        await asyncio.gather(*(accepted(service, f"o{i % 5}") for i in range(120)))

        async def take_all(database):
            taken = []
            while (job := await claim(database)) is not None:
                taken.append(job.id)
            return taken

        taken = [i for part in await asyncio.gather(*(take_all(db) for db in databases * 3)) for i in part]
        # a claim may find every row it could take locked by others and see an empty queue: look once more
        taken += await take_all(databases[0])
        assert len(taken) == len(set(taken)) == 120
        for database in databases:
            await database.aclose()

    async def test_a_paused_queue_gives_nothing(self, database):
        service = make_service(database)
        await accepted(service)
        await service.set_paused(True)
        assert await claim(database) is None
        await service.set_paused(False)
        assert await claim(database) is not None

    async def test_a_job_that_is_not_due_waits(self, database):
        await accepted(make_service(database))
        job = await claim(database)
        await on_claim(database, "hand_back", job, 0.3, counts=False)
        assert await claim(database) is None
        await asyncio.sleep(0.35)
        assert (await claim(database)).id == job.id

    async def test_an_owner_runs_no_more_than_he_may(self, database_url):
        database = Database(database_url)
        service = make_service(database)
        ann = Subject(owner="ann", policy=KeyPolicy(max_parallel=3))
        for _ in range(12):
            await accepted(service, ann)
        await accepted(service, "bob")
        taken = [job for job in await asyncio.gather(*(claim(database) for _ in range(20))) if job]
        taken += [job for job in [await claim(database) for _ in range(4)] if job]
        assert Counter(job.owner for job in taken) == {"ann": 3, "bob": 1}
        await on_claim(database, "finish", next(job for job in taken if job.owner == "ann"), JobStatus.SUCCEEDED)
        assert (await claim(database)).owner == "ann"
        assert await claim(database) is None
        await database.aclose()


class TestFence:
    @pytest.fixture
    async def two_claims(self, database):
        """The same job, claimed by a worker that then lost its lease, and by the one that took over."""
        await accepted(make_service(database))
        first = await claim(database, "first", lease_s=0.05)
        await asyncio.sleep(0.1)
        (lost,) = await on_claim(database, "take_over")
        assert lost.id == first.id
        second = await claim(database, "second")
        return first, second

    @pytest.mark.parametrize(
        ("method", "args", "more"),
        [
            ("hold", (30.0, 0.5), {}),
            ("set_processing", (), {}),
            ("finish", (JobStatus.SUCCEEDED,), {}),
            ("finish", (JobStatus.FAILED, {"code": "x"}), {}),
            ("hand_back", (0.0,), {"counts": True}),
        ],
    )
    async def test_a_worker_that_lost_its_lease_writes_nothing(self, database, two_claims, method, args, more):
        first, second = two_claims
        with pytest.raises(LeaseLostError):
            await on_claim(database, method, first, *args, **more)
        row = (await make_service(database).get(second.id, "ann")).row
        assert (row.status, row.fence, row.lease_owner) == ("starting", 2, "second")
        await on_claim(database, method, second, *args, **more)

    async def test_a_held_lease_is_not_taken_over(self, database):
        await accepted(make_service(database))
        job = await claim(database, lease_s=0.2)
        for _ in range(4):
            await asyncio.sleep(0.1)
            assert await on_claim(database, "hold", job, 0.2, 0.5) is False
            assert await on_claim(database, "take_over") == []

    async def test_an_ended_job_can_be_ended_by_nobody_again(self, database):
        await accepted(make_service(database))
        job = await claim(database)
        await on_claim(database, "finish", job, JobStatus.SUCCEEDED)
        with pytest.raises(LeaseLostError):
            await on_claim(database, "finish", job, JobStatus.FAILED, {"code": "x"})


class TestTakeOver:
    async def lose(self, database):
        job = await claim(database, lease_s=0.02)
        await asyncio.sleep(0.05)
        return job

    async def test_after_its_last_attempt_a_lost_job_fails_and_does_not_loop(self, database):
        await accepted(make_service(database, max_attempts=2))
        for expected in ("queued", "failed"):
            await self.lose(database)
            (row,) = await on_claim(database, "take_over")
            assert row.status == expected
        assert row.error["code"] == "worker_lost"
        assert row.finished_at is not None
        assert await claim(database) is None

    async def test_a_lost_job_that_was_to_be_cancelled_is_cancelled(self, database):
        service = make_service(database)
        await accepted(service)
        job = await self.lose(database)
        await service.cancel(job.id, "ann")
        (row,) = await on_claim(database, "take_over")
        assert row.status == "canceled"
