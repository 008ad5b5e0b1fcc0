"""The generator against the real gateway (HTTP) and the real Triton (gRPC), on the toy pipeline."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.load.__main__ import main
from benchmarks.load.http_sender import KEYS
from benchmarks.machine import ROOT
from benchmarks.processes import free_ports
from gateway.auth.service import KeyService
from gateway.kit.clock import SystemClock
from gateway.storage.database import Database, sqlite_url
from tests.e2e.running import Triton

MAX_WAITING = 12
ASK = "[ask]\nsteps = [4]\n"


async def make_key(data: Path) -> str:
    database = Database(sqlite_url(data))
    await database.open()
    try:
        _, key = await KeyService(database, SystemClock()).create("bench")
    finally:
        await database.aclose()
    return key


@pytest.fixture(scope="module")
def gateway(toy_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and key of a gateway in a process of its own."""
    data, (port,) = tmp_path_factory.mktemp("gateway") / "data", free_ports(1)
    key = asyncio.run(make_key(data))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AVILA_")}
    settings = {
        "AVILA_BACKEND": "inprocess",
        "AVILA_MODEL_REPOSITORY": str(toy_repository),
        "AVILA_DATA_DIR": str(data),
        "AVILA_PORT": str(port),
        "AVILA_WORKER_CONCURRENCY": "4",
        "AVILA_MAX_WAITING_JOBS": str(MAX_WAITING),
    }
    process = subprocess.Popen([sys.executable, "-m", "gateway"], cwd=ROOT, env={**kept, **settings})
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not is_up(f"{url}/health"):
            assert process.poll() is None, "the gateway ended"
            assert time.monotonic() < deadline, "the gateway does not start"
            time.sleep(0.2)
        yield url, key
    finally:
        process.terminate()
        process.wait(30)


def is_up(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def run(folder: Path, kind: str, url: str, phases: str, ask: str = ASK) -> tuple[int, dict]:
    scenario = folder / "run.toml"
    scenario.write_text(f'users = 2\n[target]\nkind = "{kind}"\nurl = "{url}"\nmodel = "toy"\n{ask}{phases}')
    status = main([str(scenario), "--output", str(folder)])
    return status, json.loads((folder / "run.json").read_text())


STEADY = '[[phase]]\nkind = "poisson"\nrate = 5.0\nduration_s = 1.5\n'
CLOSED = '[[phase]]\nkind = "closed"\ncallers = 3\nduration_s = 1.5\n'
FLOOD = '[[phase]]\nkind = "burst"\ncount = 40\nduration_s = 0.1\n'


class TestOverHttp:
    @pytest.fixture(autouse=True)
    def _key(self, gateway: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(KEYS, gateway[1])

    @pytest.mark.parametrize("stream", ["true", "false"])
    def test_every_request_gets_its_picture(self, gateway: tuple[str, str], tmp_path: Path, stream: str):
        status, data = run(tmp_path, "http", gateway[0], STEADY + CLOSED, f"{ASK}stream = {stream}\n")
        assert status == 0
        assert data["outcomes"]["done"] > 5
        assert data["outcomes"]["failed"] == data["outcomes"]["rejected"] == 0, data["reasons"]
        assert 0 < data["first_event"]["p50_ms"] <= data["latency"]["p50_ms"]
        assert set(data["users"]) == {"user-0", "user-1"}

    def test_a_full_queue_is_a_rejection_and_not_a_failure(self, gateway: tuple[str, str], tmp_path: Path):
        asked_nowhere_else = "[ask]\nsteps = [9]\n"  # an identical request would be answered from the store
        _, data = run(tmp_path, "http", gateway[0], FLOOD, asked_nowhere_else)
        assert data["outcomes"]["rejected"] > 0
        assert data["outcomes"]["failed"] == 0, data["reasons"]
        assert data["outcomes"]["done"] >= MAX_WAITING
        assert all(reason.startswith("429") for reason in data["reasons"])

    def test_a_wrong_key_is_a_failure_with_its_reason(
        self, gateway: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv(KEYS, "av_wrong")
        status, data = run(tmp_path, "http", gateway[0], FLOOD)
        assert status == 1
        assert data["outcomes"] == {"done": 0, "rejected": 0, "cancelled": 0, "failed": 40}
        assert all(reason.startswith("401") for reason in data["reasons"])

    def test_nobody_there_is_a_failure_and_no_traceback(self, tmp_path: Path):
        (port,) = free_ports(1)
        status, data = run(tmp_path, "http", f"http://127.0.0.1:{port}", FLOOD)
        assert status == 1
        assert data["reasons"] == {"ConnectError": 40}

    def test_who_gives_up_is_counted_as_cancelled(self, gateway: tuple[str, str], tmp_path: Path):
        ask = "[ask]\nsteps = [150]\ncancel_share = 1.0\ncancel_after_s = 0.05\n"
        _, data = run(tmp_path, "http", gateway[0], '[[phase]]\nkind = "burst"\ncount = 3\nduration_s = 0.3\n', ask)
        assert data["outcomes"] == {"done": 0, "rejected": 0, "cancelled": 3, "failed": 0}


@pytest.mark.triton
class TestOverGrpc:
    def test_every_request_gets_its_picture(self, triton: Triton, tmp_path: Path):
        status, data = run(tmp_path, "grpc", triton.url, STEADY + CLOSED)
        assert status == 0
        assert data["outcomes"]["done"] > 5
        assert data["outcomes"]["failed"] == 0, data["reasons"]
        assert 0 < data["first_event"]["p50_ms"] < data["latency"]["p50_ms"]

    def test_a_full_queue_is_a_rejection_and_not_a_failure(self, triton: Triton, tmp_path: Path):
        _, data = run(tmp_path, "grpc", triton.url, FLOOD)
        assert data["outcomes"]["rejected"] > 0
        assert data["outcomes"]["failed"] == 0, data["reasons"]
        assert set(data["reasons"]) == {"queue_full"}

    def test_who_gives_up_frees_the_engine(self, triton: Triton, tmp_path: Path):
        ask = "[ask]\nsteps = [150]\ncancel_share = 1.0\ncancel_after_s = 0.05\n"
        _, data = run(tmp_path, "grpc", triton.url, '[[phase]]\nkind = "burst"\ncount = 5\nduration_s = 0.3\n', ask)
        assert data["outcomes"]["cancelled"] == 5
        status, data = run(tmp_path, "grpc", triton.url, CLOSED)
        assert status == 0
        assert data["outcomes"]["failed"] == 0

    def test_an_unknown_model_is_a_failure_with_its_reason(self, triton: Triton, tmp_path: Path):
        scenario = tmp_path / "run.toml"
        scenario.write_text(f'[target]\nkind = "grpc"\nurl = "{triton.url}"\nmodel = "none"\n{ASK}{FLOOD}')
        assert main([str(scenario), "--output", str(tmp_path)]) == 1
        data = json.loads((tmp_path / "run.json").read_text())
        assert data["outcomes"]["failed"] == 40
        assert all("none" in reason for reason in data["reasons"])

    def test_nobody_there_is_a_failure_and_no_traceback(self, tmp_path: Path):
        (port,) = free_ports(1)
        status, data = run(tmp_path, "grpc", f"127.0.0.1:{port}", FLOOD)
        assert status == 1
        assert data["outcomes"]["failed"] == 40
