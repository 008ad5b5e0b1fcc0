from __future__ import annotations

import pytest

from diffusion.scheduling.records import Phase
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


def steps_until_finished(batches: list, request_id: str) -> int:
    """Denoising batches that ran before `request_id` was decoded."""
    count = 0
    for batch in batches:
        if batch.phase is Phase.DENOISE:
            count += 1
        if batch.phase is Phase.DECODE and request_id in requests_of(batch):
            return count
    raise AssertionError(f"{request_id} never finished")


class TestOwners:
    def test_a_burst_of_fifty_does_not_delay_anothers_single_request(self) -> None:
        scheduler = make_scheduler(row_cap=8)
        for i in range(50):
            scheduler.add(make_ticket(f"burst{i}", owner="ana", num_evaluations=20))
        for _ in range(30):
            run_one(scheduler)
        scheduler.add(make_ticket("single", owner="bo", num_evaluations=20))
        assert steps_until_finished(run_all(scheduler), "single") <= 20 + 2

    def test_the_tail_of_a_burst_does_not_age_past_a_newcomer(self) -> None:
        clock = FakeClock()
        scheduler = make_scheduler(clock, row_cap=8, ageing_s=1.0)
        for i in range(50):
            scheduler.add(make_ticket(f"burst{i}", owner="ana", num_evaluations=20))
        for _ in range(60):
            run_one(scheduler, clock, seconds=1.0)
        scheduler.add(make_ticket("single", owner="bo", num_evaluations=20))
        assert "single" in requests_of(next_denoising(scheduler))

    def test_what_has_started_is_finished_before_equals_are_started(self) -> None:
        scheduler = make_scheduler(row_cap=2)
        for name in ("a", "b", "c"):
            scheduler.add(make_ticket(name, owner=name, num_evaluations=3))
        order = [requests_of(batch)[0] for batch in run_all(scheduler) if batch.phase is Phase.DENOISE]
        assert order == ["a"] * 3 + ["b"] * 3 + ["c"] * 3

    @pytest.mark.parametrize("num_owners", [2, 5, 12])
    def test_greedy_owners_share_evenly(self, num_owners: int) -> None:
        scheduler = make_scheduler(row_cap=4, max_waiting=10_000)
        served = {f"o{i}": 0 for i in range(num_owners)}
        for i in range(60):
            for owner in served:
                scheduler.add(make_ticket(f"{owner}-{i}", owner=owner, num_evaluations=5))
        for _ in range(40 * num_owners):
            batch, _ = run_one(scheduler)
            if batch.phase is Phase.DENOISE:
                for request_id in requests_of(batch):
                    served[request_id.split("-")[0]] += 1
        assert max(served.values()) - min(served.values()) <= 5, served

    def test_idling_saves_up_no_credit(self) -> None:
        scheduler = make_scheduler(row_cap=2)
        scheduler.add(make_ticket("a0", owner="ana", num_evaluations=1))
        scheduler.add(make_ticket("b0", owner="bo", num_evaluations=50))
        for _ in range(40):
            run_one(scheduler)
        for i in range(5):
            scheduler.add(make_ticket(f"a{i + 1}", owner="ana", num_evaluations=1))
            scheduler.add(make_ticket(f"c{i}", owner="cy", num_evaluations=1))
        singles = [requests_of(batch)[0] for batch in run_all(scheduler) if batch.phase is Phase.DENOISE]
        first_four = [name[0] for name in singles if name[0] in "ac"][:4]
        assert sorted(first_four) == ["a", "a", "c", "c"]


class TestPriorities:
    def test_a_higher_priority_goes_first(self) -> None:
        scheduler = make_scheduler(row_cap=2)
        scheduler.add(make_ticket("low", owner="ana", priority=0, num_evaluations=9))
        next_denoising(scheduler)
        scheduler.add(make_ticket("high", owner="bo", priority=2, num_evaluations=3))
        assert [requests_of(next_denoising(scheduler)) for _ in range(3)] == [["high"]] * 3

    def test_a_low_priority_does_not_starve(self) -> None:
        clock = FakeClock()
        scheduler = make_scheduler(clock, row_cap=2, ageing_s=10.0, max_waiting=10_000)
        scheduler.add(make_ticket("low", owner="ana", priority=-1, num_evaluations=3))
        served_low = 0
        for i in range(400):
            scheduler.add(make_ticket(f"high{i}", owner="bo", priority=1, num_evaluations=1))
            batch, _ = run_one(scheduler, clock, seconds=1.0)
            served_low += batch.phase is Phase.DENOISE and "low" in requests_of(batch)
        assert served_low == 3

    def test_the_earlier_deadline_of_one_owner_goes_first(self) -> None:
        scheduler = make_scheduler(row_cap=2)
        scheduler.add(make_ticket("later", deadline_s=100.0))
        scheduler.add(make_ticket("sooner", deadline_s=10.0))
        assert requests_of(next_denoising(scheduler)) == ["sooner"]


class TestShapes:
    def test_shapes_take_turns_by_cost(self) -> None:
        scheduler = make_scheduler(row_cap=2)
        scheduler.add(make_ticket("small", key=SMALL, owner="ana", num_evaluations=40))
        scheduler.add(make_ticket("large", key=LARGE, owner="bo", num_evaluations=10))
        first = [requests_of(next_denoising(scheduler))[0] for _ in range(25)]
        # a large step costs four small ones
        assert 4 <= first.count("large") <= 6

    def test_a_stream_of_one_shape_does_not_starve_another(self) -> None:
        scheduler = make_scheduler(row_cap=2, max_waiting=10_000)
        scheduler.add(make_ticket("rare", key=LARGE, owner="ana", num_evaluations=2))
        for i in range(100):
            scheduler.add(make_ticket(f"s{i}", key=SMALL, owner="ana", num_evaluations=2))
        assert steps_until_finished(run_all(scheduler), "rare") <= 10
