from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from gateway.app import create_app
from gateway.auth.service import KeyWish
from gateway.auth.subject import Scope
from gateway.settings import Settings
from tests.gateway.checkers import ScriptedChecker
from tests.gateway.conftest import Running
from tests.gateway.fakes import ScriptedBackend
from tests.gateway.keeping import store_keeper
from tests.hub.server import Hub, running_hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path / "hub") as hub:
        yield hub


@pytest.fixture
def install_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "opened"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(settings: Settings, hub: Hub, install_dir: Path) -> Settings:
    """Of a gateway that may reach the hub on this machine, and take models from one folder."""
    return settings.model_copy(
        update={"hub_endpoint": hub.url, "outbound_allow": "127.0.0.1", "install_dir": install_dir}
    )


@pytest.fixture
async def admin(gateway: Running, installer: None) -> AsyncIterator[httpx.AsyncClient]:
    _, key = await gateway.keys.create(KeyWish("admin", scopes=frozenset(Scope)))
    async with gateway.client(key) as client:
        yield client


@contextlib.asynccontextmanager
async def administrator(settings: Settings, *, with_keeper: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator's client of a gateway with these settings, and somebody beside it who looks and deletes."""
    app = create_app(settings, ScriptedBackend(), ScriptedChecker())
    keeper = store_keeper(settings) if with_keeper else contextlib.nullcontext()
    async with keeper, app.router.lifespan_context(app) as state:
        running = Running(app, state["keys"], dict(state))
        _, key = await running.keys.create(KeyWish(os.urandom(4).hex(), scopes=frozenset(Scope)))
        async with running.client(key) as client:
            yield client
