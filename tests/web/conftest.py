"""The real gateway as a process of its own, with the page it serves, and a browser to look at it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.accounts.service import AccountService
from gateway.auth.service import KeyService
from gateway.kit.clock import SystemClock
from gateway.storage.database import Database, sqlite_url
from tests.gateway.installation import install_toy
from web import toolchain

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
SLOW_TOY = 160
"""Width of the toy's UNet: heavy enough that a picture takes about a second, and progress can be seen."""


@dataclass(frozen=True)
class Served:
    """A running gateway and a key to it."""

    url: str
    key: str
    setup_token: str
    process: subprocess.Popen[bytes]
    command: list[str]
    environment: dict[str, str]


@pytest.fixture(scope="session")
def page() -> Path:
    """The page, built from these sources."""
    toolchain.build()
    return WEB / "dist"


@pytest.fixture(scope="session")
def browser() -> str:
    """Where Chromium is; installed from Debian when it is missing and that is possible."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("AVILA_TEST_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=False)
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium was found, and installing one needs root and apt; name one in AVILA_TEST_BROWSER")
    return found


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, page: Path) -> Iterator[Served]:
    """The gateway, as a process, with the toy in process."""
    home = tmp_path_factory.mktemp("gateway")
    (home / "models").mkdir()
    install_toy(home / "models", "toy", SLOW_TOY)
    key, setup_token = asyncio.run(_make_credentials(home / "data"))
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AVILA_")}
    environment |= {
        "AVILA_PORT": str(port),
        "AVILA_DATA_DIR": str(home / "data"),
        "AVILA_MODEL_REPOSITORY": str(home / "models"),
        "AVILA_WEB_DIR": str(page),
        "AVILA_BACKEND": "inprocess",
        "AVILA_COMPONENT_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "gateway"]
    log = (home / "log").open("wb")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(url, process, home / "log")
        yield Served(url, key, setup_token, process, command, environment)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


async def _make_credentials(data: Path) -> tuple[str, str]:
    """A key of the installation, and the token that makes its first administrator."""
    database = Database(sqlite_url(data))
    await database.open()
    _, key = await KeyService(database, SystemClock()).create("browser")
    nobody_signs_in_here = cast(Any, None)
    accounts = AccountService(database, nobody_signs_in_here, nobody_signs_in_here, SystemClock(), "closed")
    token = await accounts.setup_token()
    await database.aclose()
    assert token is not None
    return key, token


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=1) as answer:
                if json.load(answer):
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the gateway did not start:\n{log.read_text()[-4000:]}")
