from __future__ import annotations

import asyncio

import pytest

from gateway.errors import DeadlineUnmeetableError, InvalidRequestError, NotFoundError, OverloadedError
from gateway.jobs.acceptance import IdempotencyConflictError
from gateway.jobs.records import JobEvent
from gateway.jobs.status import JobStatus
from tests.gateway.jobs.factories import accepted, claim, make_order, make_service, on_claim


@pytest.fixture
def service(database):
    return make_service(database, max_waiting=30)


class TestAccept:
    async def test_an_accepted_job_is_in_the_database(self, database, service):
        job = await accepted(service, fields={"seed": 7})
        view = await make_service(database).get(job.id, "ann")
        assert (view.row.status, view.row.input["seed"], view.row.model) == ("queued", 7, "toy")
        assert view.row.work == pytest.approx(64 * 64 * 4 / 1e6)

    async def test_a_full_queue_refuses_and_says_when_to_come_back(self, service):
        for _ in range(30):
            await accepted(service)
        with pytest.raises(OverloadedError) as caught:
            await accepted(service)
        assert caught.value.headers["retry-after"] == "10"

    async def test_the_same_idempotency_key_is_the_same_job_even_at_once(self, service):
        orders = [make_order(idempotency_key="k", body_hash="h") for _ in range(15)]
        results = await asyncio.gather(*(service.accept(order) for order in orders))
        assert len({job.id for job, _ in results}) == 1
        assert sum(is_new for _, is_new in results) == 1
        assert len((await service.list("ann", (), None, 10)).jobs) == 1

    async def test_the_key_of_another_order_is_a_conflict(self, service):
        await accepted(service, idempotency_key="k", body_hash="h")
        with pytest.raises(IdempotencyConflictError):
            await accepted(service, idempotency_key="k", body_hash="other")

    async def test_owners_do_not_share_keys(self, service):
        first = await accepted(service, "ann", idempotency_key="k", body_hash="h")
        second = await accepted(service, "bob", idempotency_key="k", body_hash="other")
        assert first.id != second.id


class TestGet:
    async def test_somebody_elses_job_is_as_absent_as_none(self, service):
        job = await accepted(service, "ann")
        messages = set()
        for job_id in (job.id, "job_none"):
            with pytest.raises(NotFoundError) as caught:
                await service.get(job_id, "bob")
            messages.add(caught.value.message.replace(job_id, ""))
        assert len(messages) == 1

    async def test_the_position_counts_those_before_it(self, service):
        jobs = [await accepted(service, "ann") for _ in range(3)]
        high = await accepted(service, "bob", priority=1)
        positions = [(await service.get(job.id, None)).queue_position for job in (high, *jobs)]
        assert positions == [0, 1, 2, 3]

    async def test_the_eta_follows_from_measured_speed(self, database, service):
        first, second = await accepted(service), await accepted(service)
        assert (await service.get(first.id, None)).eta_s is None
        job = await claim(database)
        await asyncio.sleep(0.2)
        await on_claim(database, "finish", job, JobStatus.SUCCEEDED)
        service = make_service(database)
        third = await accepted(service)
        etas = [(await service.get(row.id, None)).eta_s for row in (second, third)]
        assert etas[0] >= 0.19
        assert etas[1] == pytest.approx(2 * etas[0], rel=0.01)

    async def test_what_the_engine_foresees_of_what_runs_comes_before_what_waits(self, database, service):
        await accepted(service)
        job = await claim(database)
        await asyncio.sleep(0.2)
        await on_claim(database, "finish", job, JobStatus.SUCCEEDED)
        running, waiting = await accepted(service), await accepted(service)
        await claim(database)
        alone = (await service.get(waiting.id, None)).eta_s
        service.hear(JobEvent(running.id, "ann", 2000, "processing", {"eta_seconds": 30.0}))
        assert 29.0 < (await service.get(waiting.id, None)).eta_s - alone / 2 < 31.0
        assert 29.0 < (await service.get(running.id, None)).eta_s <= 30.0
        service.hear(JobEvent(running.id, "ann", 2001, "failed", {}))
        assert (await service.get(waiting.id, None)).eta_s == pytest.approx(alone)


class TestDeadline:
    async def slow(self, database, service) -> None:
        """Jobs take 0.2 s, and two wait."""
        await accepted(service)
        job = await claim(database)
        await asyncio.sleep(0.2)
        await on_claim(database, "finish", job, JobStatus.SUCCEEDED)
        for _ in range(2):
            await accepted(service)

    async def test_one_that_would_pass_while_it_waits_is_refused_and_leaves_nothing(self, database, service):
        await self.slow(database, service)
        with pytest.raises(DeadlineUnmeetableError, match="2 jobs wait before it") as caught:
            await accepted(service, fields={"deadline_s": 0.1})
        assert (caught.value.status, caught.value.headers["retry-after"]) == (429, "1")
        assert len((await service.list("ann", ("queued",), None, 10)).jobs) == 2

    async def test_one_that_leaves_time_is_taken(self, database, service):
        await self.slow(database, service)
        assert (await accepted(service, fields={"deadline_s": 60.0})).status == "queued"

    async def test_where_nobody_waits_the_engine_judges(self, service):
        assert (await accepted(service, fields={"deadline_s": 0.01})).status == "queued"


class TestList:
    async def test_pages_join_without_gap_or_repetition(self, service):
        jobs = [await accepted(service) for _ in range(7)]
        seen, cursor = [], None
        while True:
            page = await service.list("ann", (), cursor, 3)
            seen += [view.row.id for view in page.jobs]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == [job.id for job in reversed(jobs)]

    async def test_by_status_and_by_owner(self, database, service):
        await accepted(service, "ann")
        await accepted(service, "bob")
        job = await claim(database)
        assert [view.row.id for view in (await service.list(None, ["starting"], None, 9)).jobs] == [job.id]
        assert len((await service.list("ann", (), None, 9)).jobs) == 1


class TestCancel:
    async def test_a_waiting_job_ends_at_once(self, database, service):
        job = await accepted(service)
        view = await service.cancel(job.id, "ann")
        assert view.row.status == "canceled"
        assert view.row.finished_at is not None
        assert await claim(database) is None
        assert [event.type for event in await service.stored(job.id, "ann", 0)] == ["queued", "canceled"]

    async def test_a_running_one_is_marked_and_its_worker_hears_of_it(self, database, service):
        job = await accepted(service)
        claimed = await claim(database)
        view = await service.cancel(job.id, "ann")
        assert view.row.status == "starting"
        assert await on_claim(database, "hold", claimed, 30.0, 0.1) is True

    async def test_an_ended_one_stays_as_it_is(self, database, service):
        job = await accepted(service)
        await on_claim(database, "finish", await claim(database), JobStatus.SUCCEEDED)
        assert (await service.cancel(job.id, "ann")).row.status == "succeeded"

    async def test_somebody_else_cannot(self, service):
        job = await accepted(service, "ann")
        with pytest.raises(NotFoundError):
            await service.cancel(job.id, "bob")


class TestDelete:
    async def test_only_an_ended_job(self, service):
        job = await accepted(service)
        with pytest.raises(InvalidRequestError, match="cancel it"):
            await service.delete(job.id, "ann")
        await service.cancel(job.id, "ann")
        await service.delete(job.id, "ann")
        with pytest.raises(NotFoundError):
            await service.get(job.id, "ann")
