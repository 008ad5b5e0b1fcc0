from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import create_app
from gateway.auth.service import KeyService
from gateway.errands import runner as errand_runner
from gateway.errands import service as errand_service
from gateway.settings import Settings
from gateway.storage.database import Database, sqlite_url
from tests.gateway.checkers import ScriptedChecker
from tests.gateway.databases import Postgres, migrated_sqlite, run_apart, running_postgres
from tests.gateway.fakes import ScriptedBackend
from tests.gateway.keeping import store_keeper


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("AVILA_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated_sqlite(tmp_path_factory.mktemp("sqlite-template"))


@pytest.fixture(params=["sqlite", "postgres"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a fresh migrated database of each kind."""
    if request.param == "sqlite":
        (tmp_path / "data").mkdir(exist_ok=True)
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "data" / "avila.sqlite")
        yield sqlite_url(tmp_path / "data")
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = await server.make()
    yield server.url(name)
    await server.give_back(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.aclose()


ON_BOTH = ("accounts", "audit", "auth", "errands", "files", "history", "jobs", "keys", "limits", "personal", "quota")
ON_BOTH += ("removal", "retention")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever goes through the durable core runs on both databases; the faces before it on SQLite."""
    folder = Path(metafunc.module.__file__).relative_to(Path(__file__).parent).parts[0]
    if "settings" in metafunc.fixturenames and "database_url" not in metafunc.fixturenames and folder in ON_BOTH:
        metafunc.parametrize("settings", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Of a gateway on a fresh database: SQLite where no other is asked for."""
    data = tmp_path / "data"
    data.mkdir()
    nowhere = tmp_path / "page"  # none: a built page, where there is one, answers what no endpoint does
    common = {
        "data_dir": data,
        "model_repository": tmp_path / "models",
        "web_dir": nowhere,
        "graceful_timeout_s": 0.2,
    }
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), data / "avila.sqlite")
        yield Settings(**common)
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = run_apart(server.make)
    yield Settings(**common, database_url=server.url(name))
    run_apart(lambda: server.give_back(name))


@pytest.fixture
def backend() -> ScriptedBackend:
    return ScriptedBackend()


@pytest.fixture
def checker() -> ScriptedChecker:
    return ScriptedChecker()


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
async def gateway(settings: Settings, backend: ScriptedBackend, checker: ScriptedChecker) -> AsyncIterator[Running]:
    app = create_app(settings, backend, checker)
    async with app.router.lifespan_context(app) as state:
        yield Running(app, state["keys"], dict(state))


@pytest.fixture
async def installer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Who does what the gateway sends him for: models are looked at and deleted."""
    for module in (errand_runner, errand_service):
        monkeypatch.setattr(module, "POLL_S", 0.02)
    async with store_keeper(settings):
        yield


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
