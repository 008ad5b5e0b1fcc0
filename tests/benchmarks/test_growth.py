from __future__ import annotations

import numpy as np
import pytest

from benchmarks.growth.factors import FACTORS
from benchmarks.growth.report import order_of, summary, write_report

FACTS = {"date": "d", "commit": "c", "command": "x", "machine": {"cpu": "p", "cores": 2, "load_average_before": [0]}}


@pytest.mark.parametrize("order", [0.0, 1.0, 2.0])
def test_the_order_of_a_power_is_found_through_noise(order: float) -> None:
    values = np.array([5.0, 10, 20, 40, 80, 160])
    noise = np.random.default_rng(0).uniform(0.95, 1.05, len(values))
    assert order_of(values, (0.3 if order else 1.0) * values**order * noise) == pytest.approx(order, abs=0.1)


def test_a_fixed_part_only_lowers_it() -> None:
    values = np.array([1.0, 2, 4, 8])
    assert 0.5 < order_of(values, 1.0 + values) < 1.0


def test_the_report_has_every_factor_beside_what_is_expected(tmp_path) -> None:
    results = {
        factor.name: summary(factor, {value: [value * 0.01, value * 0.012] for value in factor.values})
        for factor in FACTORS
    }
    assert all(one["order"] == pytest.approx(1.0) for one in results.values())
    paths = write_report(FACTS, results, tmp_path)
    assert all(path.stat().st_size > 500 for path in paths)
    text = (tmp_path / "growth.md").read_text()
    assert all(f"| {factor.name} | {factor.quantity}" in text and factor.why in text for factor in FACTORS)
