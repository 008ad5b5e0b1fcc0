"""The model on cases whose answers are known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.simulation.fit import fitted, volley_s
from benchmarks.simulation.model import Scaling, closed_loop, fixed, quantile, simulate
from benchmarks.simulation.profile import ClosedLoop, Profile, Volley
from benchmarks.simulation.traces import Job, Trace, burst, daily_wave, greedy, steady

DEVICE = Profile(0.020, 0.0025, 8, 1, 0.05, 0.0, 32, "the device model")


def trace(*jobs: Job) -> Trace:
    return Trace("made up", max(job.at for job in jobs) + 1, jobs)


def test_a_lone_job_takes_its_steps_and_what_is_around_them() -> None:
    outcome = simulate(DEVICE, trace(Job(0.0, "ann", 10)), fixed(1))
    assert outcome.latencies == [pytest.approx(10 * 0.0225 + 0.05)]


def test_eight_at_once_share_every_call() -> None:
    outcome = simulate(DEVICE, trace(*(Job(0.0, f"user-{i}", 10) for i in range(8))), fixed(1))
    assert max(outcome.latencies) == pytest.approx(0.0225 + 10 * 0.040 + 0.05, abs=0.03)
    assert outcome.calls in (10, 11)


def test_a_newcomer_joins_at_the_next_step_and_a_burst_does_not_delay_him() -> None:
    jobs = [Job(0.0, "greedy", 20) for _ in range(50)] + [Job(0.4, "ann", 20)]
    outcome = simulate(DEVICE, trace(*jobs), fixed(1))
    anns = dict(zip(outcome.owners, outcome.latencies, strict=True))["ann"]
    assert anns < 1.5, "his own steps, and the wait for a place in the worker"
    assert max(outcome.latencies) > 4


def test_the_autoscaler_follows_a_burst_after_its_cold_start() -> None:
    one = DEVICE.images_per_s(20)
    outcome = simulate(DEVICE, burst(one, 900, (20,), 1), Scaling(1, 1, 8, drain_s=10, cold_start_s=30))
    assert max(count for _, count in outcome.engines) > 2
    assert len(outcome.latencies) == len(burst(one, 900, (20,), 1).jobs)
    alone = simulate(DEVICE, burst(one, 900, (20,), 1), fixed(1))
    assert quantile(outcome.latencies, 0.99) < quantile(alone.latencies, 0.99) / 2


def test_engines_that_keep_up_under_an_even_load_stay() -> None:
    """Nothing waits then, so a scaler that looks at the queue alone removes them, and the count saws."""
    even = steady(2 * DEVICE.images_per_s(20), 1000, (20,), 5)
    quick = {"cold_start_s": 60.0, "scale_down_s": 120.0, "drain_s": 5.0}

    def counts(busy_jobs: int) -> list[int]:
        outcome = simulate(DEVICE, even, Scaling(4, 1, 8, busy_jobs=busy_jobs, **quick))
        return [count for at, count in outcome.engines if at > 400]

    with_busy, without = counts(4), counts(10**9)
    assert min(with_busy) >= 3, "two would be full all the time"
    assert max(with_busy) - min(with_busy) <= 2 < max(without) - min(without)


def test_from_zero_the_first_job_waits_for_the_cold_start() -> None:
    outcome = simulate(DEVICE, trace(Job(5.0, "ann", 10)), Scaling(0, 0, 1, cold_start_s=60))
    assert 60 < outcome.latencies[0] < 100


def test_the_profile_is_found_again_from_closed_loops() -> None:
    points = [ClosedLoop(c, 20, 0.05 + 20 * DEVICE.call_s(c)) for c in (1, 2, 4, 8)]
    points.append(ClosedLoop(1, 5, 0.05 + 5 * DEVICE.call_s(1)))  # else steps and what is around them look alike
    found = fitted(points, DEVICE, "made up")
    assert (found.step_s, found.row_s) == pytest.approx((0.020, 0.0025), rel=0.06)
    assert found.around_s + found.gateway_s == pytest.approx(0.05, abs=0.01), "a lone request cannot tell the two apart"


def test_the_share_of_the_gateways_one_process_is_found_too() -> None:
    true = replace(DEVICE, gateway_s=0.025)
    loops = [(1, 20), (2, 20), (4, 20), (8, 20), (1, 5), (8, 5)]
    points = [ClosedLoop(callers, steps, closed_loop(true, callers, steps)) for callers, steps in loops]
    volley = Volley(24, 8, 5, volley_s(true, 24, 8, 5))
    found = fitted(points, DEVICE, "made up", [volley])
    assert found.gateway_s == pytest.approx(0.025, abs=0.006)
    assert (found.step_s, found.row_s) == pytest.approx((0.020, 0.0025), rel=0.15)


def test_a_burst_waits_for_the_gateways_one_process() -> None:
    burst_of_30 = trace(*(Job(0.0, "greedy", 10) for _ in range(30)))
    without, with_it = (simulate(replace(DEVICE, gateway_s=s), burst_of_30, fixed(1)).latencies for s in (0.0, 0.04))
    assert min(with_it) == pytest.approx(min(without) + 0.04, abs=0.2)
    lone = simulate(replace(DEVICE, gateway_s=0.04), trace(Job(0.0, "ann", 10)), fixed(1)).latencies
    assert lone == [pytest.approx(10 * 0.0225 + 0.05 + 0.04)]


def test_traces_have_the_rates_that_they_promise() -> None:
    assert len(steady(5, 1000, (20,), 1).jobs) == pytest.approx(5000, rel=0.05)
    assert len(daily_wave(5, 1000, (20,), 1).jobs) == pytest.approx(5000, rel=0.05)
    assert len(burst(5, 1000, (20,), 1).jobs) == pytest.approx(9500, rel=0.05)
    assert sum(job.owner == "greedy" for job in greedy(1, 100, (20,), 1, 40).jobs) == 40
