from __future__ import annotations

import asyncio
import os

import httpx
import numpy as np
import pytest

from benchmarks.service import Service
from benchmarks.soak.load import MixedLoad
from benchmarks.soak.report import summary, write_report
from benchmarks.soak.samples import GATEWAY, ROLES, Sample, look, trend

FACTS = {"date": "d", "commit": "c", "command": "x", "machine": {"cpu": "p", "cores": 2, "load_average_before": [0]}}


def samples(slope_mib_per_h: float, peak_every: int = 0) -> list[Sample]:
    noise = np.random.default_rng(0).normal(0, 1, 360)
    found = []
    for number in range(360):
        memory = 300 + slope_mib_per_h * number * 5 / 3600 + noise[number]
        memory += 200 if peak_every and number % peak_every == 0 else 0
        found.append(Sample(number * 5.0, dict.fromkeys(ROLES, memory), 100, 50, number))
    return found


@pytest.mark.parametrize(("slope", "peak_every"), [(0.0, 0), (0.0, 7), (60.0, 0), (60.0, 7)])
def test_growth_is_told_from_noise_and_peaks(slope: float, peak_every: int) -> None:
    found = trend(samples(slope, peak_every), GATEWAY, 300)
    assert found["slope_mib_per_h"] == pytest.approx(slope, abs=4)
    assert found["slope_low"] <= found["slope_mib_per_h"] <= found["slope_high"]
    assert (found["slope_low"] > 0) == (slope > 0)


def test_the_report_is_written(tmp_path) -> None:
    taken = samples(0.0)
    result = summary(taken, {"done": 3, "left": 1}, 300)
    assert result["minutes"] == pytest.approx(29.9)
    paths = write_report(FACTS, result, taken, tmp_path)
    assert all(path.stat().st_size > 500 for path in paths)
    assert "3 done, 1 left" in (tmp_path / "soak.md").read_text()


def test_a_look_sees_this_process(tmp_path) -> None:
    found = look(Service("http://127.0.0.1:1", "127.0.0.1:2", "", os.getpid(), 0.0, tmp_path), 1.0, 2)
    assert found.memory_mib[GATEWAY] > 10
    assert found.files > 2
    assert found.threads >= 1


async def test_the_load_asks_in_every_way_and_stops(tmp_path, monkeypatch) -> None:
    asked, stop = [], asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) >= 60:
            stop.set()
        if request.extensions["timeout"]["read"] < 1:
            raise httpx.ReadTimeout("left")
        return httpx.Response(200 if len(asked) % 9 else 429, json={})

    transport = httpx.MockTransport(answer)
    real = httpx.AsyncClient
    monkeypatch.setattr(httpx, "AsyncClient", lambda **options: real(**options, transport=transport))
    load = MixedLoad(Service("http://127.0.0.1:1", "127.0.0.1:2", "", 0, 0.0, tmp_path), "m", 2, (1, 2))
    await asyncio.wait_for(load.run(stop), 10)
    assert load.ended["done"] > 30
    assert load.ended["left"] > 1
    assert load.ended["429"] > 1
    assert sum(load.ended.values()) == len(asked)
    assert any(b'"stream":true' in request.content for request in asked)
