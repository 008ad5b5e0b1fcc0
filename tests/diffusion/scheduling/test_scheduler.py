from __future__ import annotations

import pytest

from diffusion.errors import QueueFullError
from diffusion.scheduling.costs import CostModel
from diffusion.scheduling.profile import CallCost, Profile
from diffusion.scheduling.records import Phase
from diffusion.scheduling.scheduler import Scheduler, SchedulerConfig
from tests.diffusion.scheduling.factories import (
    LARGE,
    SMALL,
    make_scheduler,
    make_ticket,
    next_denoising,
    requests_of,
    run_all,
    run_one,
)
from tests.fakes.clock import FakeClock


class TestLifeOfARequest:
    def test_is_encoded_once_then_denoised_then_decoded(self) -> None:
        scheduler = make_scheduler()
        scheduler.add(make_ticket("a", num_evaluations=3))
        phases = [batch.phase for batch in run_all(scheduler)]
        assert phases == [Phase.ENCODE, Phase.DENOISE, Phase.DENOISE, Phase.DENOISE, Phase.DECODE]

    def test_images_of_one_request_share_the_encoding_and_the_batch(self) -> None:
        scheduler = make_scheduler(row_cap=8)
        scheduler.add(make_ticket("a", num_images=4, num_evaluations=1))
        batches = run_all(scheduler)
        assert [(batch.phase, len(batch.images)) for batch in batches] == [
            (Phase.ENCODE, 1),
            (Phase.DENOISE, 4),
            (Phase.DECODE, 4),
        ]

    def test_finishes_with_its_last_image_and_is_forgotten(self) -> None:
        scheduler = make_scheduler(row_cap=2)
        scheduler.add(make_ticket("a", num_images=2, num_evaluations=1))
        finished = []
        while scheduler.num_requests:
            finished += run_one(scheduler)[1]
        assert [entry.ticket.request_id for entry in finished] == ["a"]
        assert scheduler.entry("a") is None

    def test_a_newcomer_joins_a_running_batch_at_its_next_step(self) -> None:
        scheduler = make_scheduler()
        scheduler.add(make_ticket("old", num_evaluations=10))
        next_denoising(scheduler)
        scheduler.add(make_ticket("new", owner="bo", num_evaluations=2))
        assert requests_of(next_denoising(scheduler)) == ["old", "new"]

    def test_one_that_ends_early_leaves_the_batch_and_the_others_go_on(self) -> None:
        scheduler = make_scheduler()
        scheduler.add(make_ticket("short", num_evaluations=1))
        scheduler.add(make_ticket("long", num_evaluations=3))
        assert set(requests_of(next_denoising(scheduler))) == {"short", "long"}
        assert requests_of(next_denoising(scheduler)) == ["long"]

    def test_an_id_in_use_is_refused(self) -> None:
        scheduler = make_scheduler()
        scheduler.add(make_ticket("a"))
        with pytest.raises(ValueError, match="'a' is in use"):
            scheduler.add(make_ticket("a"))


class TestBatches:
    def test_rows_stay_under_the_cap(self) -> None:
        scheduler = make_scheduler(row_cap=5)
        for _ in range(4):
            scheduler.add(make_ticket(rows_per_image=2))
        assert len(next_denoising(scheduler).images) == 2

    def test_an_image_wider_than_the_cap_still_runs_alone(self) -> None:
        scheduler = make_scheduler(row_cap=1)
        scheduler.add(make_ticket("wide", rows_per_image=2))
        assert requests_of(next_denoising(scheduler)) == ["wide"]

    def test_different_keys_never_share_a_batch(self) -> None:
        scheduler = make_scheduler()
        scheduler.add(make_ticket("small", key=SMALL))
        scheduler.add(make_ticket("large", key=LARGE))
        for batch in run_all(scheduler):
            assert len(batch.images) == 1

    def test_incompatible_head_does_not_block_compatible_tail(self) -> None:
        scheduler = make_scheduler()
        scheduler.add(make_ticket("a", key=SMALL))
        scheduler.add(make_ticket("b", key=LARGE))
        scheduler.add(make_ticket("c", key=SMALL))
        assert requests_of(next_denoising(scheduler)) == ["a", "c"]

    def test_finished_latents_are_decoded_before_the_next_step(self) -> None:
        scheduler = make_scheduler()
        scheduler.add(make_ticket("short", num_evaluations=1))
        scheduler.add(make_ticket("long", num_evaluations=5))
        next_denoising(scheduler)
        batch, _ = run_one(scheduler)
        assert (batch.phase, requests_of(batch)) == (Phase.DECODE, ["short"])

    def test_a_cap_per_key_is_asked_for(self) -> None:
        profile = Profile("", {"unet": (CallCost(SMALL.area, 0.02, 0.001), CallCost(LARGE.area, 0.0, 0.5))})
        costs = CostModel({"unet": 8}, profile)
        config = SchedulerConfig(max_waiting=64, row_cap=costs.row_cap, encode_cap=8, decode_cap=8, costs=costs)
        scheduler = Scheduler(config, FakeClock())
        for _ in range(4):
            scheduler.add(make_ticket(key=LARGE))
        assert len(next_denoising(scheduler).images) == 1


class TestQueue:
    def test_a_full_queue_says_why_and_when_to_come_back(self) -> None:
        scheduler = make_scheduler(max_waiting=2)
        assert [scheduler.add(make_ticket()) for _ in range(2)] == [0, 1]
        with pytest.raises(QueueFullError, match="2 requests wait") as caught:
            scheduler.add(make_ticket())
        assert caught.value.retry_after_s >= 1.0

    def test_a_started_request_makes_room(self) -> None:
        scheduler = make_scheduler(max_waiting=1)
        scheduler.add(make_ticket())
        next_denoising(scheduler)
        scheduler.add(make_ticket())

    def test_predicted_work_follows_the_measured_speed(self) -> None:
        clock = FakeClock()
        scheduler = make_scheduler(clock)
        scheduler.add(make_ticket(num_evaluations=11))
        run_one(scheduler, clock)
        run_one(scheduler, clock, seconds=0.5)
        assert scheduler.predicted_work_s == pytest.approx(10 * 0.5)


class TestRemoval:
    def test_a_cancelled_request_is_in_no_later_batch(self) -> None:
        scheduler = make_scheduler()
        scheduler.add(make_ticket("a", num_evaluations=9))
        scheduler.add(make_ticket("b", num_evaluations=9))
        next_denoising(scheduler)
        assert scheduler.remove("a")
        assert all("a" not in requests_of(batch) for batch in run_all(scheduler))

    def test_one_removed_between_schedule_and_complete_is_passed_over(self) -> None:
        scheduler = make_scheduler()
        scheduler.add(make_ticket("a", num_evaluations=1))
        scheduler.add(make_ticket("b", num_evaluations=1))
        batch = scheduler.schedule()
        assert batch is not None
        scheduler.remove("a")
        scheduler.complete(batch)
        assert not scheduler.remove("a")
        run_all(scheduler)

    def test_a_passed_deadline_is_reported(self) -> None:
        clock = FakeClock()
        scheduler = make_scheduler(clock)
        scheduler.add(make_ticket("late", deadline_s=5.0))
        scheduler.add(make_ticket("free"))
        assert scheduler.next_wakeup() == clock.now + 5.0
        clock.advance(4.9)
        assert scheduler.expired() == []
        clock.advance(0.1)
        assert scheduler.expired() == ["late"]


class TestFailure:
    def test_suspects_run_alone_until_they_succeed(self) -> None:
        scheduler = make_scheduler()
        for name in ("a", "b"):
            scheduler.add(make_ticket(name, num_evaluations=4))
        next_denoising(scheduler)
        batch = scheduler.schedule()
        assert batch is not None
        assert len(batch.images) == 2
        scheduler.isolate(batch)
        alone = [requests_of(next_denoising(scheduler)) for _ in range(2)]
        assert sorted(alone) == [["a"], ["b"]]
        assert len(next_denoising(scheduler).images) == 2

    def test_nothing_is_scheduled_while_deferred(self) -> None:
        clock = FakeClock()
        scheduler = make_scheduler(clock)
        scheduler.add(make_ticket())
        scheduler.defer(0.5)
        assert scheduler.schedule() is None
        assert scheduler.next_wakeup() == clock.now + 0.5
        clock.advance(0.5)
        assert scheduler.schedule() is not None
