"""The port for probes and Prometheus, on a real socket."""

from __future__ import annotations

import socket

import httpx
import pytest

from gateway.backend.base import Health
from gateway.observability.ops import make_ops_app, ops_port
from gateway.observability.readiness import DATABASE_MAY_BE_AWAY_S, Readiness
from gateway.storage.database import DatabaseUnavailableError
from tests.gateway.fakes import ScriptedBackend
from tests.gateway.test_server import free_port


async def get(port: int, path: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(f"http://127.0.0.1:{port}/{path}")


async def test_three_answers_and_nothing_else():
    answers = {"readyz": Health(False, "warming up"), "health": Health(True)}

    async def readyz() -> Health:
        return answers["readyz"]

    async def health() -> Health:
        return answers["health"]

    port = free_port()
    async with ops_port("127.0.0.1", port, make_ops_app(readyz, health, lambda: b"avila_ready 1\n")):
        answer = await get(port, "readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "reason": "warming up"})
        assert (await get(port, "health")).status_code == 200
        answers |= {"readyz": Health(True), "health": Health(False, "it takes no jobs")}
        assert (await get(port, "readyz")).json()["status"] == "ready"
        assert (await get(port, "health")).status_code == 503
        assert (await get(port, "metrics")).text == "avila_ready 1\n"
        assert (await get(port, "v1/models")).status_code == 404
    with pytest.raises(httpx.TransportError):
        await get(port, "health")


async def test_a_taken_port_is_told_by_its_settings_name():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="AVILA_OPS_PORT"):
            async with ops_port("127.0.0.1", taken.getsockname()[1], make_ops_app(lambda: None)):
                pass


async def test_the_gateway_has_it_beside_its_own(settings, backend):
    from gateway.app import create_app

    app = create_app(settings.model_copy(update={"ops_port": free_port()}), backend)
    async with app.router.lifespan_context(app) as state:
        port = state["settings"].ops_port
        assert (await get(port, "readyz")).status_code == 200
        assert "avila_generations_in_progress" in (await get(port, "metrics")).text


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


class AwayDatabase:
    is_away = True

    async def ping(self) -> None:
        if self.is_away:
            raise DatabaseUnavailableError("gone")


async def test_a_restarting_database_is_waited_for_and_a_lost_one_takes_the_gateway_out():
    clock, database = Clock(), AwayDatabase()
    readiness = Readiness(ScriptedBackend(), clock, database)
    assert (await readiness.check()).is_ready, "every gateway would leave at once"
    clock.now += DATABASE_MAY_BE_AWAY_S + 2
    answer = await readiness.check()
    assert not answer.is_ready
    assert "database has been away" in answer.reason
    database.is_away = False
    clock.now += 2
    assert (await readiness.check()).is_ready
