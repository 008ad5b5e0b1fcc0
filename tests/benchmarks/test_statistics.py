from __future__ import annotations

import numpy as np
import pytest

from benchmarks.statistics import Latencies, bootstrap, median, p99


def test_latencies_are_percentiles_in_seconds_and_milliseconds_in_json():
    latencies = Latencies.of(np.arange(1, 101) / 1000)
    assert latencies.count == 100
    assert latencies.p50 == pytest.approx(0.0505)
    assert latencies.p99 == pytest.approx(0.09901)
    assert latencies.as_dict()["max_ms"] == 100.0


def test_nothing_measured_is_an_error_and_not_a_zero():
    with pytest.raises(ValueError, match="no duration"):
        Latencies.of([])


def test_the_interval_of_a_median_holds_it_and_narrows_with_more_values():
    random = np.random.default_rng(1)
    few, many = (median(random.normal(10, 1, count)) for count in (20, 2000))
    assert few.low <= few.value <= few.high
    assert many.high - many.low < (few.high - few.low) / 3
    assert many.low < 10 < many.high


def test_the_interval_of_a_ratio_covers_the_truth():
    random = np.random.default_rng(2)
    slow, fast = random.exponential(2.0, 3000), random.exponential(1.0, 3000)
    ratio = bootstrap(lambda a, b: p99(a) / p99(b), slow, fast)
    assert ratio.low < 2.0 < ratio.high
    assert 1.6 < ratio.value < 2.4
