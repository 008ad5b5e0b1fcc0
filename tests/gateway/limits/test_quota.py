"""Quotas, through the moment a job is accepted to its end, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from gateway.auth.subject import KeyPolicy, Role, Subject
from gateway.errors import InvalidRequestError, PermissionDeniedError
from gateway.jobs.acceptance import Acceptance, JobLimits
from gateway.jobs.pictures import StoredFile, image_row
from gateway.jobs.status import JobStatus
from gateway.kit.clock import SystemClock
from gateway.limits.quota import Day, Limits, QuotaExceededError
from gateway.limits.service import QuotaService
from gateway.models.lora_files import LoraFiles
from gateway.storage.image_rows import add_image
from gateway.storage.tables import ImageRow, UserRow
from tests.gateway.checkers import safety_of
from tests.gateway.jobs.factories import accepted, claim, make_order, make_service, on_claim
from tests.gateway.people import make_user


async def subject_with(database, name="ann", role=Role.USER, **limits) -> Subject:
    user = await make_user(database, role, name, limits=limits)
    return Subject(owner=user.id, user_id=user.id, role=role)


async def used(database, subject) -> tuple[int, float]:
    standing = await QuotaService(database, SystemClock()).standing(subject)
    return standing.images, standing.work


def image_of(job, index: int) -> ImageRow:
    return image_row(job, index, index, StoredFile("0" * 64, "image/png", 64, 64, 100), datetime.now(UTC))


class TestReserve:
    async def test_fifty_at_once_on_the_last_ten_images_give_exactly_ten(self, database):
        ann = await subject_with(database, images_per_day=10)
        service = make_service(database)
        orders = [service.accept(make_order(ann, fields={"seed": i})) for i in range(50)]
        results = await asyncio.gather(*orders, return_exceptions=True)
        assert Counter(type(result) for result in results) == {tuple: 10, QuotaExceededError: 40}
        assert len((await service.list(ann.owner, (), None, 50)).jobs) == 10
        assert (await used(database, ann))[0] == 10

    async def test_several_images_fit_whole_or_not_at_all(self, database):
        ann = await subject_with(database, images_per_day=5)
        service = make_service(database)
        await accepted(service, ann, fields={"num_images": 3})
        with pytest.raises(QuotaExceededError) as caught:
            await accepted(service, ann, fields={"num_images": 3})
        assert "2 left" in caught.value.message
        assert caught.value.headers["x-should-retry"] == "false"
        assert 0 < int(caught.value.headers["retry-after"]) <= 86_400
        await accepted(service, ann, fields={"num_images": 2})

    async def test_work_is_counted_too(self, database):
        ann = await subject_with(database, megapixel_steps_per_day=0.04)
        service = make_service(database)
        await accepted(service, ann)  # 64 · 64 · 4 = 0.016
        await accepted(service, ann)
        with pytest.raises(QuotaExceededError, match="megapixel-steps"):
            await accepted(service, ann)

    async def test_waiting_jobs_and_stored_bytes(self, database):
        ann = await subject_with(database, queued_jobs=2)
        service = make_service(database)
        results = await asyncio.gather(
            *(service.accept(make_order(ann, fields={"seed": i})) for i in range(8)), return_exceptions=True
        )
        assert Counter(type(result) for result in results) == {tuple: 2, QuotaExceededError: 6}
        bob = await subject_with(database, "bob", stored_bytes=150)
        jobs = [await accepted(service, bob, fields={"seed": i}) for i in range(2)]
        for job in jobs:
            async with database.transaction() as session:
                await add_image(session, image_of(job, 0))
        with pytest.raises(QuotaExceededError, match="stored bytes"):
            await accepted(service, bob)

    async def test_a_key_has_bounds_of_its_own(self, database):
        ann = await subject_with(database, images_per_day=10)
        small = Subject(owner=ann.owner, user_id=ann.user_id, key_id="key_1", policy=KeyPolicy(images_per_day=2))
        service = make_service(database)
        for seed in range(2):
            await accepted(service, small, fields={"seed": seed})
        with pytest.raises(QuotaExceededError, match="this key"):
            await accepted(service, small)
        assert (await used(database, ann))[0] == 2, "a refused job was counted"
        await accepted(service, ann)

    async def test_the_same_idempotency_key_is_counted_once(self, database):
        ann = await subject_with(database, images_per_day=10)
        service = make_service(database)
        orders = [service.accept(make_order(ann, idempotency_key="k", body_hash="h")) for _ in range(12)]
        await asyncio.gather(*orders)
        assert (await used(database, ann))[0] == 1

    async def test_role_limits_hold_where_a_person_has_none_of_his_own(self, database):
        quotas = QuotaService(database, SystemClock())
        await quotas.set_role_limits(Role.USER, Limits(images_per_day=1))
        service = make_service(database)
        ann, bob = await subject_with(database), await subject_with(database, "bob", images_per_day=None)
        await accepted(service, ann)
        with pytest.raises(QuotaExceededError):
            await accepted(service, ann, fields={"seed": 2})
        for seed in range(3):
            await accepted(service, bob, fields={"seed": seed})


class TestRefund:
    @pytest.fixture
    async def ann(self, database):
        return await subject_with(database, images_per_day=10)

    async def test_a_waiting_job_that_is_cancelled_is_given_back_once(self, database, ann):
        service = make_service(database)
        job = await accepted(service, ann, fields={"num_images": 4})
        for _ in range(3):
            await service.cancel(job.id, ann.owner)
        assert await used(database, ann) == (0, pytest.approx(0))

    @pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELED])
    async def test_what_was_delivered_stays_counted(self, database, ann, status):
        job = await accepted(make_service(database), ann, fields={"num_images": 4})
        claimed = await claim(database)
        await on_claim(database, "add_image", claimed, image_of(job, 0))
        await on_claim(database, "finish", claimed, status, {"code": "x", "message": "", "facts": {}})
        images, work = await used(database, ann)
        assert (images, work) == (1, pytest.approx(job.work / 4))

    async def test_a_successful_job_is_not_given_back(self, database, ann):
        await accepted(make_service(database), ann, fields={"num_images": 4})
        await on_claim(database, "finish", await claim(database), JobStatus.SUCCEEDED)
        assert (await used(database, ann))[0] == 4

    async def test_a_job_whose_workers_were_all_lost_is_given_back(self, database, ann):
        await accepted(make_service(database, max_attempts=1), ann)
        await claim(database, lease_s=0.01)
        await asyncio.sleep(0.05)
        (lost,) = await on_claim(database, "take_over")
        assert lost.status == "failed"
        assert (await used(database, ann))[0] == 0

    async def test_a_job_that_goes_back_into_the_queue_stays_counted(self, database, ann):
        await accepted(make_service(database), ann)
        await on_claim(database, "hand_back", await claim(database), 0.0, counts=True)
        assert (await used(database, ann))[0] == 1


class TestPermission:
    async def test_a_key_for_some_models_only(self, database):
        subject = Subject(owner="k", policy=KeyPolicy(models=["other"]))
        with pytest.raises(PermissionDeniedError):
            await accepted(make_service(database), subject)

    @pytest.mark.parametrize(
        ("role", "bound", "asked", "allowed"),
        [
            (Role.USER, None, 0, True),
            (Role.USER, None, -2, True),
            (Role.USER, None, 1, False),
            (Role.USER, 2, 2, True),
            (Role.USER, -1, 0, False),
            (Role.ADMIN, None, 2, True),
        ],
    )
    async def test_priority_is_a_privilege(self, database, role, bound, asked, allowed):
        subject = Subject(owner="k", role=role, policy=KeyPolicy(max_priority=bound))
        if allowed:
            assert (await accepted(make_service(database), subject, priority=asked)).priority == asked
        else:
            with pytest.raises(InvalidRequestError):
                await accepted(make_service(database), subject, priority=asked)


class TestResultCache:
    async def deliver(self, database, job):
        claimed = await claim(database)
        for index in range(job.input["num_images"]):
            await on_claim(database, "add_image", claimed, image_of(job, index))
        await on_claim(database, "finish", claimed, JobStatus.SUCCEEDED)

    async def test_an_identical_order_is_answered_at_once_and_costs_nothing(self, database):
        ann = await subject_with(database, images_per_day=2)
        service = make_service(database)
        first = await accepted(service, ann, fields={"num_images": 2})
        await self.deliver(database, first)
        again, is_new = await service.accept(make_order(ann, fields={"num_images": 2}))
        view = await service.get(again.id, ann.owner)
        assert is_new
        assert (view.row.status, view.row.cached_from) == ("succeeded", first.id)
        assert [image.blob for image in view.images] == ["0" * 64] * 2
        assert (await used(database, ann))[0] == 2
        types = [event.type for event in await service.stored(again.id, ann.owner, 0)]
        assert types == ["queued", "image", "image", "succeeded"]
        assert await claim(database) is None

    @pytest.mark.parametrize(
        "change", [{"fields": {"seed": 2}}, {"fields": {"num_inference_steps": 5}}, {"fields": {"prompt": "a pear"}}]
    )
    async def test_anything_else_is_made(self, database, change):
        ann = await subject_with(database)
        service = make_service(database)
        await self.deliver(database, await accepted(service, ann))
        assert (await accepted(service, ann, **change)).status == "queued"

    async def test_other_weights_other_people_and_those_who_do_not_want_it_get_it_made(self, database):
        import dataclasses

        ann, bob = await subject_with(database), await subject_with(database, "bob")
        eve = await make_user(database, name="eve", preferences={"result_cache": False})
        eve = Subject(owner=eve.id, user_id=eve.id)
        service = make_service(database)
        for subject in (ann, eve):
            await self.deliver(database, await accepted(service, subject))
        other = dataclasses.replace(make_order(ann), fingerprint="other")
        for order in (other, make_order(bob), make_order(eve)):
            assert (await service.accept(order))[0].status == "queued"

    async def test_a_lora_replaced_under_its_name_makes_other_pictures(self, database, tmp_path):
        file, ann = tmp_path / "ink.safetensors", await subject_with(database)
        service = make_service(database, loras=LoraFiles([tmp_path]))
        order = {"fields": {"loras": [{"name": "ink", "weight": 0.5}]}}
        file.write_bytes(b"the first")
        await self.deliver(database, await accepted(service, ann, **order))
        assert (await accepted(service, ann, **order)).cached_from is not None
        file.write_bytes(b"a second of another length")
        assert (await accepted(service, ann, **order)).status == "queued"
        file.write_bytes(b"the first")
        assert (await accepted(service, ann, **order)).cached_from is not None

    async def test_a_lora_whose_file_cannot_be_read_here_is_never_answered_from_the_store(self, database):
        ann, service = await subject_with(database), make_service(database)
        order = {"fields": {"loras": [{"name": "elsewhere", "weight": 0.5}]}}
        await self.deliver(database, await accepted(service, ann, **order))
        assert (await accepted(service, ann, **order)).status == "queued"


class TestDay:
    @pytest.mark.parametrize(
        ("now", "zone", "name", "hours"),
        [
            ("2026-03-01T23:30:00+00:00", "UTC", "2026-03-01", 0.5),
            ("2026-03-01T23:30:00+00:00", "Europe/Berlin", "2026-03-02", 23.5),
            ("2026-03-01T23:30:00+00:00", "America/Sao_Paulo", "2026-03-01", 3.5),
            ("2026-03-29T00:30:00+00:00", "Europe/Lisbon", "2026-03-29", 22.5),  # the clocks go forward
        ],
    )
    def test_it_ends_at_the_owners_midnight(self, now, zone, name, hours):
        moment = datetime.fromisoformat(now)
        day = Day.of(moment, zone)
        assert day.name == name
        assert (day.ends_at - moment).total_seconds() == hours * 3600

    async def test_a_used_up_day_is_over_at_the_owners_midnight_and_not_before(self, database):
        class Berlin(SystemClock):
            at = datetime.fromisoformat("2026-03-01T22:59:00+00:00")  # a minute before midnight there

            def now(self) -> datetime:
                return self.at

        ann = await subject_with(database, images_per_day=1)
        async with database.transaction() as session:
            await session.execute(update(UserRow).where(UserRow.id == ann.user_id).values(timezone="Europe/Berlin"))
        clock = Berlin()
        acceptance = Acceptance(
            database, QuotaService(database, clock), clock, JobLimits(), LoraFiles(), safety_of(database)
        )
        await acceptance.accept(make_order(ann))
        with pytest.raises(QuotaExceededError) as caught:
            await acceptance.accept(make_order(ann, fields={"seed": 2}))
        assert caught.value.headers["retry-after"] == "60"
        clock.at += timedelta(minutes=1)
        await acceptance.accept(make_order(ann, fields={"seed": 3}))
