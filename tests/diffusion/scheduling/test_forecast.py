"""What is foreseen against what comes: the same queue, played by the scheduler itself on a clock of the costs."""

from __future__ import annotations

import contextlib
import random

import pytest

import diffusion.scheduling.scheduler as scheduler_module
from diffusion.errors import DeadlineUnmeetableError
from diffusion.scheduling.batch_key import BatchKey
from diffusion.scheduling.costs import CostModel
from diffusion.scheduling.profile import CallCost, Profile
from diffusion.scheduling.records import Phase, Stage
from diffusion.scheduling.scheduler import Scheduler, SchedulerConfig
from tests.diffusion.scheduling.factories import LARGE, SMALL, make_ticket
from tests.fakes.clock import FakeClock

PROFILE = Profile(
    "",
    {
        "unet": (CallCost(SMALL.area, 0.02, 0.0025), CallCost(LARGE.area, 0.02, 0.01)),
        "vae_decoder": (CallCost(SMALL.area, 0.01, 0.01),),
        "text_encoder": (CallCost(0, 0.004, 0.001),),
    },
)
MIDDLE = BatchKey(height=12, width=12, prompt_chunks=1)


class Played:
    """A scheduler whose batches take what the profile says; `finished` has each request's seconds."""

    def __init__(self, **config) -> None:
        self.clock, self.costs = FakeClock(), CostModel({"unet": 16}, PROFILE)
        self.truth = self.costs.uncorrected()
        settings = {"max_waiting": 1000, "encode_cap": 8, "decode_cap": 8, **config}
        self.scheduler = Scheduler(
            SchedulerConfig(row_cap=self.costs.row_cap, costs=self.costs, **settings), self.clock
        )
        self.finished: dict[str, float] = {}

    def add(self, ticket) -> float:
        self.scheduler.add(ticket)
        predicted = self.scheduler.predicted_s(ticket.request_id)
        assert predicted is not None
        return predicted

    def step(self) -> None:
        batch = self.scheduler.schedule()
        assert batch is not None
        slots = [self.scheduler.entry(image.request_id).slots[image.image] for image in batch.images]
        if batch.phase is Phase.DENOISE:
            seconds = self.truth.step_s(batch.key, sum(slot.rows for slot in slots))
        elif batch.phase is Phase.DECODE:
            seconds = self.truth.decode_s(batch.key, len(slots))
        else:
            seconds = self.truth.encode_s(sum(slot.entry.ticket.text_rows for slot in slots), 0)
        self.clock.advance(seconds)
        for entry in self.scheduler.complete(batch):
            self.finished[entry.ticket.request_id] = self.clock.now - entry.accepted_at

    def run(self) -> None:
        while self.scheduler.num_requests:
            self.step()


def any_ticket(random_: random.Random, **fields):
    stages = [Stage(random_.choice([SMALL, MIDDLE, LARGE]), random_.choice([1, 2, 2, 3]), random_.randint(4, 40))]
    if random_.random() < 0.2:  # high-resolution fix
        stages.append(Stage(LARGE, 2, random_.randint(4, 20)))
    return make_ticket(
        owner=random_.choice("abc"),
        stages=tuple(stages),
        num_images=random_.choice([1, 1, 1, 2, 4]),
        text_rows=2,
        **fields,
    )


def test_a_lone_request_is_foreseen_to_the_step() -> None:
    played = Played()
    predicted = played.add(make_ticket("a", num_evaluations=20, text_rows=2))
    played.run()
    assert played.finished["a"] == pytest.approx(predicted, rel=0.01)


def test_a_queue_that_nobody_joins_is_foreseen_within_a_few_percent() -> None:
    """The last one of each of many queues: nobody comes after him, so his forecast must come true."""
    errors = []
    for seed in range(60):
        random_ = random.Random(seed)
        played = Played()
        for _ in range(random_.randint(0, 14)):
            played.add(any_ticket(random_))
            for _ in range(random_.randint(0, 6)):
                played.step()
                if not played.scheduler.num_requests:
                    break
        last = any_ticket(random_)
        predicted = played.add(last)
        played.run()
        errors.append(abs(predicted / played.finished[last.request_id] - 1))
    errors.sort()
    assert errors[len(errors) // 2] < 0.03, errors
    assert errors[int(0.9 * len(errors))] < 0.15, errors
    assert errors[-1] < 0.35, errors


def test_a_long_queue_is_foreseen_and_costs_little() -> None:
    played = Played()
    for number in range(150):
        predicted = played.add(make_ticket(f"r{number}", owner=str(number % 5), num_evaluations=20, text_rows=2))
    played.run()
    assert played.finished["r149"] == pytest.approx(predicted, rel=0.1)


def test_predictions_follow_a_speed_that_is_not_the_profiles() -> None:
    played = Played()
    played.add(make_ticket("first", num_evaluations=60))
    for _ in range(60):
        batch = played.scheduler.schedule()
        played.clock.advance(0.1)
        played.scheduler.complete(batch)
    slow = played.add(make_ticket("second", num_evaluations=20))
    assert slow == pytest.approx(20 * 0.1, rel=0.2)


class TestDeadlines:
    def test_one_that_cannot_be_met_in_the_queue_is_refused_with_when_to_come_back(self) -> None:
        played = Played()
        for number in range(30):
            played.add(make_ticket(f"r{number}", owner=str(number), priority=1, num_evaluations=40))
        waiting = played.scheduler.num_waiting
        with pytest.raises(DeadlineUnmeetableError) as caught:
            played.add(make_ticket("hurried", num_evaluations=20, deadline_s=1.5))
        error = caught.value
        assert error.predicted_s > 1.5
        assert error.retry_after_s >= 1.0
        assert played.scheduler.num_waiting == waiting
        assert played.scheduler.entry("hurried") is None

    def test_one_that_comes_back_then_is_taken_and_met(self) -> None:
        played = Played()
        for number in range(30):
            played.add(make_ticket(f"r{number}", owner=str(number), priority=1, num_evaluations=40))
        with pytest.raises(DeadlineUnmeetableError) as caught:
            played.add(make_ticket("hurried", num_evaluations=20, deadline_s=1.5))
        until = played.clock.now + caught.value.retry_after_s
        while played.clock.now < until:
            played.step()
        played.add(make_ticket("hurried", num_evaluations=20, deadline_s=1.5))
        played.run()
        assert played.finished["hurried"] <= 1.5 * 1.15

    def test_one_that_could_not_be_met_even_alone_has_no_time_to_come_back(self) -> None:
        with pytest.raises(DeadlineUnmeetableError, match="even alone") as caught:
            Played().add(make_ticket("a", num_evaluations=100, deadline_s=1.0))
        assert caught.value.retry_after_s is None

    def test_another_owners_burst_refuses_nobody(self) -> None:
        played = Played()
        for number in range(50):
            played.add(make_ticket(f"r{number}", owner="burst", num_evaluations=20))
        predicted = played.add(make_ticket("single", owner="other", num_evaluations=20, deadline_s=2.0))
        played.run()
        assert played.finished["single"] == pytest.approx(predicted, rel=0.1)
        assert played.finished["single"] < 2.0

    def test_a_slow_spell_that_is_over_refuses_nobody(self) -> None:
        played = Played()
        played.add(make_ticket("slow", num_evaluations=60))
        while played.scheduler.num_requests:
            batch = played.scheduler.schedule()
            played.clock.advance(5.0)
            played.scheduler.complete(batch)
        played.add(make_ticket("after", num_evaluations=20, deadline_s=2.0))
        played.run()
        assert played.finished["after"] < 2.0

    def test_nothing_is_refused_before_anything_is_known(self) -> None:
        played = Played()
        played.scheduler._costs = CostModel({"unet": 16})
        played.scheduler.add(make_ticket("a", num_evaluations=100, deadline_s=0.01))
        assert played.scheduler.predicted_s("a") is None


def under_load(seed: int) -> tuple[int, int]:
    """Requests with deadlines arrive faster than they can be made: how many are finished, how many fail."""
    random_, played, due, given, failed = random.Random(seed), Played(), 1000.0, 0, 0
    while given < 200 or played.scheduler.num_requests:
        while due <= played.clock.now and given < 200:
            due += random_.expovariate(2.0)
            given += 1
            with contextlib.suppress(DeadlineUnmeetableError):
                played.scheduler.add(any_ticket(random_, deadline_s=random_.uniform(0.5, 12.0)))
        for request_id in played.scheduler.expired():
            failed += played.scheduler.remove(request_id)
        if played.scheduler.num_requests:
            played.step()
        else:
            played.clock.advance(max(0.0, due - played.clock.now) + 1e-6)
    return len(played.finished), failed


def test_refusing_at_once_leaves_less_to_fail_and_finishes_more(monkeypatch) -> None:
    finished, failed = (sum(counts) for counts in zip(*(under_load(seed) for seed in range(3)), strict=True))
    monkeypatch.setattr(scheduler_module, "DOUBT", float("inf"))
    without, failed_without = (sum(counts) for counts in zip(*(under_load(seed) for seed in range(3)), strict=True))
    assert failed < 0.6 * failed_without, (finished, failed, without, failed_without)
    assert finished > without, (finished, failed, without, failed_without)
