"""No body is read before its sender is known to be allowed to send it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from fastapi.routing import APIRoute, iter_route_contexts

from gateway.__main__ import Server
from gateway.app import create_app
from gateway.auth.first import permission_of
from gateway.auth.service import KeyWish
from gateway.auth.subject import Scope
from gateway.limits import traffic
from gateway.limits.rates import Rate
from gateway.storage.database import DatabaseUnavailableError
from tests.gateway.test_server import free_port, until

TXT2IMG, JOBS = "/sdapi/v1/txt2img", "/v1/jobs"
MEGABYTE = 1_000_000


class Upload:
    """A large body that knows whether anybody has begun to read it."""

    def __init__(self, chunks: int = 30) -> None:
        self.chunks, self.sent = chunks, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.chunks):
            self.sent += 1
            yield b" " * MEGABYTE


def with_bodies(app) -> list[APIRoute]:
    routes = [context.route for context in iter_route_contexts(app.routes)]
    found = [route for route in routes if isinstance(route, APIRoute) and route.methods & {"POST", "PUT", "PATCH"}]
    return [route for route in found if permission_of(route) is not None]


async def test_of_no_endpoint_is_a_strangers_body_read(gateway, monkeypatch):
    monkeypatch.setattr(traffic, "REFUSED_PER_ADDRESS", Rate(10_000, 60))
    routes = with_bodies(gateway.app)
    assert len(routes) >= 50, "this test has stopped seeing the endpoints"
    read = []
    async with gateway.client() as stranger:
        for route in routes:
            upload = Upload()
            headers = {"content-type": "application/json", "content-length": "900000"}
            path = route.path.replace("{", "").replace("}", "").replace(":path", "")
            answer = await stranger.request(min(route.methods), path, content=upload, headers=headers)
            assert answer.status_code == 401, path
            assert answer.headers["connection"] == "close", path
            if upload.sent:
                read.append(path)
    assert read == []


async def test_of_a_key_that_may_not_neither(gateway):
    _, key = await gateway.keys.create(KeyWish("reader", None, frozenset({Scope.READ})))
    async with gateway.client(key) as client:
        upload = Upload()
        answer = await client.post(TXT2IMG, content=upload, headers={"content-type": "application/json"})
    assert (answer.status_code, upload.sent) == (403, 0)
    assert "scope generate" in answer.json()["detail"]


async def test_who_may_is_read_and_counted_once(client):
    left = [
        int((await client.post(JOBS, json={"input": {"prompt": "x"}})).headers["x-ratelimit-remaining-requests"])
        for _ in range(3)
    ]
    assert left == [left[0], left[0] - 1, left[0] - 2]


async def test_a_body_that_is_no_json_is_refused_as_before(client, stranger):
    headers = {"content-type": "application/json"}
    assert (await client.post(JOBS, content=b"{", headers=headers)).status_code == 400
    assert (await stranger.post(JOBS, content=b"{", headers=headers)).status_code == 401


async def test_a_database_that_is_away_is_no_broken_body(gateway, key, monkeypatch):
    async def away(*_):
        raise DatabaseUnavailableError("gone")

    monkeypatch.setattr(gateway.keys, "authenticate", away)
    async with gateway.client(key) as client:
        assert (await client.post(JOBS, json={})).status_code == 503


async def test_a_small_body_does_not_cost_the_connection(stranger):
    answer = await stranger.post(JOBS, json={"input": {"prompt": "x"}})
    assert (answer.status_code, answer.headers.get("connection")) == (401, None)


async def test_thirty_megabytes_are_refused_on_a_real_socket_before_they_come(settings, backend):
    settings = settings.model_copy(update={"port": free_port()})
    server = Server(create_app(settings, backend), settings)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    running = asyncio.ensure_future(server.serve())
    await until(lambda: server.started)
    told = "POST /sdapi/v1/img2img HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    told += f"content-length: {30 * MEGABYTE}\r\n"

    def ask() -> bytes:
        with socket.create_connection(("127.0.0.1", settings.port), timeout=10) as connection:
            connection.sendall(told.encode() + b"\r\n{")  # and nothing more: who waits for the rest waits in vain
            heard = b""
            while part := connection.recv(65536):
                heard += part
            return heard

    heard = await asyncio.to_thread(ask)
    server.should_exit = True
    await asyncio.wait_for(running, 10)
    assert heard.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in heard.lower()
