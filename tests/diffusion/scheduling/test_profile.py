from __future__ import annotations

import dataclasses
import logging

import hypothesis.strategies as st
import pytest
from hypothesis import given

from diffusion.errors import ComponentFailedError, ComponentUnavailableError
from diffusion.measuring import AWAY_S, LONGEST_S, QUIET_S, Measurement, Measurer
from diffusion.scheduling.costs import CostModel
from diffusion.scheduling.profile import LEAST_ROWS, WORTH, CallCost, Profile, fitted, load_profile
from diffusion.scheduling.records import Phase
from tests.diffusion.scheduling.factories import LARGE, SMALL
from tests.fakes.clock import FakeClock
from tests.fakes.pipeline import make_spec
from tests.fakes.toy_runner import ToyRunner

COST = CallCost(64, 0.020, 0.0025)


class TestFit:
    @given(fixed=st.floats(1e-4, 1.0), row=st.floats(1e-4, 1.0))
    def test_finds_the_line_that_the_calls_lie_on(self, fixed: float, row: float) -> None:
        found = fitted(64, {rows: fixed + row * rows for rows in (1, 2, 4, 8, 16)})
        assert found.fixed_s == pytest.approx(fixed, rel=1e-3, abs=1e-6)
        assert found.row_s == pytest.approx(row, rel=1e-3, abs=1e-6)
        assert found.error < 1e-3

    def test_neither_part_is_ever_negative(self) -> None:
        growing = fitted(64, {1: 1.0, 2: 2.5, 4: 6.0})
        assert growing.fixed_s == 0.0
        assert growing.row_s > 1.0
        falling = fitted(64, {1: 1.0, 2: 0.9, 4: 0.8})
        assert falling.row_s == 0.0

    def test_a_single_call_is_all_rows(self) -> None:
        assert fitted(64, {2: 1.0}).seconds(4) == pytest.approx(2.0)


class TestCap:
    @given(fixed=st.floats(1e-4, 1.0), row=st.floats(1e-5, 1.0), most=st.integers(2, 64))
    def test_is_the_least_that_is_worth_it(self, fixed: float, row: float, most: int) -> None:
        cost = CallCost(64, fixed, row)
        cap = cost.worthwhile_rows(most)
        goal = WORTH * most / cost.seconds(most)
        assert LEAST_ROWS <= cap <= most
        assert cap / cost.seconds(cap) >= goal * (1 - 1e-6)
        assert cap == LEAST_ROWS or (cap - 1) / cost.seconds(cap - 1) < goal * (1 + 1e-6)

    def test_where_a_row_costs_all_nothing_is_packed(self) -> None:
        assert CallCost(64, 0.0, 1.0).worthwhile_rows(16) == LEAST_ROWS

    def test_where_a_call_costs_all_everything_is(self) -> None:
        assert CallCost(64, 1.0, 1e-6).worthwhile_rows(16) == 16

    def test_without_a_profile_it_is_the_graphs(self) -> None:
        assert CostModel({"unet": 8}).row_cap(SMALL) == 8


class TestShapes:
    profile = Profile("", {"unet": (CallCost(64, 0.02, 0.002), CallCost(256, 0.04, 0.008))})

    def test_between_two_measured_ones_it_is_in_proportion(self) -> None:
        assert self.profile.cost("unet", 160) == CallCost(160, 0.03, 0.005)

    @pytest.mark.parametrize(("area", "row_s"), [(16, 0.0005), (1024, 0.032)])
    def test_outside_a_row_costs_by_its_area(self, area: int, row_s: float) -> None:
        cost = self.profile.cost("unet", area)
        assert cost is not None
        assert cost.row_s == pytest.approx(row_s)

    def test_a_network_that_was_not_measured_has_none(self) -> None:
        assert self.profile.cost("vae_encoder", 64) is None


class TestFile:
    def test_comes_back_as_it_was_written(self, tmp_path) -> None:
        profile = Profile("weights", {"unet": (COST,), "text_encoder": (CallCost(0, 0.001, 0.002),)}, "a machine")
        (tmp_path / "profile.json").write_text(profile.to_json())
        assert load_profile(tmp_path / "profile.json", "weights") == profile

    @pytest.mark.parametrize(
        "text", ["", "[]", "{}", '{"format": 2}', Profile("w", {"unet": (CallCost(64, -1.0, 1.0),)}).to_json()]
    )
    def test_one_that_is_none_is_passed_over_with_a_warning(self, tmp_path, caplog, text: str) -> None:
        (tmp_path / "profile.json").write_text(text)
        with caplog.at_level(logging.WARNING):
            assert load_profile(tmp_path / "profile.json", "w") is None
        assert "profile.json" in caplog.text

    def test_one_of_other_weights_is_passed_over(self, tmp_path, caplog) -> None:
        (tmp_path / "profile.json").write_text(Profile("old", {"unet": (COST,)}).to_json())
        assert load_profile(tmp_path / "profile.json", "new") is None
        assert "other weights" in caplog.text

    def test_none_is_no_fault(self, tmp_path, caplog) -> None:
        assert load_profile(tmp_path / "profile.json", "w") is None
        assert not caplog.text


class TestLearning:
    def test_a_slower_machine_is_noticed(self) -> None:
        costs = CostModel({"unet": 8}, Profile("", {"unet": (dataclasses.replace(COST, area=SMALL.area),)}))
        before = costs.step_s(SMALL, 4)
        for _ in range(100):
            costs.observe(Phase.DENOISE, SMALL, 4, 2 * COST.seconds(4))
        assert costs.step_s(SMALL, 4) == pytest.approx(2 * before, rel=0.01)
        assert costs.uncorrected().step_s(SMALL, 4) == pytest.approx(before)

    def test_one_stall_is_not_a_new_speed(self) -> None:
        costs = CostModel({"unet": 8}, Profile("", {"unet": (dataclasses.replace(COST, area=SMALL.area),)}))
        before = costs.step_s(SMALL, 4)
        costs.observe(Phase.DENOISE, SMALL, 4, 100.0)
        assert costs.step_s(SMALL, 4) < 1.5 * before

    def test_without_a_profile_the_first_step_tells(self) -> None:
        costs = CostModel({"unet": 8})
        assert not costs.is_known
        costs.observe(Phase.DENOISE, SMALL, 4, 0.4)
        assert costs.is_known
        assert costs.step_s(LARGE, 4) == pytest.approx(0.4 * LARGE.area / SMALL.area)

    def test_a_variant_is_learned_by_itself(self) -> None:
        costs = CostModel({"unet": 8}, Profile("", {"unet": (dataclasses.replace(COST, area=SMALL.area),)}))
        control = dataclasses.replace(SMALL, variant="control")
        costs.observe(Phase.DENOISE, control, 4, 1.5 * COST.seconds(4))
        assert costs.step_s(control, 4) == pytest.approx(1.5 * COST.seconds(4))
        assert costs.step_s(SMALL, 4) == pytest.approx(COST.seconds(4))


class Device:
    """Networks that take `0.02 + 0.0025 * rows` seconds at the usual size, on the fake clock."""

    def __init__(self) -> None:
        self.spec, self.clock = make_spec(), FakeClock()
        self.runner = ToyRunner(self.spec, self.take)
        self.error: Exception | None = None
        self.calls: list[tuple[str, int, float]] = []

    def take(self, component, inputs) -> None:
        if self.error is not None:
            raise self.error
        first = next(iter(inputs.values()))
        area = first.shape[2] * first.shape[3] / 64 if first.ndim == 4 else 1.0
        if component == "vae_encoder":
            area /= self.spec.latent.pixels**2
        seconds = 0.02 + 0.0025 * len(first) * area
        self.calls.append((str(component), len(first), seconds))
        self.clock.advance(seconds)

    def measurement(self) -> Measurement:
        return Measurement(self.spec, self.runner, self.clock)


class TestMeasuring:
    def test_finds_what_the_networks_take(self) -> None:
        device = Device()
        measurement = device.measurement()
        while measurement.step() is not None:
            pass
        profile = measurement.profile()
        for network in ("unet", "vae_decoder", "vae_encoder"):
            cost = profile.cost(network, 64)
            assert cost is not None
            assert (cost.fixed_s, cost.row_s) == (pytest.approx(0.02), pytest.approx(0.0025)), network
        assert [cost.area for cost in profile.costs["unet"]] == [16, 64, 256]
        assert profile.fingerprint == device.spec.fingerprint
        assert Profile.from_json(profile.to_json()) == profile

    def test_makes_one_call_at_a_time(self) -> None:
        device = Device()
        measurement = device.measurement()
        for number in range(10):
            measurement.step()
            assert len(device.calls) == number + 1

    def test_makes_no_call_that_would_take_long(self) -> None:
        device = Device()
        take = device.take

        def slow(component, inputs) -> None:
            take(component, inputs)
            device.clock.advance(0.3 * len(next(iter(inputs.values()))))

        device.runner.before = slow
        measurement = device.measurement()
        while measurement.step() is not None:
            pass
        rows = [rows for component, rows, _ in device.calls if component == "unet"]
        assert max(rows) * 0.3 <= LONGEST_S

    def test_a_network_that_is_away_is_asked_again(self) -> None:
        device = Device()
        measurement = device.measurement()
        device.error = ComponentUnavailableError("unet", "is not ready")
        assert measurement.step() == pytest.approx(0.5)
        device.error = None
        while measurement.step() is not None:
            pass
        assert measurement.profile().costs.keys() == {"unet", "vae_decoder", "vae_encoder", "text_encoder"}

    def test_one_that_stays_away_is_left_out(self) -> None:
        device = Device()
        measurement, began = device.measurement(), device.clock()
        device.error = ComponentUnavailableError("unet", "is not found")
        while (pause := measurement.step()) is not None:
            device.clock.advance(pause)
        assert measurement.profile().costs == {}
        assert device.clock() - began == 4 * AWAY_S  # for each of the networks, not for each of their shapes

    def test_one_that_refuses_is_left_out(self) -> None:
        device = Device()
        measurement = device.measurement()
        device.error = ComponentFailedError("unet", "out of memory")
        while measurement.step() is not None:
            pass
        assert measurement.profile().costs == {}


class TestMeasurer:
    def test_measures_beside_probes_once_it_has_been_quiet(self) -> None:
        device, found = Device(), []
        measurer = Measurer(device.measurement, device.clock, found.append, at_once=True)
        measurer.spend(0.3)
        assert device.calls == []
        device.clock.advance(QUIET_S)
        probes = 0
        while not found:
            probes += 1
            before = device.clock()
            measurer.spend(0.3)
            assert device.clock() - before < 0.3 + LONGEST_S
        assert probes > 1
        measurer.spend(0.3)
        assert len(found) == 1

    def test_who_asks_for_one_picture_after_the_other_waits_for_no_measurement(self) -> None:
        device = Device()
        measurer = Measurer(device.measurement, device.clock, print, at_once=True)
        for _ in range(20):  # a step, then a pause that is shorter than the quiet time
            device.clock.advance(0.1)
            measurer.postpone()
            device.clock.advance(0.9 * QUIET_S)
            measurer.spend(0.3)
        assert device.calls == []
        device.clock.advance(0.1 * QUIET_S)
        measurer.spend(0.0)
        assert len(device.calls) == 1

    def test_an_order_does_not_wait_for_idleness_and_is_answered(self) -> None:
        device, found, answers = Device(), [], []
        measurer = Measurer(device.measurement, device.clock, found.append, at_once=False)
        assert not measurer.is_ordered
        measurer.order(answers.append)
        measurer.order(answers.append)
        while measurer.is_ordered:
            measurer.postpone()
            measurer.step()
        assert answers == [found[0], found[0]]

    def test_a_defect_ends_it_and_who_waits_is_told(self) -> None:
        device, answers = Device(), []
        measurer = Measurer(device.measurement, device.clock, print, at_once=False)
        measurer.order(answers.append)
        device.error = RuntimeError("a defect")
        measurer.step()
        assert answers == [None]
        assert not measurer.is_ordered
