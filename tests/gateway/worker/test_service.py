"""The worker over a backend that plays scripts, on both databases."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from diffusion.errors import ComponentUnavailableError, DeadlineExceededError, NotFiniteError
from diffusion.events import ImageDone, Queued
from gateway.backend.base import Health
from gateway.jobs.status import JobStatus
from gateway.jobs.wakeups.inprocess import InProcessWakeups
from gateway.kit.clock import SystemClock
from gateway.observability.metrics import Metrics
from gateway.observability.tracing import Tracing
from gateway.storage.images import DiskImageStore, StorageError
from gateway.worker import storing
from gateway.worker.repository import ClaimRepository
from gateway.worker.service import POLL_S, Worker
from gateway.worker.tools import Tools
from tests.gateway.fakes import ScriptedBackend, fail_midway, hang_until, play_all
from tests.gateway.jobs.factories import accepted, make_service


class Bench:
    """A service, a worker and what they share."""

    def __init__(self, database, folder) -> None:
        self.backend = ScriptedBackend()
        self.wakeups = InProcessWakeups()
        self.service = make_service(database, self.wakeups)
        self.images = DiskImageStore(folder, SystemClock())
        self.tools = Tools(
            database=database,
            backend=self.backend,
            images=self.images,
            wakeups=self.wakeups,
            clock=SystemClock(),
            metrics=Metrics(),
            tracing=Tracing(),
            lease_s=1.0,
            run_limit_s=30.0,
        )
        self.worker = Worker(self.tools, concurrency=4)

    def hear(self, message) -> None:
        self.service.hear(message)
        self.worker.hear(message)

    async def view(self, job):
        return await self.service.get(job.id, None)

    async def ended(self, job, timeout_s=20.0):
        async with asyncio.timeout(timeout_s):
            async with aclosing(self.service.follow(job.id, job.owner)) as events:
                assert [event async for event in events][-1].is_terminal
        return (await self.view(job)).row

    async def until_status(self, job, status) -> None:
        async with asyncio.timeout(10):
            while (await self.view(job)).row.status != status:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def started(bench: Bench) -> AsyncIterator[None]:
    await bench.images.open()
    await bench.wakeups.start(bench.hear)
    bench.worker.start()
    try:
        yield
    finally:
        await bench.worker.stop(0.0)
        await bench.wakeups.aclose()


@pytest.fixture
async def bench(database, tmp_path) -> AsyncIterator[Bench]:
    bench = Bench(database, tmp_path / "images")
    async with started(bench):
        yield bench


class TestRun:
    async def test_a_job_becomes_its_pictures(self, bench):
        job = await accepted(bench.service, fields={"num_images": 2, "seed": 7})
        row = await bench.ended(job)
        view = await bench.view(job)
        assert (row.status, row.progress, row.attempts, row.lease_owner) == ("succeeded", 1.0, 1, None)
        assert [(image.index, image.seed) for image in view.images] == [(0, 7), (1, 8)]
        for image in view.images:
            assert len(await bench.images.get(image.blob)) == image.size_bytes
        types = [event.type for event in await bench.service.stored(job.id, job.owner, 0)]
        assert types == ["queued", "starting", "processing", "image", "image", "succeeded"]

    async def test_one_wake_up_fills_a_worker_with_the_jobs_that_wait(self, database, tmp_path):
        bench = Bench(database, tmp_path / "images")
        may_end = asyncio.Event()

        async def script(request):
            await may_end.wait()
            async for event in play_all(request):
                yield event

        bench.backend.script = script
        jobs = [await accepted(bench.service) for _ in range(6)]
        async with started(bench):
            async with asyncio.timeout(POLL_S):  # the next look: by then they must run
                while bench.worker.running < 4:
                    await asyncio.sleep(0.01)
            may_end.set()
            for job in jobs:
                assert (await bench.ended(job)).status == "succeeded"

    async def test_the_last_picture_and_the_end_are_written_in_one_transaction(self, bench, monkeypatch):
        add_events, written = ClaimRepository.add_events, []

        async def noted(self, job, events):
            written.append([event.type for event in events])
            await add_events(self, job, events)

        monkeypatch.setattr(ClaimRepository, "add_events", noted)
        await bench.ended(await accepted(bench.service))
        assert written == [["starting"], ["processing"], ["image", "succeeded"]]

    async def test_the_files_of_pictures_are_made_while_the_stream_goes_on(self, bench):
        both_came = asyncio.Event()

        async def script(request):
            async with aclosing(play_all(request)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, ImageDone) and event.image == 1:
                        both_came.set()

        put = bench.images.put

        async def waiting(data):
            await both_came.wait()
            return await put(data)

        bench.images.put = waiting
        bench.backend.script = script
        job = await accepted(bench.service, fields={"num_images": 2})
        assert (await bench.ended(job)).status == "succeeded"
        assert [image.index for image in (await bench.view(job)).images] == [0, 1]

    async def test_what_the_engine_foresees_is_told_with_the_start(self, bench):
        async def script(request):
            yield Queued(request.request_id, 0, request.seed, eta_s=12.5)
            async for event in play_all(request):
                if not isinstance(event, Queued):
                    yield event

        bench.backend.script = script
        job = await accepted(bench.service)
        await bench.ended(job)
        (told,) = [e.data for e in await bench.service.stored(job.id, job.owner, 0) if e.type == "processing"]
        assert 11.0 < told["eta_seconds"] <= 12.5

    async def test_event_ids_only_grow(self, bench):
        job = await accepted(bench.service, fields={"preview_every": 2})
        async with aclosing(bench.service.follow(job.id, job.owner)) as events:
            ids = [event.id async for event in events]
        assert ids == sorted(set(ids))

    async def test_many_run_side_by_side_up_to_the_concurrency(self, bench):
        bench.backend.script = hang_until(bench.backend.closing)
        jobs = [await accepted(bench.service, f"o{i}") for i in range(6)]
        async with asyncio.timeout(5):
            while bench.worker.running < 4:
                await asyncio.sleep(0.01)
        assert bench.backend.open_streams <= 4
        bench.backend.script = play_all
        bench.backend.closing.set()
        for job in jobs:
            assert (await bench.ended(job)).status == "succeeded"

    async def test_who_comes_while_every_place_is_taken_gets_the_next_one_at_once(self, bench):
        bench.backend.script = hang_until(bench.backend.closing)
        bench.worker._concurrency = 1
        first = await accepted(bench.service, "ann")
        await bench.until_status(first, "processing")
        second = await accepted(bench.service, "bob")
        bench.worker._looking.cancel()  # no poll helps it
        await asyncio.sleep(0.1)
        await bench.service.cancel(first.id, first.owner)
        bench.backend.script = play_all
        async with asyncio.timeout(5):
            await bench.service.ended(second)

    async def test_what_the_request_is_at_fault_for_fails_at_once(self, bench):
        bench.backend.script = fail_midway(NotFiniteError("unet", 3))
        row = await bench.ended(await accepted(bench.service))
        assert (row.status, row.attempts, row.error["code"]) == ("failed", 1, "not_finite")

    async def test_networks_that_stay_away_fail_it_after_its_last_attempt(self, bench):
        bench.backend.script = fail_midway(ComponentUnavailableError("unet", "away"))
        row = await bench.ended(await accepted(bench.service))
        assert (row.status, row.attempts, row.error["code"]) == ("failed", 3, "component_unavailable")

    async def test_a_model_that_is_gone_is_said(self, bench):
        bench.backend.specs = {}
        row = await bench.ended(await accepted(bench.service))
        assert (row.status, row.error["code"]) == ("failed", "model_not_found")

    async def test_the_deadline_counts_from_acceptance(self, bench, database):
        job = await accepted(bench.service, fields={"deadline_s": 60.0})
        await bench.ended(job)
        assert 0 < bench.backend.requests[0].deadline_s < 60.0

    async def test_a_missed_deadline_is_not_tried_again(self, bench):
        bench.backend.script = fail_midway(DeadlineExceededError(1.0))
        row = await bench.ended(await accepted(bench.service))
        assert (row.status, row.attempts) == ("failed", 1)

    async def test_a_run_that_never_ends_is_ended(self, bench):
        bench.backend.script = hang_until(bench.backend.closing)
        bench.worker._tools = dataclasses.replace(bench.tools, run_limit_s=0.2)
        row = await bench.ended(await accepted(bench.service))
        assert (row.status, row.error["code"]) == ("failed", "deadline_exceeded")
        assert bench.backend.open_streams == 0


class TestCancel:
    async def test_a_running_job_stops_and_its_stream_is_closed(self, bench):
        bench.backend.script = hang_until(bench.backend.closing)
        job = await accepted(bench.service)
        await bench.until_status(job, "processing")
        await bench.service.cancel(job.id, job.owner)
        row = await bench.ended(job, timeout_s=1.0)
        assert (row.status, row.attempts) == ("canceled", 1)
        assert bench.backend.open_streams == 0

    async def test_it_is_heard_of_even_when_the_wake_up_is_lost(self, bench):
        bench.backend.script = hang_until(bench.backend.closing)
        job = await accepted(bench.service)
        await bench.until_status(job, "processing")
        bench.worker.hear = lambda message: None
        await bench.service.cancel(job.id, job.owner)
        assert (await bench.ended(job, timeout_s=5.0)).status == "canceled"


class TestStop:
    async def test_running_jobs_go_back_into_the_queue_and_lose_no_attempt(self, bench):
        bench.backend.script = hang_until(bench.backend.closing)
        job = await accepted(bench.service)
        await bench.until_status(job, "processing")
        await bench.worker.stop(0.0)
        row = (await bench.view(job)).row
        assert (row.status, row.attempts, row.lease_owner) == ("queued", 0, None)

    async def test_what_ends_within_the_grace_period_ends_well(self, bench):
        bench.backend.script = hang_until(bench.backend.closing)
        job = await accepted(bench.service)
        await bench.until_status(job, "processing")
        stopping = asyncio.ensure_future(bench.worker.stop(5.0))
        bench.backend.closing.set()  # the script ends with shutting_down: tried again elsewhere
        await stopping
        assert (await bench.view(job)).row.status == "queued"


class TestStorage:
    async def test_a_full_disk_loses_nothing_and_serves_nothing_half(self, bench, monkeypatch):
        put, failures = bench.images.put, []

        async def full_twice(data):
            if len(failures) < 2:
                failures.append(1)
                raise StorageError("the picture cannot be written: No space left on device")
            return await put(data)

        monkeypatch.setattr(bench.images, "put", full_twice)
        job = await accepted(bench.service)
        row = await bench.ended(job)
        assert (row.status, row.attempts) == ("succeeded", 1), "the finished picture was kept, not made again"
        assert len((await bench.view(job)).images) == 1
        assert len(bench.backend.requests) == 1

    async def test_a_store_that_stays_away_fails_the_job_without_telling_its_address(self, bench, monkeypatch):
        async def away(data):
            raise StorageError("http://10.0.0.7:9000, bucket images: connection refused")

        monkeypatch.setattr(bench.images, "put", away)
        monkeypatch.setattr(storing, "PATIENCE_S", 0.0)
        monkeypatch.setattr(storing, "RETRY_S", 0.01)
        row = await bench.ended(await accepted(bench.service))
        assert (row.status, row.error["code"]) == ("failed", "storage_unavailable")
        assert "10.0.0.7" not in str(row.error)

    async def test_a_worker_that_stops_meanwhile_hands_the_job_back(self, bench, monkeypatch):
        tried = asyncio.Event()

        async def away(data):
            tried.set()
            raise StorageError("away")

        monkeypatch.setattr(bench.images, "put", away)
        job = await accepted(bench.service)
        await asyncio.wait_for(tried.wait(), 10)
        await asyncio.wait_for(bench.worker.stop(0.1), 10)
        row = (await bench.view(job)).row
        assert (row.status, row.attempts) == ("queued", 0)


class TestNetworksAway:
    async def test_a_worker_takes_no_jobs_in_vain_until_they_are_back(self, bench):
        bench.backend.script = fail_midway(ComponentUnavailableError("toy", "Triton does not answer"))
        bench.backend.answer = Health(is_ready=False, reason="Triton does not answer")
        jobs = [await accepted(bench.service) for _ in range(3)]
        async with asyncio.timeout(10):
            while bench.backend.probes < 2:
                await asyncio.sleep(0.02)
        attempts = [(await bench.view(job)).row.attempts for job in jobs]
        assert max(attempts) <= 1, "no attempt was wasted after the first failures"
        bench.backend.script = play_all
        bench.backend.answer = Health(is_ready=True)
        assert [(await bench.ended(job)).status for job in jobs] == ["succeeded"] * 3


class TestLostLease:
    async def test_a_worker_that_was_stopped_too_long_delivers_nothing(self, bench, database):
        release = asyncio.Event()

        async def frozen(request):
            async with aclosing(play_all(request)) as events:
                async for event in events:
                    if isinstance(event, ImageDone):
                        await release.wait()
                    yield event

        bench.backend.script = frozen
        job = await accepted(bench.service)
        await bench.until_status(job, "processing")
        (heart,) = [task for task in asyncio.all_tasks() if "JobRun._hold" in repr(task)]
        heart.cancel()  # as under SIGSTOP
        bench.backend.script = play_all
        row = await bench.ended(job, timeout_s=15.0)
        assert (row.status, row.fence) == ("succeeded", 2)
        release.set()
        async with asyncio.timeout(5):
            while bench.tools.metrics.leases_lost._value.get() == 0:
                await asyncio.sleep(0.01)
        view = await bench.view(job)
        assert (view.row.status, view.row.fence, len(view.images)) == (JobStatus.SUCCEEDED, 2, 1)
        ids = [event.id for event in await bench.service.stored(job.id, job.owner, 0) if event.type == "image"]
        assert len(ids) == 1
