"""`avila migrate`, `avila serve` and `avila worker` as processes: what pods run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from avila.__main__ import main
from tests.e2e.running import environment, free_ports, until
from tests.gateway.databases import Postgres, run_apart, running_postgres
from tests.gateway.installation import install_toy

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def postgres():
    with running_postgres() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    for name in list(os.environ):
        if name.startswith("AVILA_"):
            monkeypatch.delenv(name)


def get(port: int, path: str) -> int:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/{path}", timeout=10).status_code
    except httpx.TransportError:
        return 0


class TestMigrate:
    def test_it_says_the_schema_and_does_it_again_without_harm(self, capsys, monkeypatch, tmp_path):
        monkeypatch.setenv("AVILA_DATA_DIR", str(tmp_path))
        assert main(["migrate"]) == 0
        first = capsys.readouterr().out
        assert first.startswith("the database is at schema 0")
        assert main(["migrate"]) == 0
        assert capsys.readouterr().out == first

    def test_a_database_that_is_away_is_one_line(self, capsys, monkeypatch):
        monkeypatch.setenv("AVILA_DATABASE_URL", "postgresql+asyncpg://ann:secret@127.0.0.1:1/avila")
        assert main(["migrate"]) == 1
        error = capsys.readouterr().err
        assert "cannot be reached" in error
        assert "secret" not in error
        assert error.count("\n") == 1


def test_a_worker_without_postgresql_is_refused(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("AVILA_DATA_DIR", str(tmp_path))
    assert main(["worker"]) == 1
    assert "AVILA_DATABASE_URL" in capsys.readouterr().err


def test_a_gateway_and_a_worker_share_one_database_and_end_cleanly(postgres: Postgres, tmp_path: Path) -> None:
    name = run_apart(postgres.make)
    install_toy(tmp_path / "models")
    port, gateway_ops, worker_ops = free_ports(3)
    shared: dict[str, object] = {
        "database_url": postgres.url(name),
        "data_dir": tmp_path / "data",
        "model_repository": tmp_path / "models",
        "backend": "inprocess",
        "component_threads": 1,
        "worker": "none",
        "port": port,
    }
    key = subprocess.run(
        [sys.executable, "-m", "avila", "keys", "create", "--name", "test"],
        env=environment(**shared), cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()[-1]  # fmt: skip
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "avila", command], env=environment(**shared, ops_port=ops_port), cwd=ROOT
        )
        for command, ops_port in (("serve", gateway_ops), ("worker", worker_ops))
    ]
    try:
        for ops_port in (gateway_ops, worker_ops):
            until(lambda ops_port=ops_port: get(ops_port, "readyz") == 200, 60, "it is ready")
            assert get(ops_port, "health") == get(ops_port, "metrics") == 200
        answer = httpx.post(
            f"http://127.0.0.1:{port}/v1/jobs",
            json={"model": "toy", "input": {"prompt": "x", "num_inference_steps": 2}},
            headers={"authorization": f"Bearer {key}", "prefer": "wait=30"},
            timeout=60,
        )
        assert answer.json()["status"] == "succeeded"
        for process in processes:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(30) for process in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()
            process.wait()
