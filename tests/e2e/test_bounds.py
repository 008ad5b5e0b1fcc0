"""However many ask at once, the gateway holds a bounded number of connections to PostgreSQL and one to Triton."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
import psutil
import pytest

from gateway.storage.database import MAX_CONNECTIONS
from tests.e2e.running import Service
from tests.gateway.databases import Postgres, running_postgres

pytestmark = pytest.mark.triton

CALLERS, JOBS_AT_ONCE = 200, 6
LISTENING = 1  # what waits for PostgreSQL's NOTIFY has a connection of its own
OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'busy' AND backend_type = 'client backend'"
IN_TRITON = re.compile(r'^avila_generations_in_progress\{model="toy"\} (\S+)$', re.MULTILINE)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        asyncio.run(server.run("CREATE DATABASE busy"))
        yield server


@dataclass
class Peaks:
    """The most that was seen at any moment."""

    database: int = 0
    triton: int = 0
    generations: int = 0
    looks: int = 0


@asynccontextmanager
async def watched(service: Service, postgres: Postgres, caller: httpx.AsyncClient) -> AsyncIterator[Peaks]:
    """Look again and again while the block runs."""
    peaks, port = Peaks(), service.settings["triton_grpc_port"]
    gateway, connection = psutil.Process(service.gateway), await asyncpg.connect(postgres.dsn)

    async def look() -> None:
        while True:
            peaks.database = max(peaks.database, await connection.fetchval(OPEN))
            there = [one for one in gateway.net_connections("tcp") if one.raddr and one.raddr.port == port]
            peaks.triton = max(peaks.triton, len(there))
            peaks.looks += 1
            await asyncio.sleep(0.02)

    async def look_into() -> None:
        while True:
            told = IN_TRITON.search((await caller.get("/metrics")).text)
            peaks.generations = max(peaks.generations, int(float(told[1])) if told else 0)
            await asyncio.sleep(0.05)

    looking = [asyncio.ensure_future(look()), asyncio.ensure_future(look_into())]
    try:
        yield peaks
    finally:
        assert not any(one.done() for one in looking), [one for one in looking if one.done()]
        for one in looking:
            one.cancel()
        await asyncio.wait(looking)
        await connection.close()


async def two_hundred_at_once(service: Service, postgres: Postgres) -> Peaks:
    limits = httpx.Limits(max_connections=CALLERS)
    options = {"base_url": service.address, "headers": service.headers, "timeout": 120.0}
    async with (
        httpx.AsyncClient(**options, limits=limits) as callers,
        httpx.AsyncClient(**options) as watcher,
        watched(service, postgres, watcher) as peaks,
    ):

        async def ask(seed: int) -> int:
            body = {"model": "toy", "prompt": "an apple", "seed": seed}
            return (await callers.post("/v1/images/generations", json=body)).status_code

        answers = await asyncio.gather(*(ask(seed) for seed in range(CALLERS)))
    assert answers == [200] * CALLERS
    return peaks


def test_two_hundred_callers_at_once_share_the_connections(
    make_service: Callable[..., Service], postgres: Postgres
) -> None:
    # the installer is a process of its own, with connections of its own
    settings = {"database_url": postgres.url("busy"), "install_models": False}
    service = make_service(**settings, worker_concurrency=JOBS_AT_ONCE)
    service.start()
    peaks = asyncio.run(two_hundred_at_once(service, postgres))
    assert peaks.looks > 20
    assert peaks.triton == 1
    assert 1 < peaks.generations <= JOBS_AT_ONCE
    assert MAX_CONNECTIONS // 2 < peaks.database <= MAX_CONNECTIONS + LISTENING, "busy, and within its bound"
