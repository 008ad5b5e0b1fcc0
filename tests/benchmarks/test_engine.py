"""The engine's benchmark end to end on the real Triton. It asserts what is measured, never how fast it was."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from avila.shipped import install_shipped
from benchmarks.engine.__main__ import main
from benchmarks.engine.lone import PicturesDifferError, _check_same
from benchmarks.engine.mixed import (
    BUSY,
    CALM,
    ONE_AT_A_TIME,
    OURS,
    REQUEST_LEVEL,
    Kind,
    RequestLevel,
    kinds_of,
    make_trace,
)
from diffusion.pipeline import ControlNetSpec
from tests.fakes.pipeline import make_spec
from tests.fakes.toy_repository import write_toy_repository

FIGURES = ("lone_overhead", "lone_overhead_on_triton", "throughput_8_vs_one_at_a_time", "p99_vs_request_level")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    write_toy_repository(folder / "models", hidden=64)
    command = ["--quick", "--repository", str(folder / "models"), "--pipeline", "toy", "--output", str(folder / "out")]
    assert main(command) == 0
    return folder / "out"


@pytest.mark.triton
class TestQuickRun:
    def test_the_figures_are_there_with_their_intervals(self, results: Path):
        data = json.loads((results / "engine.json").read_text())
        for name in FIGURES:
            interval = data["intervals"][name]
            assert interval["low"] <= data[name] <= interval["high"]
            assert data[name] > 0

    def test_it_says_where_when_and_how_it_was_measured(self, results: Path):
        data = json.loads((results / "engine.json").read_text())
        assert {"date", "command", "commit", "machine", "versions"} <= set(data)
        assert data["machine"]["cores"] >= 1
        assert data["versions"]["numpy"] == np.__version__

    def test_every_system_answered_every_request_of_the_trace(self, results: Path):
        systems = json.loads((results / "engine.json").read_text())["open_loop"]["systems"]
        counts = {name: system["latency"]["count"] for name, system in systems.items()}
        assert len(counts) == 2
        assert len(set(counts.values())) == 1

    def test_callers_and_systems_are_complete(self, results: Path):
        loops = json.loads((results / "engine.json").read_text())["closed_loop"]
        assert set(loops) == {"shipped", "device", "device-512"}
        for runs in loops.values():
            assert len({(run["system"], run["callers"]) for run in runs}) == len(runs) == 4

    def test_the_table_and_the_plots_are_written(self, results: Path):
        text = (results / "engine.md").read_text()
        plots = sorted(results.glob("*.png"))
        assert len(plots) == 5
        for path in plots:
            assert path.read_bytes().startswith(b"\x89PNG")
            assert f"({path.name})" in text
        assert all(name in text for name in FIGURES)


@pytest.mark.triton
def test_the_baselines_call_the_networks_of_the_shipped_pipeline(tmp_path: Path):
    install_shipped(tmp_path / "models", lambda _: None)
    options = ["--repository", str(tmp_path / "models"), "--output", str(tmp_path / "out")]
    assert main(["--quick", "--parts", "shipped", *options]) == 0
    (runs,) = json.loads((tmp_path / "out" / "engine.json").read_text())["closed_loop"].values()
    assert {run["system"] for run in runs} == {"one at a time", "step-level (ours)"}


def test_a_pipeline_that_is_not_installed_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["--quick", "--parts", "lone", "--repository", str(tmp_path), "--pipeline", "missing"]) == 2
    assert "missing is not installed" in capsys.readouterr().err


def test_times_of_different_pictures_are_not_compared():
    picture = np.full((2, 2, 3), 100, np.uint8)
    _check_same({"bare loop": picture, "Triton": picture + 1})
    with pytest.raises(PicturesDifferError, match="by 3 of 255"):
        _check_same({"bare loop": picture, "Triton": picture - 3})


class TestMixedLoad:
    @pytest.mark.triton
    def test_every_policy_answered_the_whole_trace_of_both_owners(self, results: Path):
        data = json.loads((results / "engine.json").read_text())["mixed"]
        assert set(data["systems"]) == {OURS, REQUEST_LEVEL, ONE_AT_A_TIME}
        counts = {
            (name, owner): figures["latency"]["count"]
            for name, run in data["systems"].items()
            for owner, figures in run["owners"].items()
        }
        assert len(counts) == 6
        for owner in (BUSY, CALM):
            assert len({count for (_, of), count in counts.items() if of == owner}) == 1
        assert all(0.5 <= run["fairness"] <= 1 for run in data["systems"].values())
        assert "## Mixed load" in (results / "engine.md").read_text()

    async def test_a_batch_of_requests_is_of_one_kind_and_the_next_waits_for_its_last(self):
        running: list[tuple[Kind, int]] = []
        most = []

        async def work(kind: Kind, number: int) -> None:
            running.append((kind, number))
            most.append(list(running))
            await asyncio.sleep(0.01 * (1 + number % 3))
            running.remove((kind, number))

        policy, kinds = RequestLevel(2), [Kind(64, 4), Kind(64, 4, "lora"), Kind(64, 4), Kind(64, 4), Kind(64, 4)]
        await asyncio.gather(*(policy.run(kind, lambda kind=kind, i=i: work(kind, i)) for i, kind in enumerate(kinds)))
        assert max(map(len, most)) == 2
        assert all(len({kind for kind, _ in together}) == 1 for together in most)
        assert [together[-1][1] for together in most] == [0, 1, 2, 3, 4], "the oldest request's kind was not the next"

    def test_the_kinds_are_what_the_pipeline_serves(self):
        plain = kinds_of(make_spec(), (4,))
        assert {kind.size for kind in plain} == {32, 48}
        assert {kind.extra for kind in plain} == {""}
        nets = {"canny": ControlNetSpec("canny", "a")}
        able = kinds_of(make_spec(controlnets=nets, lora_layers={"unet": {"a": (4, 4)}}), (4, 8))
        assert {kind.extra for kind in able} == {"", "lora", "control"}
        assert able[0].fields(1, BUSY)["seed"] == 1

    def test_the_same_seed_gives_the_same_trace(self):
        kinds = [Kind(64, 4), Kind(96, 8)]
        first, again, other = (make_trace(kinds, 5.0, 20.0, seed) for seed in (1, 1, 2))
        assert first == again != other
        assert {order.owner for order in first} == {BUSY, CALM}
        assert len(first) == 100
