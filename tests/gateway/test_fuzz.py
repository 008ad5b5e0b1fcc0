"""The whole OpenAPI description, fuzzed on a real server: no 5xx, and no status that is not described.

Each request is sent as generated; where its path names something, a second time with the name of something that is
there, and the last test sees to it that this leads beyond the doors. Short here; `make test-slow` sends fifty times as
much.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import status_code_conformance

from gateway.__main__ import Server
from gateway.app import create_app
from gateway.auth.service import KeyService, KeyWish
from gateway.auth.subject import Role, Scope
from gateway.kit.clock import SystemClock
from gateway.settings import Settings
from gateway.storage.database import Database, sqlite_url
from tests.fakes.toy_pipeline import write_toy_tokenizer
from tests.gateway.databases import Postgres, run_apart
from tests.gateway.fakes import ScriptedBackend
from tests.gateway.keeping import store_keeper
from tests.gateway.people import make_user

pytestmark = pytest.mark.filterwarnings("ignore")
LONG_PATHS = [f"/v1/jobs/{'x' * 60_000}", f"/v1/jobs?cursor={'x' * 60_000}", "/v1/jobs/%00", "/%"]
SHORT, LONG = 2, 100
DESCRIPTION = create_app(Settings(), ScriptedBackend()).openapi()
CONFIG = schemathesis.Config.from_dict({"phases": {"coverage": {"unexpected-methods": []}}})
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION, config=CONFIG)
PLENTY = dict.fromkeys(("images_per_day", "megapixel_steps_per_day", "queued_jobs", "stored_bytes"), 10**9)
CHECKS = [not_a_server_error, status_code_conformance]
NEEDS_MORE = {
    ("GET", "/v1/auth/oidc/start"),  # a provider
    ("GET", "/v1/auth/oidc/callback"),
    ("POST", "/v1/auth/setup"),  # a token that is shown once
    ("POST", "/v1/auth/register"),
    ("POST", "/v1/auth/reset-password"),
    ("POST", "/v1/auth/sign-in"),  # a password
    ("POST", "/v1/auth/password"),
    ("POST", "/v1/auth/refresh"),
    ("POST", "/v1/auth/me/erase"),
    ("POST", "/v1/auth/oidc/sign-out"),
    ("GET", "/v1/jobs/{job_id}/inputs/{field}"),  # a job that a picture went into
    ("POST", "/v1/prompts/templates/{name}/fill"),  # a template's own values
    ("POST", "/v1/provenance/verify"),  # a picture
    ("POST", "/v1/controls/preview"),
    ("POST", "/v1/images/edits"),
    ("GET", "/v1/uploads/{upload_id}"),
    ("DELETE", "/v1/uploads/{upload_id}"),
    ("POST", "/v1/uploads/by-address"),  # a public https address
    ("POST", "/v1/webhooks"),  # an https address
    ("POST", "/v1/admin/installations/previews"),  # a model at a hub
    ("POST", "/v1/admin/installations"),
    ("GET", "/v1/admin/installations/{installation_id}"),
    ("GET", "/v1/admin/installations/{installation_id}/events"),
    ("POST", "/v1/admin/installations/{installation_id}/pause"),
    ("POST", "/v1/admin/installations/{installation_id}/resume"),
    ("POST", "/v1/admin/installations/{installation_id}/cancel"),
    ("POST", "/v1/admin/models/{name}/load"),  # an installed pipeline and a worker
    ("POST", "/v1/admin/models/{name}/unload"),
    ("DELETE", "/v1/admin/models/{name}"),
    ("POST", "/v1/admin/models/{name}/restore"),
    ("GET", "/v1/admin/models/{name}/controlnets"),
    ("DELETE", "/v1/admin/models/{name}/controlnets/{controlnet}"),
    ("POST", "/v1/admin/models/{name}/controlnets/{controlnet}/restore"),
    ("DELETE", "/v1/admin/model-files/{kind}/{name}"),  # a file of its name
    ("POST", "/v1/admin/model-files/{kind}/{name}/restore"),
    ("POST", "/sdapi/v1/img2img"),
    ("POST", "/controlnet/detect"),
    ("POST", "/sdapi/v1/png-info"),
}
"""What no generated request gets through: of these a 4xx is all that is seen here."""


@dataclasses.dataclass
class Fuzzed:
    """The server, and what there is on it."""

    address: str
    key: str
    things: dict[str, str]
    seen: dict[tuple[str, str], set[int]]

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    def make_things(self, path: str) -> None:
        """Something for each name in a path, anew where a request has removed it; and the queue goes on."""
        with httpx.Client(base_url=self.address, headers=self.headers) as client:
            assert client.put("/v1/admin/queue/paused", json={"is_paused": False}).status_code == 200
            client.delete("/v1/admin/drains/toy")
            if "{job_id}" in path or "{image_id}" in path:
                order = {"model": "toy", "input": {"prompt": "an apple", "num_inference_steps": 1}}
                job = client.post("/v1/jobs", json=order, headers={"prefer": "wait"}).json()
                self.things.update(job_id=job["id"], image_id=job["images"][0]["id"])
            if "{album_id}" in path:
                self.things["album_id"] = client.post("/v1/albums", json={"name": os.urandom(8).hex()}).json()["id"]
            if "{key_id}" in path:
                self.things["key_id"] = client.post("/v1/keys", json={"name": os.urandom(8).hex()}).json()["id"]
            if "{rule_id}" in path:
                rule = {"label": "fuzz", "words": os.urandom(8).hex()}
                self.things["rule_id"] = client.post("/v1/safety/rules", json=rule).json()["id"]
            if "{invitation_id}" in path:
                client.post("/v1/invitations", json={})
                self.things["invitation_id"] = client.get("/v1/invitations").json()[0]["id"]
            if "{webhook_id}" in path or "{delivery_id}" in path:
                self.make_webhook(client)
            if "{user_id}" in path:
                token = client.post("/v1/invitations", json={}).json()["token"]
                address = f"{os.urandom(8).hex()}@example.org"
                person = {"email": address, "password": "correct horse", "invitation": token}
                self.things["user_id"] = client.post("/v1/auth/register", json=person).json()["id"]

    def make_webhook(self, client: httpx.Client) -> None:
        """With a message that came to nothing, so that it can be sent again; its address is one that is refused."""
        for hook in client.get("/v1/webhooks").json():
            client.delete(f"/v1/webhooks/{hook['id']}")
        hook_id = client.post("/v1/webhooks", json={"url": "https://localhost:1/"}).json()["id"]
        delivery_id = client.post(f"/v1/webhooks/{hook_id}/test").json()["id"]
        for _ in range(200):
            if client.get(f"/v1/webhooks/deliveries/{delivery_id}").json()["status"] == "failed":
                break
            threading.Event().wait(0.05)
        self.things.update(webhook_id=hook_id, delivery_id=delivery_id)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("database")
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "avila.sqlite")
        yield sqlite_url(folder)
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = run_apart(postgres.make)
    yield postgres.url(name)
    run_apart(lambda: postgres.give_back(name))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Fuzzed]:
    """With a key that may do everything."""
    folder = tmp_path_factory.mktemp("fuzz")
    for model in ScriptedBackend().pipelines:
        home = folder / "models" / model / "1"
        home.mkdir(parents=True)
        write_toy_tokenizer(home / "tokenizer.json")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings(
        data_dir=folder,
        database_url=database_url,
        web_dir=folder / "page",  # none: with a built page its router answers odd addresses
        model_repository=folder / "models",
        port=port,
        graceful_timeout_s=0.2,
        requests_per_minute=1_000_000,
        log_level="error",
        hub_endpoint="http://127.0.0.1:9",  # no hub
    )
    fuzzed = Fuzzed(f"http://127.0.0.1:{port}", "", {"model": "toy", "model_id": "toy"}, defaultdict(set))

    async def make_people() -> None:
        database = Database(database_url)
        admin = await make_user(database, Role.ADMIN, "ann", limits=PLENTY)
        wish = KeyWish("fuzz", admin.id, scopes=frozenset(Scope))
        _, fuzzed.key = await KeyService(database, SystemClock()).create(wish)
        await database.aclose()

    run_apart(make_people)
    running = Server(create_app(settings, ScriptedBackend()), settings)
    running.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]

    async def serve() -> None:
        async with store_keeper(settings):
            await running.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    for _ in range(200):
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{fuzzed.address}/health").status_code == 200:
                break
        threading.Event().wait(0.05)
    fuzzed.make_things("{job_id} {album_id} {key_id} {invitation_id} {rule_id} {user_id} {webhook_id}")
    yield fuzzed
    running.should_exit = True
    thread.join(20)


def fuzz(case: schemathesis.Case, server: Fuzzed) -> None:
    send(case, server)
    named = {name: server.things[name] for name in case.path_parameters or {} if name in server.things}
    if named:
        case.path_parameters = {**case.path_parameters, **named}
        status = send(case, server)
        if status == 404 or (status < 300 and (case.method == "DELETE" or "/keys/" in case.path)):
            server.make_things(case.path)
    elif "/admin/" in case.path and case.method == "PUT":
        server.make_things(case.path)


def send(case: schemathesis.Case, server: Fuzzed) -> int:
    answer: Any = case.call(base_url=server.address, headers=server.headers, timeout=30)
    server.seen[case.method, case.path].add(answer.status_code)
    case.validate_response(answer, checks=CHECKS)
    return int(answer.status_code)


def settings_of(examples: int) -> hypothesis.settings:
    unhealthy = list(hypothesis.HealthCheck)
    return hypothesis.settings(
        max_examples=examples, deadline=None, suppress_health_check=unhealthy, derandomize=True, database=None
    )


@SCHEMA.parametrize()
@settings_of(SHORT)
def test_nothing_breaks_it(case, server):
    fuzz(case, server)


@pytest.mark.slow
@SCHEMA.parametrize()
@settings_of(LONG)
def test_nothing_breaks_it_however_long_one_tries(case, server):
    fuzz(case, server)


def test_the_requests_came_through_the_doors(server):
    if len(server.seen) < 50:
        pytest.skip("only some of the endpoints were tried")
    described = {(m.upper(), path) for path, methods in DESCRIPTION["paths"].items() for m in methods}
    assert described >= NEEDS_MORE, NEEDS_MORE - described
    never = {what for what in described - NEEDS_MORE if min(server.seen[what], default=400) >= 400}
    if never:
        pytest.fail("\n".join(sorted(f"{method} {path}: {server.seen[method, path]}" for method, path in never)))


class TestBounds:
    """Before anything is parsed or stored."""

    @pytest.mark.parametrize(
        ("path", "headers", "content"),
        [
            ("/v1/jobs", {}, b"[" * 100_000),
            ("/v1/jobs", {}, b'{"input":' * 20_000),
            ("/v1/jobs", {}, b"x" * 2_000_000),
            ("/v1/jobs", {}, b'{"input": {"prompt": "' + b"a" * 900_000 + b'"}}'),
            ("/v1/jobs", {"idempotency-key": "k" * 5000}, b"{}"),
            ("/v1/jobs", {"content-type": "text/plain"}, b"{}"),
            ("/v1/jobs", {}, b'{"input": {"prompt": "\xff\xfe"}}'),
            ("/v1/jobs", {}, b'{"input": {"prompt": "\\ud800"}}'),
            ("/v1/jobs", {}, b'{"input": {"prompt": "x\\u0000y"}}'),
            ("/v1/jobs", {}, b'{"input": {"prompt": "x", "seed": 1e999}}'),
            ("/v1/jobs", {}, b'{"input": {"prompt": "x", "seed": ' + b"9" * 5000 + b"}}"),
        ],
    )
    def test_too_long_too_deep_or_not_text_is_refused_in_our_words(self, server, path, headers, content):
        address = server.address
        given = {**server.headers, "content-type": "application/json", **headers}
        answer = httpx.post(f"{address}{path}", headers=given, content=content)
        assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:200])
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) < 2000

    @pytest.mark.parametrize("path", LONG_PATHS)
    def test_long_and_odd_addresses(self, server, path):
        address, key = server.address, server.key
        with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n".encode())
            connection.settimeout(10)
            line = connection.recv(100)
        assert line.startswith(b"HTTP/1.1 4"), line
