"""The real server on a real socket: what only shows there (clients that go away, shutdown, slow bodies)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.__main__ import Server
from gateway.app import create_app
from gateway.auth.service import KeyService
from gateway.kit.clock import SystemClock
from gateway.storage.database import Database, sqlite_url
from tests.gateway.fakes import ScriptedBackend, hang_until

PATH = "/v1/images/generations"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def until(condition, timeout_s: float = 5.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)


class Served:
    def __init__(self, server: Server, client: httpx.AsyncClient, backend: ScriptedBackend) -> None:
        self.server, self.client, self.backend = server, client, backend


@pytest.fixture
async def served(settings, backend) -> AsyncIterator[Served]:
    port = free_port()
    settings = settings.model_copy(update={"port": port, "graceful_timeout_s": 0.3, "sse_keepalive_s": 0.1})
    database = Database(sqlite_url(settings.data_dir))
    await database.open()
    _, key = await KeyService(database, SystemClock()).create("tests")
    await database.aclose()
    server = Server(create_app(settings, backend), settings)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    running = asyncio.ensure_future(server.serve())
    await until(lambda: server.started)
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
        yield Served(server, client, backend)
    server.should_exit = True
    await asyncio.wait_for(running, 10)


class TestDisconnect:
    async def test_a_gone_caller_cancels_his_request(self, served):
        served.backend.script = hang_until(served.backend.closing)
        with pytest.raises(httpx.ReadTimeout):
            await served.client.post(PATH, json={"prompt": "x"}, timeout=0.3)
        await until(lambda: served.backend.open_streams == 0)
        assert len(served.backend.requests) == 1

    async def test_a_gone_reader_of_a_stream_cancels_his_request(self, served):
        served.backend.script = hang_until(served.backend.closing)
        async with served.client.stream("POST", PATH, json={"prompt": "x", "stream": True}) as answer:
            assert answer.status_code == 200
            assert served.backend.open_streams == 1
        await until(lambda: served.backend.open_streams == 0)

    async def test_a_caller_who_stays_gets_everything(self, served):
        answer = await served.client.post(PATH, json={"prompt": "x", "n": 2})
        assert len(answer.json()["data"]) == 2


class TestKeepalive:
    async def test_a_silent_stream_sends_comments(self, served):
        served.backend.script = hang_until(served.backend.closing)
        async with served.client.stream("POST", PATH, json={"prompt": "x", "stream": True}) as answer:
            lines = answer.aiter_lines()
            assert await anext(lines) == ": keepalive"


class TestShutdown:
    async def test_what_runs_after_the_grace_period_ends_with_an_error_not_a_cut(self, served):
        served.backend.script = hang_until(served.backend.closing)
        whole = asyncio.ensure_future(served.client.post(PATH, json={"prompt": "x"}))
        async with served.client.stream("POST", PATH, json={"prompt": "x", "stream": True}) as answer:
            await until(lambda: served.backend.open_streams == 2)
            served.server.should_exit = True
            text = "".join([part async for part in answer.aiter_text()])
        assert "event: error" in text
        assert (await whole).status_code == 503

    async def test_what_ends_within_the_grace_period_ends_well(self, served):
        release = asyncio.Event()
        play = served.backend.script

        async def slow(request):
            async with contextlib.aclosing(play(request)) as events:
                async for event in events:
                    yield event
                    await release.wait()

        served.backend.script = slow
        whole = asyncio.ensure_future(served.client.post(PATH, json={"prompt": "x"}))
        await until(lambda: served.backend.open_streams == 1)
        served.server.should_exit = True
        await asyncio.sleep(0.1)
        release.set()
        assert (await whole).status_code == 200


class TestBody:
    async def test_a_too_long_body_is_refused_while_it_is_sent(self, served):
        port = served.client.base_url.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /v1/images/generations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"content-length: 99999999\r\n\r\n{"
        )
        await writer.drain()
        head = await asyncio.wait_for(reader.read(4096), 5)
        assert b" 413 " in head.split(b"\r\n")[0]
        writer.close()
