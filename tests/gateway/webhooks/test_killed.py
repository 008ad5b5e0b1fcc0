"""kill -9 between what happened and what is told, with real processes on both databases."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from pathlib import Path

import pytest

from tests.gateway.chaos.world import World, running_world
from tests.gateway.databases import crashing_postgres
from tests.gateway.kit.receivers import receiving
from tests.gateway.webhooks.bench import verified

SETTINGS = {"AVILA_OUTBOUND_ALLOW": "127.0.0.1", "AVILA_WEBHOOK_TIMEOUT_S": "1"}


@pytest.fixture(params=["sqlite", "postgres"])
async def world(request: pytest.FixtureRequest, tmp_path: Path):
    with contextlib.ExitStack() as stack:
        url, restart = f"sqlite+aiosqlite:///{tmp_path}/data/avila.sqlite", None
        if request.param == "postgres":
            url, restart = stack.enter_context(crashing_postgres())
        async with running_world(tmp_path, url, restart, SETTINGS) as world:
            yield world


@pytest.mark.timeout(280)
async def test_what_was_being_sent_when_the_gateway_was_killed_is_sent_by_the_next(world: World):
    asked, go_on = threading.Event(), threading.Event()

    def answer(method: str, path: str, body: bytes):
        if not asked.is_set():
            asked.set()
            go_on.wait(30)  # the first request is open while its gateway dies
        return (200, {}, b"")

    with receiving() as receiver:
        receiver.answer = answer
        body = {
            "model": "toy",
            "input": {"prompt": "an apple", "num_inference_steps": 3, "width": 64, "height": 64},
            "webhook": receiver.url(),
            "webhook_events_filter": ["start", "output", "completed"],
        }
        async with world.client() as client:
            job = (await client.post("/v1/jobs", json=body)).json()
            secret = (await client.get("/v1/webhooks/default/secret")).json()["key"]
            assert await asyncio.to_thread(asked.wait, 60), world.log()
            await world.kill_gateway()
            go_on.set()
            try:
                async with asyncio.timeout(90):
                    while len(log := await deliveries(client)) < 3 or any(row["finished_at"] is None for row in log):
                        await asyncio.sleep(0.2)
            except TimeoutError:
                raise AssertionError(world.log()) from None
    assert {row["status"] for row in log} == {"delivered"}, log
    messages = {headers["webhook-id"]: json.loads(body) for _, _, headers, body in receiver.heard}
    assert set(messages) == {row["id"] for row in log}
    kinds = sorted(message["type"] for message in messages.values())
    assert set(kinds) == {"job.start", "job.output", "job.completed"}
    assert {message["data"]["id"] for message in messages.values()} == {job["id"]}
    assert len(receiver.heard) > len(messages), "the one that was cut off came twice, under one id"
    assert all(verified(secret, headers, body) for _, _, headers, body in receiver.heard)


async def deliveries(client) -> list[dict]:
    with contextlib.suppress(Exception):
        return (await client.get("/v1/webhooks/default/deliveries")).json()["results"]
    return []
