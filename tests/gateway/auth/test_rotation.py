"""What docs/operations.md says of rotating secrets: who notices, and who does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from pydantic import SecretStr

from gateway.app import create_app
from gateway.settings import Settings
from tests.gateway.conftest import Running
from tests.gateway.fakes import ScriptedBackend
from tests.gateway.people import HASH, make_user


@asynccontextmanager
async def started(settings: Settings, secret: str) -> AsyncIterator[Running]:
    app = create_app(settings.model_copy(update={"secret_key": SecretStr(secret)}), ScriptedBackend())
    async with app.router.lifespan_context(app) as state:
        yield Running(app, state["keys"], dict(state))


async def sign_in(client: httpx.AsyncClient) -> str:  # HASH is of "x"
    answer = await client.post("/v1/auth/sign-in", json={"email": "ann@example.org", "password": "x"})
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


async def test_another_secret_key_ends_sessions_and_links_but_neither_keys_nor_passwords(settings: Settings) -> None:
    async with started(settings, "the first secret, of 32 bytes at least") as first:
        await make_user(first._state["database"], password_hash=HASH)
        _, key = await first.keys.create("kept")
        async with first.client() as anybody, first.client(key) as client:
            token = await sign_in(anybody)
            assert (await client.post("/v1/images/generations", json={"prompt": "an apple"})).status_code == 200
            link = (await client.get("/v1/history")).json()["results"][0]["url"].removeprefix("http://gateway")
            assert (await anybody.get(link)).status_code == 200
    async with (
        started(settings, "another secret, of 32 bytes at least") as second,
        second.client(token) as before,
        second.client(key) as client,
        second.client() as anybody,
    ):
        assert (await before.get("/v1/auth/me")).status_code == 401
        assert (await anybody.get(link)).status_code in (401, 403, 404)
        assert (await client.get("/v1/history")).status_code == 200
        async with second.client(await sign_in(anybody)) as again:
            assert (await again.get("/v1/auth/me")).status_code == 200


async def test_a_key_is_handed_over_without_a_gap(settings: Settings) -> None:
    async with started(settings, "the first secret, of 32 bytes at least") as gateway:
        _, old = await gateway.keys.create("product")
        _, new = await gateway.keys.create("product 2026")
        async with gateway.client(old) as before, gateway.client(new) as after:
            assert (await before.get("/v1/history")).status_code == (await after.get("/v1/history")).status_code == 200
            await gateway.keys.revoke("product")
            assert (await before.get("/v1/history")).status_code == 401
            assert (await after.get("/v1/history")).status_code == 200
