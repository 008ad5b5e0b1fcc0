"""MLPerf's LoadGen and Locust against the real gateway on the toy pipeline."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine import ROOT
from benchmarks.mlperf.rules import RULES, SCENARIOS
from tests.benchmarks.test_load_service import gateway as gateway


def mlperf(*arguments: str, key: str = "") -> subprocess.CompletedProcess[str]:
    """LoadGen reads its rules once per process."""
    command = [sys.executable, "-m", "benchmarks.mlperf", *arguments]
    environment = os.environ | {"BENCH_API_KEYS": key}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(("scenario", "queries"), [("SingleStream", 100), ("Server", 100), ("Offline", 5000)])
def test_sdxls_rules_are_those_that_loadgen_brings(scenario: str, queries: int, tmp_path: Path) -> None:
    done = mlperf(scenario, "--rules", "sdxl", "--show-rules", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert (shown["min_duration_s"], shown["min_query_count"], shown["samples"]) == (600, queries, 5000)
    if scenario == "Server":
        assert (shown["server_target_latency_s"], shown["server_target_latency_percentile"]) == (20, 0.99)
    asked = {name: shown["request"][name] for name in ("size", "num_inference_steps", "guidance_scale", "sampler")}
    assert asked == {"size": "1024x1024", "num_inference_steps": 20, "guidance_scale": 8.0, "sampler": "euler"}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_loadgen_drives_each_scenario_through_the_gateway(
    scenario: str, gateway: tuple[str, str], tmp_path: Path
) -> None:
    url, key = gateway
    length = ["--seconds", "1", "--queries", "8", "--qps", "8", "--concurrency", "6"]
    done = mlperf(scenario, "--url", url, "--model", "toy", *length, "--output", str(tmp_path), key=key)
    result = json.loads((tmp_path / f"{scenario.lower()}.json").read_text())
    assert result["failed"] == 0, result["failures"]
    assert result["answered"] >= 8
    assert result["figures"]["SUT name"]
    assert result["figures"]["Scenario"] == scenario
    assert result["result"] in ("VALID", "INVALID"), "a run of a second may be too short for LoadGen"
    assert (done.returncode == 0) is (result["result"] == "VALID")


def test_a_query_that_fails_makes_the_run_worthless(gateway: tuple[str, str], tmp_path: Path) -> None:
    length = ["--seconds", "0.1", "--queries", "2", "--qps", "20"]
    done = mlperf(
        "SingleStream", "--url", gateway[0], "--model", "toy", *length, "--output", str(tmp_path), key="av_no"
    )
    assert done.returncode == 1
    assert "401" in done.stderr


def test_every_request_is_one_that_the_api_takes() -> None:
    from gateway.openai.images.schemas import GenerationBody

    for rules in RULES.values():
        GenerationBody.model_validate(rules.body("toy", "an apple", 1))


def test_locust_draws_and_follows_jobs(gateway: tuple[str, str], tmp_path: Path) -> None:
    url, key = gateway
    command = [sys.executable, "-m", "locust", "-f", str(ROOT / "benchmarks" / "locustfile.py"), "--headless"]
    command += ["--host", url, "-u", "3", "-r", "3", "-t", "6s", "--csv", str(tmp_path / "run"), "--stop-timeout", "20"]
    environment = os.environ | {"BENCH_API_KEYS": key, "BENCH_MODEL": "toy", "BENCH_STEPS": "2"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with (tmp_path / "run_stats.csv").open() as file:
        rows = {row["Name"]: row for row in csv.DictReader(file)}
    assert int(rows["/v1/images/generations"]["Request Count"]) > 0
    assert int(rows["Aggregated"]["Failure Count"]) == 0


def test_perf_analyzers_inputs_are_those_of_triton_and_of_the_api() -> None:
    from gateway.openai.images.schemas import GenerationBody

    config = (ROOT / "model_repository" / "avila-demo" / "config.pbtxt").read_text()
    kinds = dict(re.findall(r'input \[ \{ name: "(\w+)", data_type: TYPE_(\w+)', config))
    given = json.loads((ROOT / "benchmarks" / "perf_analyzer" / "triton.json").read_text())["data"]
    for tensors in given:
        assert tensors.keys() <= kinds.keys()
        for name, tensor in tensors.items():
            assert tensor["shape"] == [1]
            assert isinstance(tensor["content"][0], str if kinds[name] == "STRING" else int)
    asked = json.loads((ROOT / "benchmarks" / "perf_analyzer" / "openai.json").read_text())["data"]
    for body in (payload for one in asked for payload in one["payload"]):
        assert "seed" not in GenerationBody.model_validate(body).model_dump(exclude_unset=True), (
            "answered from the store"
        )
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    for file in re.findall(r"--input-data (\S+)", page):
        assert (ROOT / file).is_file()
