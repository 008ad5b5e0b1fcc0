"""The real server on a real socket: what only shows there (clients that go away, shutdown, slow bodies)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator

import httpx
import pytest
import websockets

from diffusion.events import StepDone
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


@contextlib.asynccontextmanager
async def serving(settings, backend) -> AsyncIterator[Served]:
    settings = settings.model_copy(update={"port": free_port()})
    url = settings.database_url
    database = Database(sqlite_url(settings.data_dir) if url is None else url.get_secret_value())
    await database.open()
    _, key = await KeyService(database, SystemClock()).create("tests")
    await database.aclose()
    server = Server(create_app(settings, backend), settings)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    running = asyncio.ensure_future(server.serve())
    await until(lambda: server.started, 30)
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}", headers=headers) as client:
        yield Served(server, client, backend)
    server.should_exit = True
    await asyncio.wait_for(running, 30)


@pytest.fixture
async def served(settings, backend) -> AsyncIterator[Served]:
    update = {"graceful_timeout_s": 0.3, "sse_keepalive_s": 0.1}
    async with serving(settings.model_copy(update=update), backend) as served:
        yield served


class TestDisconnect:
    async def test_a_gone_caller_cancels_his_request(self, served):
        served.backend.script = hang_until(served.backend.closing)
        calling = asyncio.create_task(served.client.post(PATH, json={"prompt": "x"}))
        await until(lambda: served.backend.open_streams == 1)
        calling.cancel()  # closes his connection
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


def held(play, release):
    """What `play` does, held after its first event."""

    async def script(request):
        async with contextlib.aclosing(play(request)) as events:
            async for event in events:
                yield event
                await release.wait()

    return script


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
        served.backend.script = held(served.backend.script, release)
        whole = asyncio.ensure_future(served.client.post(PATH, json={"prompt": "x"}))
        await until(lambda: served.backend.open_streams == 1)
        served.server.should_exit = True
        await asyncio.sleep(0.1)
        release.set()
        assert (await whole).status_code == 200

    @pytest.mark.parametrize("settings", ["postgres"], indirect=True)
    async def test_whoever_waits_for_a_worker_elsewhere_has_the_grace_period_too(self, settings, backend):
        settings = settings.model_copy(update={"graceful_timeout_s": 20.0})
        backend.script = held(backend.script, release := asyncio.Event())
        worker = create_app(settings, backend)
        alone = settings.model_copy(update={"worker": "none"})
        async with worker.router.lifespan_context(worker):
            async with serving(alone, ScriptedBackend()) as served:
                whole = asyncio.ensure_future(served.client.post(PATH, json={"prompt": "x"}))
                await until(lambda: backend.open_streams == 1, 20)
                served.server.should_exit = True
                await asyncio.sleep(0.5)
                assert not whole.done()
                release.set()
                assert (await whole).status_code == 200
                began = time.monotonic()
            assert time.monotonic() - began < 10, "with nothing open there is nothing to wait for"


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


def decoded(lines) -> list[dict]:
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


JOB = {"model": "toy", "input": {"prompt": "x", "num_inference_steps": 6, "preview_every": 2}}


class TestJobStream:
    async def test_progress_comes_while_the_job_runs_and_replay_after_a_lost_connection(self, served):
        heard, release, play = asyncio.Event(), asyncio.Event(), served.backend.script

        async def waiting(request):
            async with contextlib.aclosing(play(request)) as events:
                async for event in events:
                    if isinstance(event, StepDone):
                        await (heard if event.step < 4 else release).wait()
                    yield event

        served.backend.script = waiting
        job = (await served.client.post("/v1/jobs", json=JOB)).json()
        path, last = f"/v1/jobs/{job['id']}/events", ""
        async with served.client.stream("GET", path) as answer:
            async for line in answer.aiter_lines():
                heard.set()
                if line.startswith("id: "):
                    last = line.removeprefix("id: ")
                if '"step":3' in line:
                    break
        release.set()
        async with served.client.stream("GET", path, headers={"last-event-id": last}) as answer:
            lines = [line async for line in answer.aiter_lines()]
        kinds = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
        assert kinds[-2:] == ["image", "succeeded"]
        assert "queued" not in kinds
        assert all(data["job_id"] == job["id"] for data in decoded(lines))

    async def test_a_stopping_server_ends_it_and_tells_the_reader_to_come_back(self, served):
        served.backend.script = hang_until(served.backend.closing)
        job = (await served.client.post("/v1/jobs", json=JOB)).json()
        async with served.client.stream("GET", f"/v1/jobs/{job['id']}/events") as answer:
            lines = answer.aiter_lines()
            await anext(lines)
            served.server.should_exit = True
            rest = [line async for line in lines]
        assert "retry: 1000" in rest


class TestWebSocket:
    def connect(self, served, **options):
        port = served.client.base_url.port
        key = served.client.headers["authorization"]
        options = {"additional_headers": {"authorization": key}, **options}
        return websockets.connect(f"ws://127.0.0.1:{port}/v1/events", **options)

    async def test_progress_and_complete_of_all_jobs_of_the_caller(self, served):
        async with self.connect(served) as socket:
            await asyncio.sleep(0.05)
            jobs = [(await served.client.post("/v1/jobs", json=JOB)).json() for _ in range(2)]
            messages = []
            async with asyncio.timeout(10):
                while sum(message.get("status") == "succeeded" for message in messages) < 2:
                    messages.append(json.loads(await socket.recv()))
        for job in jobs:
            mine = [message for message in messages if message["job_id"] == job["id"]]
            percents = [message["percent"] for message in mine if message["type"] == "progress"]
            assert percents == sorted(percents)
            assert percents[-1] == 100.0
            (complete,) = [message for message in mine if message["type"] == "complete"]
            assert (await served.client.get(complete["image"])).headers["content-type"] == "image/png"
            assert {message["type"] for message in mine} == {"status", "progress", "preview", "complete"}
            assert [message["seq"] for message in mine] == sorted(message["seq"] for message in mine)

    async def test_without_a_key_the_handshake_is_401(self, served):
        with pytest.raises(websockets.InvalidStatus) as caught:
            async with self.connect(served, additional_headers={}):
                pass
        assert caught.value.response.status_code == 401

    async def test_a_listener_who_reads_nothing_holds_nobody_up(self, served):
        async with self.connect(served, max_queue=1):
            started = asyncio.get_running_loop().time()
            body = {**JOB, "input": {**JOB["input"], "num_inference_steps": 150, "num_images": 10, "preview_every": 1}}
            answer = await served.client.post("/v1/jobs", json=body, headers={"prefer": "wait=60"}, timeout=90)
            assert answer.json()["status"] == "succeeded"
            assert asyncio.get_running_loop().time() - started < 60

    async def test_a_stopping_server_says_goodbye(self, served):
        async with self.connect(served) as socket:
            served.server.should_exit = True
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await asyncio.wait_for(socket.recv(), 5)
        assert caught.value.rcvd.code in (1001, 1012)
