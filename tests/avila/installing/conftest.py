from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import NoReturn

import httpx
import psutil
import pytest

from gateway.installations.sources import Sources
from gateway.removal.trash import Trash
from gateway.settings import Settings
from tests.gateway.conftest import sqlite_template
from tests.gateway.installations.conftest import administrator
from tests.hub.server import Hub, running_hub

__all__ = ["sqlite_template"]
ROOT = Path(__file__).resolve().parents[3]
URL = "/v1/admin/installations"


class Program:
    """`avila installer` as a process, on the same data folder as a gateway."""

    def __init__(self, settings: Settings, log: Path) -> None:
        values = {
            "data_dir": settings.data_dir,
            "model_repository": settings.model_repository,
            "outbound_allow": settings.outbound_allow,
            "hub_endpoint": settings.hub_endpoint,
            "lease_s": settings.lease_s,
        }
        given = {f"AVILA_{name.upper()}": str(value) for name, value in values.items()}
        outside = {name: value for name, value in os.environ.items() if not name.startswith("AVILA_")}
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
        self._environment = {**outside, **given, "PYTHONPATH": path}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "avila", "installer"], env=self._environment, stdout=output, stderr=output
            )

    def end(self, number: int = signal.SIGTERM) -> int:
        """Its exit status; nothing of it is left."""
        assert self._process is not None
        family = [self._process.pid, *self.children()]
        self._process.send_signal(number)
        status = self._process.wait(30)
        deadline = time.monotonic() + 10
        while any(psutil.pid_exists(pid) for pid in family):
            assert time.monotonic() < deadline, f"one of {family} is left"
            time.sleep(0.05)
        self._process = None
        return status

    def children(self) -> list[int]:
        assert self._process is not None
        return [child.pid for child in psutil.Process(self._process.pid).children(recursive=True)]

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.end(signal.SIGKILL)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path / "hub") as hub:
        yield hub


@pytest.fixture
def settings(hub: Hub, sqlite_template: Path, tmp_path: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir()
    (data / "avila.sqlite").write_bytes(sqlite_template.read_bytes())
    return Settings(
        data_dir=data,
        model_repository=tmp_path / "models",
        web_dir=tmp_path / "page",
        hub_endpoint=hub.url,
        outbound_allow="127.0.0.1",
        lease_s=2.0,
    )


@pytest.fixture
async def admin(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with administrator(settings) as client:
        yield client


@pytest.fixture
async def gateway(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator's client of a gateway that can neither look at a source nor change a model."""

    def refused(*_given: object) -> NoReturn:
        raise AssertionError("this is the installer's business")

    for what in (Sources, Trash):
        monkeypatch.setattr(what, "__init__" if what is Sources else "_locked", refused)
    async with administrator(settings, with_keeper=False) as client:
        yield client


@pytest.fixture
def installer(settings: Settings, tmp_path: Path) -> Iterator[Callable[[], Program]]:
    """Starts an installer."""
    started: list[Program] = []

    def start() -> Program:
        started.append(Program(settings, tmp_path / "installer.log"))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.close()
    print((tmp_path / "installer.log").read_text() if started else "")
