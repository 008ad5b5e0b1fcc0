"""Any sequence of calls: no row lost or run twice, one end per request, every place given back."""

from __future__ import annotations

import dataclasses
from collections import Counter

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from diffusion.errors import DeadlineUnmeetableError, QueueFullError
from diffusion.scheduling.records import Batch, ImageId, Phase, Stage
from tests.diffusion.scheduling.factories import LARGE, SMALL, make_scheduler, make_ticket
from tests.fakes.clock import FakeClock

ROW_CAP = 6
KEYS = [
    dataclasses.replace(shape, variant=variant)
    for shape in (SMALL, LARGE)
    for variant in ("", "lora", "control", "control_lora")
]
MAX_WAITING = 12


class SchedulerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.scheduler = make_scheduler(self.clock, row_cap=ROW_CAP, max_waiting=MAX_WAITING, ageing_s=3.0)
        self.tickets = {}
        self.ended: Counter[str] = Counter()
        self.encoded: Counter[str] = Counter()
        self.denoised: Counter[ImageId] = Counter()
        self.decoded: Counter[ImageId] = Counter()
        self.open_batch: Batch | None = None

    @rule(
        owner=st.sampled_from("abc"),
        stages=st.lists(
            st.builds(Stage, st.sampled_from(KEYS), st.integers(1, 2), st.integers(1, 4)),
            min_size=1,
            max_size=3,
        ),
        images=st.integers(1, 3),
        priority=st.integers(-2, 2),
        deadline=st.none() | st.floats(0.5, 20.0),
    )
    def submit(self, owner, stages, images, priority, deadline) -> None:
        ticket = make_ticket(
            owner=owner,
            stages=tuple(stages),
            num_images=images,
            priority=priority,
            deadline_s=deadline,
        )
        waiting = self.scheduler.num_waiting
        try:
            self.scheduler.add(ticket)
        except QueueFullError:
            assert waiting >= MAX_WAITING
        except DeadlineUnmeetableError:
            assert deadline is not None
        else:
            assert waiting < MAX_WAITING
            self.tickets[ticket.request_id] = ticket

    @precondition(lambda self: self.open_batch is None)
    @rule()
    def schedule(self) -> None:
        batch = self.scheduler.schedule()
        if batch is None:
            assert self.scheduler.num_requests == 0 or self.scheduler.is_deferred
            return
        live = self.live()
        stages = [self.stage(image_id) for image_id in batch.images]
        rows = sum(stage.rows_per_image for stage in stages)
        assert len(set(batch.images)) == len(batch.images)
        assert all(image_id.request_id in live for image_id in batch.images)
        assert {stage.key for stage in stages} == {batch.key}
        assert batch.phase is not Phase.DENOISE or rows <= ROW_CAP
        self.open_batch = batch

    @precondition(lambda self: self.open_batch is not None)
    @rule(seconds=st.floats(0.01, 2.0))
    def succeed(self, seconds) -> None:
        batch, self.open_batch = self.open_batch, None
        self.clock.advance(seconds)
        live = self.live()
        for image_id in batch.images:
            if image_id.request_id not in live:
                continue
            if batch.phase is Phase.ENCODE:
                self.encoded[image_id.request_id] += 1
            elif batch.phase is Phase.DENOISE:
                self.denoised[image_id] += 1
            else:
                self.decoded[image_id] += 1
        for entry in self.scheduler.complete(batch):
            self.end(entry.ticket.request_id)
            self.check_complete(entry.ticket.request_id)

    @precondition(lambda self: self.open_batch is not None)
    @rule(outage=st.booleans())
    def fail(self, outage) -> None:
        batch, self.open_batch = self.open_batch, None
        if outage:
            self.scheduler.defer(0.5)
            self.scheduler.isolate(batch)
        elif len(batch.images) == 1:
            request_id = batch.images[0].request_id
            if self.scheduler.remove(request_id):
                self.end(request_id)
        else:
            self.scheduler.isolate(batch)

    @precondition(lambda self: self.live())
    @rule(data=st.data())
    def cancel(self, data) -> None:
        live = self.live()
        # in the order of submission: the ids of a second run are other ones, and would be sorted otherwise
        request_id = data.draw(st.sampled_from([request_id for request_id in self.tickets if request_id in live]))
        assert self.scheduler.remove(request_id)
        self.end(request_id)

    @rule(seconds=st.floats(0.1, 10.0))
    def time_passes(self, seconds) -> None:
        self.clock.advance(seconds)
        for request_id in self.scheduler.expired():
            assert self.tickets[request_id].deadline_s is not None
            self.scheduler.remove(request_id)
            self.end(request_id)

    @invariant()
    def every_request_is_here_or_has_ended_once(self) -> None:
        assert self.scheduler.num_requests == len(self.live())
        assert all(count == 1 for count in self.ended.values())

    @invariant()
    def no_row_runs_twice(self) -> None:
        assert all(count == 1 for count in self.encoded.values())
        assert all(count == 1 for count in self.decoded.values())
        for image_id, count in self.denoised.items():
            assert count <= self.tickets[image_id.request_id].num_evaluations

    def teardown(self) -> None:
        """Left alone, everything comes to its end and every place is given back."""
        self.open_batch = None
        for _ in range(10_000):
            if not self.scheduler.num_requests:
                break
            self.clock.advance(0.0 if self.scheduler.schedule() else 1.0)
            self.schedule()
            if self.open_batch is not None:
                self.succeed(0.0)
        assert self.scheduler.num_requests == 0
        assert set(self.ended) == set(self.tickets)

    def stage(self, image_id: ImageId) -> Stage:
        ticket, done = self.tickets[image_id.request_id], self.denoised[image_id]
        of_evaluation = [stage for stage in ticket.stages for _ in range(stage.num_evaluations)]
        return of_evaluation[min(done, len(of_evaluation) - 1)]

    def live(self) -> set[str]:
        return set(self.tickets) - set(self.ended)

    def end(self, request_id: str) -> None:
        self.ended[request_id] += 1

    def check_complete(self, request_id: str) -> None:
        ticket = self.tickets[request_id]
        for image in range(ticket.num_images):
            image_id = ImageId(request_id, image)
            assert self.denoised[image_id] == ticket.num_evaluations
            assert self.decoded[image_id] == 1


SchedulerMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestSchedulerMachine = SchedulerMachine.TestCase
