from __future__ import annotations

import numpy as np
import pytest

from benchmarks.arrivals import poisson_trace


def test_a_seed_gives_one_trace():
    assert poisson_trace(5.0, 20.0, [10, 20], 3) == poisson_trace(5.0, 20.0, [10, 20], 3)
    assert poisson_trace(5.0, 20.0, [10, 20], 3) != poisson_trace(5.0, 20.0, [10, 20], 4)


def test_gaps_are_exponential_with_the_rate_asked_for():
    times = np.array([arrival.at for arrival in poisson_trace(50.0, 400.0, [10], 1)])
    gaps = np.diff(times)
    assert gaps.mean() == pytest.approx(1 / 50, rel=0.03)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.05)
    assert times[-1] < 400.0


def test_every_step_count_occurs_about_equally_often():
    steps = [arrival.steps for arrival in poisson_trace(50.0, 200.0, [10, 20, 40], 1)]
    assert [steps.count(count) / len(steps) for count in (10, 20, 40)] == pytest.approx([1 / 3] * 3, abs=0.03)


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        poisson_trace(0.0, 10.0, [10], 1)
