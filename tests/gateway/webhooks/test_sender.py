"""From what happens to a job to a receiver that hears of it, on both databases."""

from __future__ import annotations

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from diffusion.errors import NotFiniteError
from diffusion.events import Queued, Started, StepDone
from gateway.storage.tables import AuditRow, WebhookDeliveryRow, WebhookEndpointRow
from gateway.webhooks import sender as sender_module
from gateway.webhooks.repository import DeliveryRepository
from gateway.webhooks.sender import Timing
from gateway.webhooks.service import EndpointWish
from tests.gateway.fakes import fail_midway, hang_until
from tests.gateway.jobs.factories import accepted
from tests.gateway.webhooks.bench import Bench, benched, failing, running, verified


@pytest.fixture
async def bench(database, tmp_path):
    async with benched(database, tmp_path / "images") as bench:
        yield bench


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(sender_module, "FIRST_DELAY_S", 0.02)
    monkeypatch.setattr(sender_module, "GROWTH", 1.5)
    monkeypatch.setattr(sender_module, "POLL_S", 0.05)


def all_ended(count: int):
    return lambda rows: len(rows) == count and all(row.status != "pending" for row in rows)


async def run_to_end(bench: Bench, owner: str = "ann", **more):
    job = await accepted(bench.jobs, owner, **more)
    async with asyncio.timeout(20):
        await bench.jobs.ended(job)
    return job


class TestTold:
    async def test_a_job_is_told_signed_and_in_its_words(self, bench):
        endpoint, secret = await bench.endpoint()
        job = await run_to_end(bench, fields={"num_images": 2, "seed": 7, "prompt": "a secret apple"})
        await bench.until(all_ended(4))
        assert sorted(told["type"] for told in bench.told()) == ["job.completed", *["job.output"] * 2, "job.start"]
        done = next(told["data"] for told in bench.told() if told["type"] == "job.completed")
        assert (done["id"], done["status"], done["error"]) == (job.id, "succeeded", None)
        assert [(image["index"], image["seed"]) for image in done["images"]] == [(0, 7), (1, 8)]
        assert done["urls"] == {"get": f"/v1/jobs/{job.id}"}
        assert done["completed_at"] >= done["started_at"] >= done["created_at"]
        for method, _, headers, body in bench.receiver.heard:
            assert method == "POST"
            assert headers["content-type"] == "application/json"
            assert verified(secret, headers, body)
            assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
            assert len(body) < 4000
            assert b"secret apple" not in body, "prompts are not told"
            assert b"signature" not in body, "no link is told"
        ids = {headers["webhook-id"] for _, _, headers, _ in bench.receiver.heard}
        assert ids == {row.id for row in await bench.rows()}
        assert bench.outcomes("delivered") == 4
        assert (await bench.webhooks.get(endpoint.id, "ann")).last_success_at is not None

    async def test_only_what_was_chosen_and_only_to_its_owner(self, bench):
        await bench.endpoint("ann", "/done", ("completed",))
        await bench.endpoint("bob", "/bob")
        off, _ = await bench.endpoint("ann", "/off")
        await bench.webhooks.change(off.id, "ann", EndpointWish(is_enabled=False))
        await run_to_end(bench)
        await bench.until(all_ended(1))
        assert [told["type"] for told in bench.told("/done")] == ["job.completed"]
        assert not bench.told("/bob") + bench.told("/off")

    async def test_a_job_brings_an_address_of_its_own(self, bench):
        own = bench.webhooks.target(bench.receiver.url("/own"), None)
        await run_to_end(bench, webhook=own)
        await bench.until(all_ended(2))
        assert sorted(told["type"] for told in bench.told("/own")) == ["job.completed", "job.output"]
        secret = await bench.webhooks.secret("ann")
        assert all(verified(secret, headers, body) for _, _, headers, body in bench.receiver.heard)

    async def test_failures_cancellations_and_answers_from_the_store_are_told(self, bench):
        await bench.endpoint(events=("completed",))
        first = await run_to_end(bench)
        again = await run_to_end(bench)
        bench.backend.script = fail_midway(NotFiniteError("unet", 3))
        failed = await run_to_end(bench, fields={"seed": 2})
        await bench.jobs.set_paused(True)
        waiting = await accepted(bench.jobs, fields={"seed": 3})
        await bench.jobs.cancel(waiting.id, "ann")
        await bench.until(all_ended(4))
        told = {data["id"]: data for data in (message["data"] for message in bench.told())}
        assert told[first.id]["status"] == told[again.id]["status"] == "succeeded"
        assert len(told[again.id]["images"]) == 1
        assert (told[failed.id]["status"], told[failed.id]["error_code"]) == ("failed", "not_finite")
        assert told[waiting.id]["status"] == "canceled"

    async def test_a_lost_workers_last_failure_is_told(self, bench, database):
        await bench.endpoint(events=("completed",))
        await bench.worker.stop(0.0)
        job = await accepted(bench.jobs)
        from gateway.storage.tables import JobRow

        async with database.transaction() as session:
            past = datetime.now(UTC) - timedelta(hours=1)
            lost = {"status": "processing", "attempts": 3, "lease_until": past, "lease_owner": "gone", "fence": 1}
            await session.execute(update(JobRow).where(JobRow.id == job.id).values(**lost))
        await bench.worker._take_over()
        await bench.until(all_ended(1))
        assert bench.told()[0]["data"]["error_code"] == "worker_lost"

    async def test_progress_is_throttled_and_what_is_stale_is_not_sent(self, bench, monkeypatch):
        going, told = asyncio.Event(), []

        async def slowly(request):
            yield Queued(request.request_id, 0, request.seed)
            yield Started(request.request_id)
            step = 0
            while not going.is_set():
                await asyncio.sleep(0.01)
                step = min(step + 1, 90)
                yield StepDone(request.request_id, 0, step, 100, rows=1)
            async for event in hang_until(bench.backend.closing)(request):
                told.append(event)
                yield event

        monkeypatch.setattr("gateway.worker.progress.TOLD_EVERY_S", 0.5)
        bench.backend.script = slowly
        await bench.endpoint(events=("progress", "completed"))
        job = await accepted(bench.jobs, fields={"num_inference_steps": 100})
        async with asyncio.timeout(20):
            while len(bench.told()) < 2:
                await asyncio.sleep(0.05)
        going.set()
        messages = bench.told()
        assert {message["type"] for message in messages} == {"job.progress"}
        values = [message["data"]["progress"] for message in messages]
        assert values == sorted(set(values)), "it only grows, and is not told twice"
        times = [datetime.fromisoformat(message["timestamp"]) for message in messages]
        gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(times)]
        assert min(gaps) >= 0.45, gaps
        await bench.jobs.cancel(job.id, "ann")
        await bench.until(lambda rows: any(row.event == "completed" and row.status == "delivered" for row in rows))
        assert all(row.status != "pending" for row in await bench.rows())


class TestTrouble:
    async def test_a_receiver_that_recovers_gets_the_same_message(self, bench, quick):
        _, secret = await bench.endpoint(events=("completed",))
        bench.receiver.answer = failing(500, times=3)
        await run_to_end(bench)
        (row,) = await bench.until(all_ended(1))
        assert (row.status, row.attempts) == ("delivered", 4)
        assert [one["status_code"] for one in row.log["attempts"]] == [500, 500, 500, 204]
        assert row.log["attempts"][0]["error"] == "the receiver answered with status 500"
        assert row.log["attempts"][3]["error"] is None
        assert all(one["duration_ms"] >= 0 for one in row.log["attempts"])
        assert {headers["webhook-id"] for _, _, headers, _ in bench.receiver.heard} == {row.id}
        assert len({body for *_, body in bench.receiver.heard}) == 1
        assert all(verified(secret, headers, body) for _, _, headers, body in bench.receiver.heard)
        assert (bench.outcomes("retried"), bench.outcomes("delivered")) == (3, 1)

    async def test_delays_grow_with_jitter_and_end_with_the_span(self, bench):
        row = WebhookDeliveryRow(event="completed", begun_at=datetime.now(UTC), attempts=1)
        answer, now = sender_module.Answer(500), datetime.now(UTC)
        found = []
        for attempts in range(1, 4):
            row.attempts = attempts
            delays = [Bench.another_sender(bench)._delay(row, answer, now - timedelta(days=9)) for _ in range(40)]
            usual = 5.0 * 4 ** (attempts - 1)
            assert all(0.75 * usual <= delay <= 1.251 * usual for delay in delays)
            assert len(set(delays)) > 10
            found.append(min(delays))
        assert found == sorted(found)
        row.attempts = 30
        assert bench.sender._delay(row, answer, now - timedelta(days=9)) <= 6 * 3600 * 1.251
        assert bench.sender._delay(row, answer, now) is None, "the span of 60 s is shorter than the next delay"
        asked = sender_module.Answer(429, None, 40.0)
        row.attempts = 1
        assert bench.sender._delay(row, asked, now) == 40.0

    async def test_one_that_never_takes_anything_is_disabled_with_the_reason(self, database, tmp_path, quick):
        async with benched(database, tmp_path / "images", Timing(timeout_s=1.0, retry_s=1.5)) as bench:
            endpoint, _ = await bench.endpoint(events=("completed",))
            bench.receiver.answer = failing(503)
            await run_to_end(bench)
            (row,) = await bench.until(all_ended(1))
            assert (row.status, row.finished_at is not None) == ("failed", True)
            assert len(row.log["attempts"]) == row.attempts >= 3
            found = await bench.webhooks.get(endpoint.id, "ann")
            assert not found.is_enabled
            assert found.disabled_reason.startswith("Nothing was taken for 1 h, in ")
            assert found.disabled_reason.endswith("the receiver answered with status 503")
            async with database.reading() as session:
                acts = (await session.scalars(select(AuditRow).where(AuditRow.action == "webhook.disable"))).all()
            assert [act.target for act in acts] == [endpoint.id]
            heard = len(bench.receiver.heard)
            await run_to_end(bench, fields={"seed": 9})
            assert len(await bench.rows()) == 1, "nothing more is written for it"
            assert len(bench.receiver.heard) == heard
            bench.receiver.answer = failing(204)
            changed = await bench.webhooks.change(endpoint.id, "ann", EndpointWish(is_enabled=True))
            assert (changed.is_enabled, changed.disabled_reason) == (True, None)
            await run_to_end(bench, fields={"seed": 10})
            await bench.until(lambda rows: [one.status for one in rows] == ["failed", "delivered"])

    async def test_one_that_takes_others_meanwhile_stays_enabled(self, database, tmp_path, quick):
        async with benched(database, tmp_path / "images", Timing(timeout_s=1.0, retry_s=0.4)) as bench:
            endpoint, _ = await bench.endpoint()
            bench.receiver.answer = lambda method, path, body: (500 if b"job.completed" in body else 200, {}, b"")
            await run_to_end(bench)
            await asyncio.sleep(0.2)
            await run_to_end(bench, fields={"seed": 2})
            await bench.until(all_ended(6))
            assert (await bench.webhooks.get(endpoint.id, "ann")).is_enabled

    async def test_410_ends_it_at_once(self, bench):
        endpoint, _ = await bench.endpoint(events=("completed",))
        bench.receiver.answer = failing(410)
        await run_to_end(bench)
        (row,) = await bench.until(all_ended(1))
        assert (row.status, row.attempts) == ("failed", 1)
        assert "410" in (await bench.webhooks.get(endpoint.id, "ann")).disabled_reason

    @pytest.mark.parametrize("status", [301, 302, 307])
    async def test_a_redirect_is_not_followed(self, bench, status):
        await bench.endpoint(events=("completed",))
        bench.receiver.answer = lambda method, path, body: (status, {"location": bench.receiver.url("/else")}, b"")
        await run_to_end(bench)
        await bench.until(lambda rows: rows and rows[0].log["attempts"])
        assert [path for _, path, *_ in bench.receiver.heard] == ["/"]
        assert (await bench.rows())[0].log["attempts"][0]["status_code"] == status

    async def test_a_name_that_leads_to_a_private_address_is_refused_when_it_is_connected_to(self, bench):
        await bench.webhooks.create("ann", EndpointWish("https://0x7f.2:1/x", ["completed"]))
        await run_to_end(bench)
        rows = await bench.until(lambda rows: rows and rows[0].log["attempts"])
        assert "not public" in rows[0].log["attempts"][0]["error"]
        assert rows[0].log["attempts"][0]["status_code"] is None

    async def test_a_silent_receiver_is_given_up_and_holds_nobody_up(self, database, tmp_path):
        async with benched(database, tmp_path / "images", Timing(timeout_s=0.6, retry_s=60)) as bench:
            free = asyncio.Event()
            loop = asyncio.get_running_loop()

            def answer(method, path, body):
                if path == "/slow":
                    asyncio.run_coroutine_threadsafe(asyncio.wait_for(free.wait(), 5), loop).result()
                return (200, {}, b"")

            bench.receiver.answer = answer
            await bench.endpoint("ann", "/slow")
            await bench.endpoint("bob", "/fast", ("completed",))
            for seed in range(6):
                await run_to_end(bench, "ann", fields={"seed": seed})
            begun = time.monotonic()
            await run_to_end(bench, "bob")
            rows = await bench.until(lambda rows: any(row.owner == "bob" and row.status == "delivered" for row in rows))
            assert time.monotonic() - begun < 5
            slow = await bench.until(lambda rows: any(row.log["attempts"] for row in rows if row.owner == "ann"))
            attempt = next(row.log["attempts"][0] for row in slow if row.owner == "ann" and row.log["attempts"])
            assert attempt["error"] == "no answer within 0.6 s"
            assert attempt["duration_ms"] >= 550
            assert len(rows) == 19
            free.set()


class TestSeveral:
    async def test_two_senders_send_each_message_once(self, bench, database):
        await bench.endpoint(events=("completed",))
        bench.receiver.answer = lambda *_: (time.sleep(0.02), (200, {}, b""))[1]
        async with running(bench.another_sender()), running(bench.another_sender()):
            for seed in range(8):
                await accepted(bench.jobs, fields={"seed": seed})
            await bench.until(all_ended(8))
        ids = [headers["webhook-id"] for _, _, headers, _ in bench.receiver.heard]
        assert len(ids) == len(set(ids)) == 8

    async def test_a_claim_whose_sender_died_is_taken_over_and_its_late_answer_changes_nothing(self, bench, database):
        endpoint, _ = await bench.endpoint(events=("completed",))
        await bench.webhooks.change(endpoint.id, "ann", EndpointWish(url=bench.receiver.url("/")))
        now = datetime.now(UTC)
        bench.sender._timing = Timing()
        async with running(bench.another_sender()):
            pass
        row = await bench.webhooks.test(endpoint.id, "ann")
        await bench.until(all_ended(1))
        await bench.webhooks.redeliver(row.id, "ann")
        await bench.until(all_ended(1))
        async with database.transaction() as session:
            later = now + timedelta(seconds=30)
            await session.execute(update(WebhookDeliveryRow).values(status="pending", next_at=later))
        async with database.transaction() as session:
            deliveries = DeliveryRepository(session)
            assert not await deliveries.claim(now, 10, 4, [])
            (first,) = await deliveries.claim(now + timedelta(seconds=31), 10, 4, [])
            assert not await deliveries.claim(now + timedelta(seconds=40), 10, 4, [])
            assert not await deliveries.claim(now + timedelta(seconds=42), 10, 4, ["ann"])
        async with database.transaction() as session:
            (second,) = await DeliveryRepository(session).claim(now + timedelta(seconds=42), 10, 4, [])
            assert second.fence == first.fence + 1
        async with database.transaction() as session:
            deliveries = DeliveryRepository(session)
            assert not await deliveries.record(first, {"error": "late"}, status="failed")
            assert await deliveries.record(second, {"error": None}, status="delivered", finished_at=now)

    async def test_what_is_told_and_what_happened_are_written_together(self, bench, database, monkeypatch):
        """A transaction that fails leaves neither the event nor the message."""
        await bench.endpoint()
        await bench.jobs.set_paused(True)
        job = await accepted(bench.jobs)
        from gateway.limits.repository import QuotaRepository

        async def break_down(*_):
            raise RuntimeError("in the middle")

        monkeypatch.setattr(QuotaRepository, "refund", break_down)
        with pytest.raises(RuntimeError):
            await bench.jobs.cancel(job.id, "ann")
        assert (await bench.jobs.get(job.id, "ann")).row.status == "queued"
        assert not await bench.rows()

    async def test_a_disabled_endpoints_messages_are_dropped(self, bench, database, quick):
        await bench.endpoint(events=("completed",))
        bench.receiver.answer = failing(500)
        await run_to_end(bench)
        await bench.until(lambda rows: rows and rows[0].attempts >= 1)
        async with database.transaction() as session:
            await session.execute(update(WebhookEndpointRow).values(is_enabled=False))
        (row,) = await bench.until(all_ended(1))
        assert row.log["attempts"][-1]["error"] == "the webhook is disabled"
