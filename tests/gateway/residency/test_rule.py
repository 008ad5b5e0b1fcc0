"""The rule over random histories of one server: it is never above its limit, and takes nothing that is in use."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.backend.base import Presence, Sighting
from gateway.residency.rule import (
    COOLING,
    GOING,
    LOADED,
    MOVING,
    REMOVAL,
    RESIDENT,
    RESTORE,
    TURN,
    WAITER,
    Residency,
    Seen,
    State,
    plan,
    reconcile,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = st.sampled_from("abcde")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def one(model: str, state: State = State.COLD, **fields) -> Residency:
    return Residency(model, state, fields.pop("changed_at", START), **fields)


def known(*all_of_them: Residency) -> dict[str, Residency]:
    return {found.model: found for found in all_of_them}


def changes(found) -> dict[str, State]:
    return {name: changed.state for name, changed in found.items()}


def seen(record, **presence: Presence) -> Seen:
    versions = {name: found.version for name, found in record.items()}
    return Seen(Sighting(presence, dict.fromkeys(presence, "1")), versions)


class TestPlan:
    def test_a_wanted_one_is_loaded_where_there_is_a_place(self):
        record = known(one("a", State.WARM), one("b").wanted(at(0), WAITER))
        assert changes(plan(record, 2, at(1))) == {"b": State.LOADING}

    def test_nobody_loads_what_nobody_wants(self):
        assert plan(known(one("a"), one("b", State.FAILED)), 3, at(1)) == {}

    def test_the_least_recently_used_one_goes(self):
        record = known(
            one("a", State.WARM, last_used_at=at(20)),
            one("b", State.WARM, last_used_at=at(10)),
            one("c").wanted(at(30), WAITER),
        )
        assert changes(plan(record, 2, at(31))) == {"b": State.UNLOADING}

    def test_never_one_in_use(self):
        record = known(
            one("a", State.WARM, last_used_at=at(20)),
            one("b", State.WARM, last_used_at=at(10), holders=1),
            one("c").wanted(at(30), WAITER),
        )
        assert changes(plan(record, 2, at(31))) == {"a": State.UNLOADING}

    def test_one_that_was_just_loaded_waits_for_who_asked_for_it(self):
        fresh = one("a", State.LOADING).wanted(at(0), WAITER).loaded("", at(1))
        record = known(fresh, one("b").wanted(at(0), timedelta(seconds=60)))
        assert plan(record, 1, at(2)) == {}
        assert changes(plan(record, 1, at(7))) == {"a": State.UNLOADING}

    def test_no_second_one_goes_while_a_place_is_being_made(self):
        record = known(
            one("a", State.UNLOADING, lease_until=at(60)),
            one("b", State.WARM),
            one("c").wanted(at(0), timedelta(seconds=60)),
        )
        assert plan(record, 2, at(6)) == {}

    def test_where_all_are_in_use_one_gives_way_to_who_has_waited_long(self):
        record = known(one("a", State.WARM, holders=2), one("b").wanted(at(0), timedelta(seconds=60)))
        assert plan(record, 1, at(5)) == {}
        yielding = plan(record, 1, at(0) + TURN + timedelta(seconds=1))
        assert changes(yielding) == {"a": State.YIELDING}
        record |= yielding
        assert plan(record, 1, at(12)) == {}, "it is still in use"
        record["a"] = dataclasses.replace(record["a"], holders=0)
        assert changes(plan(record, 1, at(13))) == {"a": State.UNLOADING}

    def test_it_need_not_when_the_other_has_gone(self):
        record = known(one("a", State.YIELDING, holders=1), one("b"))
        assert changes(plan(record, 1, at(1))) == {"a": State.WARM}

    def test_an_order_of_a_lost_worker_is_given_again_and_his_is_void(self):
        lost = one("a", State.LOADING, lease_until=at(10), version=3)
        assert plan(known(lost), 1, at(9)) == {}
        again = plan(known(lost), 1, at(11))["a"]
        assert (again.state, again.version) == (State.LOADING, 4)

    def test_one_that_failed_is_left_alone_for_a_while(self):
        record = known(one("a", State.FAILED, changed_at=at(0)).wanted(at(0), timedelta(seconds=600)))
        assert plan(record, 1, at(1)) == {}
        assert changes(plan(record, 1, at(0) + COOLING)) == {"a": State.LOADING}

    def test_a_lowered_limit_lets_idle_ones_go_and_no_more(self):
        record = known(one("a", State.WARM), one("b", State.WARM, holders=1), one("c", State.WARM))
        assert changes(plan(record, 1, at(9))) == {"a": State.UNLOADING, "c": State.UNLOADING}


class TestReconcile:
    def test_new_ones_are_loaded_as_far_as_there_are_places_preferred_first(self):
        found = reconcile({}, seen({}, a=Presence.ABSENT, b=Presence.ABSENT, c=Presence.ABSENT), 2, at(0), ["c"])
        assert {name for name, new in found.items() if new.is_wanted(at(1))} == {"c", "a"}

    def test_what_was_loaded_comes_back_after_a_restart_and_what_was_unloaded_does_not(self):
        record = known(one("a", State.WARM), one("b", State.COLD))
        found = reconcile(record, seen(record, a=Presence.ABSENT, b=Presence.ABSENT), 3, at(0), [])
        assert changes(plan(found, 3, at(0))) == {"a": State.LOADING}

    def test_what_somebody_else_loaded_is_known(self):
        record = known(one("a", State.COLD))
        assert changes(reconcile(record, seen(record, a=Presence.LOADED), 3, at(0), [])) == {"a": State.WARM}

    def test_a_sighting_from_before_a_change_is_not_believed(self):
        old = known(one("a", State.WARM))
        record = known(old["a"].to(State.COLD, at(1)))
        assert reconcile(record, seen(old, a=Presence.LOADED), 3, at(2), []) == record

    def test_one_that_is_not_installed_any_more_is_unloaded_and_forgotten(self):
        record = known(one("a", State.WARM))
        gone = Seen(Sighting({"a": Presence.LOADED}, {}), {"a": 0})
        unloading = reconcile(record, gone, 3, at(0), [])
        assert changes(unloading) == {"a": State.UNLOADING}
        cold = known(unloading["a"].to(State.COLD, at(1)))
        assert reconcile(cold, Seen(Sighting({}, {}), {"a": cold["a"].version}), 3, at(2), []) == {}

    def test_one_that_is_being_removed_is_not_loaded_whoever_wants_it(self):
        record = known(one("a", State.WARM).removed(at(0)))
        assert record["a"].state is State.REMOVING
        record["a"] = (
            dataclasses.replace(record["a"], lease_until=at(15)).to(State.REMOVED, at(1)).wanted(at(1), RESTORE)
        )
        found = reconcile(record, seen(record, a=Presence.ABSENT), 3, at(2), [])
        assert found == record
        assert plan(found, 3, at(2)) == {}
        assert changes(plan(known(found["a"].readmitted(at(3))), 3, at(3))) == {"a": State.LOADING}

    def test_one_whose_remover_died_is_served_again(self):
        record = known(one("a", State.REMOVED, content="1"))
        still = seen(record, a=Presence.ABSENT)
        assert reconcile(record, still, 3, at(0) + REMOVAL, []) == record
        assert changes(reconcile(record, still, 3, at(1) + REMOVAL, [])) == {"a": State.COLD}

    def test_one_whose_description_changes_while_it_is_removed_is_not_loaded_for_that(self):
        record = known(one("a", State.REMOVED, content="0"))
        assert reconcile(record, seen(record, a=Presence.ABSENT), 3, at(1), []) == record

    def test_a_removed_one_that_went_is_forgotten(self):
        record = known(one("a", State.REMOVED))
        assert reconcile(record, Seen(Sighting({}, {}), {"a": 0}), 3, at(1), []) == {}

    def test_a_removed_one_that_somebody_loads_is_unloaded(self):
        record = known(one("a", State.REMOVED))
        assert changes(reconcile(record, seen(record, a=Presence.LOADED), 3, at(1), [])) == {"a": State.REMOVING}

    def test_a_server_that_is_new_does_not_load_what_is_being_removed_from_another(self):
        fresh = Seen(Sighting({"a": Presence.ABSENT}, {"a": "1"}), {}, {"a"})
        assert changes(reconcile({}, fresh, 3, at(0), [])) == {"a": State.REMOVED}

    def test_one_that_was_installed_anew_is_loaded_anew_when_nobody_uses_it(self):
        record = known(one("a", State.WARM, content="0", holders=1))
        assert reconcile(record, seen(record, a=Presence.LOADED), 3, at(0), []) == record
        record["a"] = dataclasses.replace(record["a"], holders=0)
        found = reconcile(record, seen(record, a=Presence.LOADED), 3, at(0), [])
        assert changes(found) == {"a": State.UNLOADING}
        assert found["a"].is_wanted(at(0) + RESTORE / 2)


class Histories(RuleBasedStateMachine):
    """Jobs come and go, workers die, the server loses everything; what is decided is carried out in any order."""

    @initialize(limit=st.integers(1, 4), loaded=st.sets(MODELS))
    def begin(self, limit, loaded):
        self.limit, self.now, self.holders = limit, START, dict.fromkeys("abcde", 0)
        self.loaded = set(sorted(loaded)[:limit])
        self.record: dict[str, Residency] = {}
        self.tick()

    def current(self):
        return {name: dataclasses.replace(found, holders=self.holders[name]) for name, found in self.record.items()}

    @rule(seconds=st.sampled_from([0.5, 3, 20, 90]))
    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule()
    def tick(self):
        before = self.current()
        there = {name: Presence.LOADED if name in self.loaded else Presence.ABSENT for name in "abcde"}
        found = reconcile(before, seen(before, **there), self.limit, self.now, [])
        orders = plan(found, self.limit, self.now)
        for name, order in orders.items():
            if order.state in GOING:
                assert self.holders[name] == 0, "one in use is unloaded"
            if order.state in MOVING:
                orders[name] = dataclasses.replace(order, lease_until=self.now + timedelta(seconds=15))
        self.record = {**found, **orders}

    @rule(model=MODELS)
    def a_job_asks(self, model):
        found = self.current()[model]
        if found.state is State.WARM:
            self.holders[model] += 1
            used = dataclasses.replace(found, last_used_at=self.now, wanted_since=None, wanted_until=None)
            self.record[model] = used
        else:
            self.record[model] = found.wanted(self.now, WAITER)

    @rule(model=MODELS)
    def a_job_ends(self, model):
        self.holders[model] = max(0, self.holders[model] - 1)

    @rule(model=MODELS, works=st.booleans())
    def an_order_is_carried_out(self, model, works):
        order = self.record[model]
        if order.state is State.LOADING:
            if works:
                self.loaded.add(model)
            done = order.loaded("1", self.now) if works else order.to(State.FAILED, self.now, "no memory")
            self.record[model] = done
        elif order.state in GOING:
            self.loaded.discard(model)
            after = State.COLD if order.state is State.UNLOADING else State.REMOVED
            self.record[model] = order.to(after, self.now)

    @rule(model=MODELS)
    def somebody_removes(self, model):
        found = self.current()[model]
        if not found.holders and found.state is not State.LOADING:
            self.record[model] = found.removed(self.now)

    @rule(model=MODELS)
    def it_stays_after_all(self, model):
        self.record[model] = self.record[model].readmitted(self.now)

    @rule()
    def the_server_is_started_again(self):
        self.loaded.clear()

    @invariant()
    def never_above_the_limit(self):
        if self.record:
            assert sum(found.state in RESIDENT for found in self.record.values()) <= self.limit
            assert len(self.loaded) <= self.limit

    @invariant()
    def what_is_removed_is_not_loaded(self):
        assert not {name for name, found in self.record.items() if found.state is State.REMOVED} & self.loaded

    @invariant()
    def who_uses_one_has_it(self):
        for name, found in self.record.items():
            if self.holders[name] and found.state not in LOADED:
                assert name not in self.loaded, "it was taken away while it was used"


Histories.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestHistories = Histories.TestCase
