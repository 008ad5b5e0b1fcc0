"""Shapes of any cost, owners of any number: none starves, and the time goes to the shapes by their owners."""

from __future__ import annotations

from collections import Counter, defaultdict

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from diffusion.scheduling.batch_key import BatchKey
from diffusion.scheduling.costs import CostModel
from diffusion.scheduling.deficit import DeficitRoundRobin, Wish
from diffusion.scheduling.profile import CallCost, Profile
from diffusion.scheduling.records import Phase
from tests.diffusion.scheduling.factories import make_scheduler, make_ticket, run_one

SIDES = (8, 16, 24, 32)
PROFILE = Profile("", {"unet": tuple(CallCost(side * side, 0.02, 0.00004 * side * side) for side in SIDES)})
WISHES = st.dictionaries(
    st.sampled_from("abcdef"), st.builds(Wish, st.floats(0.01, 10.0), st.integers(1, 5)), min_size=2
)


class TestRing:
    @given(wishes=WISHES, batches=st.integers(100, 300))
    def test_service_follows_the_weights_within_a_batch_or_two(self, wishes, batches: int) -> None:
        ring, served = DeficitRoundRobin[str](), dict.fromkeys(wishes, 0.0)
        for _ in range(batches):
            ring.observe(wishes)
            who = ring.choose(wishes)
            ring.pay(who, wishes)
            served[who] += wishes[who].cost
        weights, dearest = sum(wish.weight for wish in wishes.values()), max(wish.cost for wish in wishes.values())
        total = sum(served.values())
        for who, wish in wishes.items():
            cheapest = min(other.cost for other in wishes.values())
            slack = 2 * (dearest + cheapest) * len(wishes) * wish.weight
            assert abs(served[who] - total * wish.weight / weights) <= slack

    @given(wishes=WISHES)
    def test_nobody_waits_longer_than_the_others_credit_lasts(self, wishes) -> None:
        ring, waited = DeficitRoundRobin[str](), dict.fromkeys(wishes, 0.0)
        weights = sum(wish.weight for wish in wishes.values())
        dearest = max(wish.cost for wish in wishes.values())
        for _ in range(400):
            ring.observe(wishes)
            who = ring.choose(wishes)
            ring.pay(who, wishes)
            for other in wishes:
                waited[other] = 0.0 if other == who else waited[other] + wishes[who].cost
            for other, wish in wishes.items():
                # his own price as often as the others have weight, and what they may have saved up
                assert waited[other] <= (wish.cost + dearest) * weights / wish.weight + 2 * dearest * len(wishes)

    @given(wishes=WISHES)
    def test_asking_changes_nothing(self, wishes) -> None:
        ring = DeficitRoundRobin[str]()
        ring.observe(wishes)
        assert ring.choose(wishes) == ring.choose(wishes)

    def test_who_was_away_has_no_credit(self) -> None:
        ring, wishes = DeficitRoundRobin[str](), {"a": Wish(1.0, 1), "b": Wish(9.0, 1)}
        for _ in range(5):
            ring.observe(wishes)
            ring.pay("a", wishes)
        ring.observe(["a"])
        ring.observe(wishes)
        assert [ring.choose(wishes), ring._credits["b"]] == ["a", 0.0]


class TestScheduler:
    @settings(deadline=None, max_examples=40)
    @given(
        demand=st.dictionaries(
            st.sampled_from(SIDES), st.sets(st.sampled_from("uvwxyz"), min_size=1), min_size=2, max_size=4
        )
    )
    def test_time_goes_to_shapes_by_their_owners(self, demand) -> None:
        """Each shape is wanted without end by some owners; an owner may want several."""
        costs = CostModel({"unet": 8}, PROFILE)
        scheduler = make_scheduler(row_cap=8, max_waiting=10_000, costs=costs)
        for side, owners in demand.items():
            for owner in owners:
                for number in range(4):
                    key = BatchKey(side, side, 1)
                    scheduler.add(make_ticket(f"{side}{owner}{number}", key=key, owner=owner, num_evaluations=100_000))
        spent: dict[int, float] = defaultdict(float)
        for _ in range(600):
            batch, _ = run_one(scheduler)
            if batch.phase is Phase.DENOISE:
                spent[batch.key.height] += costs.uncorrected().step_s(batch.key, 2 * len(batch.images))
        weights, total = sum(map(len, demand.values())), sum(spent.values())
        for side, owners in demand.items():
            assert spent[side] / total == pytest.approx(len(owners) / weights, rel=0.2), (side, dict(spent))

    def test_a_cheap_shape_is_not_held_up_by_a_dear_ones_burst(self) -> None:
        costs = CostModel({"unet": 8}, PROFILE)
        scheduler = make_scheduler(row_cap=8, max_waiting=1000, costs=costs)
        for number in range(40):
            scheduler.add(make_ticket(f"dear{number}", key=BatchKey(32, 32, 1), owner="dear", num_evaluations=40))
        for _ in range(20):
            run_one(scheduler)
        scheduler.add(make_ticket("cheap", key=BatchKey(8, 8, 1), owner="cheap", num_evaluations=20))
        dear_s = 0.0
        while scheduler.entry("cheap") is not None:
            batch, _ = run_one(scheduler)
            if batch.phase is Phase.DENOISE and batch.key.height == 32:
                dear_s += costs.uncorrected().step_s(batch.key, 2 * len(batch.images))
        cheap_s = 20 * costs.uncorrected().step_s(BatchKey(8, 8, 1), 2)
        dear_batch_s = costs.uncorrected().step_s(BatchKey(32, 32, 1), 8)
        assert dear_s <= cheap_s + 2 * dear_batch_s  # as much as its own, and the batch it waits for

    def test_owners_of_one_shape_share_it_by_cost(self) -> None:
        """With guidance a row costs twice; both owners get the same time, not the same number of steps."""
        costs = CostModel({"unet": 4}, PROFILE)
        scheduler = make_scheduler(row_cap=2, max_waiting=1000, costs=costs)
        for number in range(4):
            scheduler.add(make_ticket(f"a{number}", owner="a", key=BatchKey(32, 32, 1), rows_per_image=2))
            for more in range(2):
                name = f"b{number}{more}"
                scheduler.add(make_ticket(name, owner="b", key=BatchKey(32, 32, 1), rows_per_image=1))
        rows: Counter[str] = Counter()
        for _ in range(40):
            if not scheduler.num_requests:
                break
            batch, _ = run_one(scheduler)
            if batch.phase is Phase.DENOISE:
                for image in batch.images:
                    rows[image.request_id[0]] += 2 if image.request_id[0] == "a" else 1
        assert abs(rows["a"] - rows["b"]) <= 8, rows
