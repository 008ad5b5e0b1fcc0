from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import create_app
from gateway.auth.service import KeyService
from gateway.settings import Settings
from tests.gateway.fakes import ScriptedBackend


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("AVILA_"):
            monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", model_repository=tmp_path / "models")


@pytest.fixture
def backend() -> ScriptedBackend:
    return ScriptedBackend()


@dataclass
class Running:
    """The application with its lifespan begun."""

    app: FastAPI
    keys: KeyService

    def client(self, key: str | None = None, **options: object) -> httpx.AsyncClient:
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        transport = httpx.ASGITransport(_with_state(self.app, self._state), raise_app_exceptions=False, **options)
        return httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers)

    _state: dict[str, object]


def _with_state(app, state):
    async def asgi(scope, receive, send):
        await app({**scope, "state": dict(state)}, receive, send)

    return asgi


@pytest.fixture
async def gateway(settings: Settings, backend: ScriptedBackend) -> AsyncIterator[Running]:
    app = create_app(settings, backend)
    async with app.router.lifespan_context(app) as state:
        yield Running(app, state["keys"], dict(state))


@pytest.fixture
async def key(gateway: Running) -> str:
    _, text = await gateway.keys.create("tests")
    return text


@pytest.fixture
async def client(gateway: Running, key: str) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.client(key) as client:
        yield client


@pytest.fixture
async def stranger(gateway: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.client() as client:
        yield client
