"""The official client of the Model Context Protocol against `/mcp`."""

from __future__ import annotations

import base64
import contextlib
import io
import json

import httpx2
import numpy as np
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from diffusion.errors import NotFiniteError
from gateway.auth.service import KeyWish
from gateway.auth.subject import Scope
from gateway.storage.data_urls import data_url
from tests.gateway.conftest import _with_state
from tests.gateway.fakes import fail_midway

PICTURE = np.random.default_rng(4).integers(0, 256, (64, 128, 3), np.uint8)


@contextlib.asynccontextmanager
async def connected(gateway, key, mode="auto"):
    transport = httpx2.ASGITransport(_with_state(gateway.app, gateway._state))
    headers = {"authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(transport=transport, headers=headers) as http,
        Client(streamable_http_client("http://gateway/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


async def call(gateway, key, name, **arguments):
    async with connected(gateway, key) as client:
        return await client.call_tool(name, arguments)


def told(result) -> dict:
    assert not result.is_error, result.content
    return json.loads(result.content[0].text)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_of_either_age_finds_the_four_tools(gateway, key, mode):
    async with connected(gateway, key, mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"generate_image", "edit_image", "list_models", "get_job"}
    assert tools["edit_image"].input_schema["required"] == ["prompt", "image"]
    assert all(tool.description for tool in tools.values())


async def test_a_prompt_becomes_pictures(gateway, key, backend):
    result = await call(gateway, key, "generate_image", prompt="an apple", num_images=2, seed=7, width=128, height=64)
    job = told(result)
    assert (job["status"], [image["seed"] for image in job["images"]]) == ("succeeded", [7, 8])
    pictures = [block for block in result.content if block.type == "image"]
    assert len(pictures) == 2
    assert Image.open(io.BytesIO(base64.b64decode(pictures[0].data))).size == (128, 64)
    assert pictures[0].mime_type == "image/png"
    assert (backend.requests[0].prompt, backend.requests[0].num_images) == ("an apple", 2)


async def test_a_picture_made_here_is_edited_by_its_id(gateway, key, backend):
    made = told(await call(gateway, key, "generate_image", prompt="an apple"))["images"][0]["id"]
    told(await call(gateway, key, "edit_image", prompt="a pear", image=made, strength=0.5))
    told(await call(gateway, key, "edit_image", prompt="a pear", image=data_url(PICTURE)))
    assert backend.requests[1].strength == 0.5
    assert np.array_equal(backend.requests[2].image, PICTURE)


async def test_only_what_is_white_in_a_mask_is_painted(gateway, key, backend):
    mask = np.zeros(PICTURE.shape[:2], np.uint8)
    mask[16:48, 32:96] = 255
    given = {"image": data_url(PICTURE), "mask": data_url(mask), "strength": 0.9, "seed": 3}
    result = await call(gateway, key, "edit_image", prompt="a pear", **given)
    job = told(result)
    (request,) = backend.requests
    assert np.array_equal(request.image, PICTURE)
    assert np.array_equal(request.mask, mask)
    assert (request.strength, job["images"][0]["seed"]) == (0.9, 3)
    assert [block.type for block in result.content] == ["text", "image"]


async def test_a_mask_of_another_size_is_told_in_words(gateway, key, backend):
    mask = data_url(np.full((32, 32), 255, np.uint8))
    result = await call(gateway, key, "edit_image", prompt="a pear", image=data_url(PICTURE), mask=mask)
    assert result.is_error
    assert "mask: " in result.content[0].text
    assert backend.requests == []


async def test_models_and_jobs_are_told(gateway, key):
    models = told(await call(gateway, key, "list_models"))["models"]
    assert [model["id"] for model in models] == ["org/other", "toy"]
    job = told(await call(gateway, key, "generate_image", prompt="an apple"))
    again = await call(gateway, key, "get_job", job_id=job["id"])
    assert told(again)["status"] == "succeeded"
    assert again.content[1].type == "image"


async def test_what_takes_too_long_is_answered_with_its_job(gateway, key, monkeypatch):
    monkeypatch.setattr("gateway.mcp.tools.PATIENCE_S", 0.0)
    job = told(await call(gateway, key, "generate_image", prompt="an apple"))
    assert job["id"].startswith("job_")


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("generate_image", {"prompt": "x", "width": 65}, "width: 65 is not allowed"),
        ("generate_image", {"prompt": "", "model": "toy"}, "prompt"),
        ("generate_image", {"prompt": "x", "model": "tou"}, "did you mean toy"),
        ("edit_image", {"prompt": "x", "image": "img_nothing"}, "you have no picture"),
        ("get_job", {"job_id": "job_nothing"}, "There is no job"),
    ],
)
async def test_what_is_wrong_is_told_in_words(gateway, key, name, arguments, words):
    result = await call(gateway, key, name, **arguments)
    assert result.is_error
    assert words in result.content[0].text
    assert "Traceback" not in result.content[0].text


async def test_a_failure_is_told(gateway, key, backend):
    backend.script = fail_midway(NotFiniteError("unet", 3))
    result = await call(gateway, key, "generate_image", prompt="x")
    assert result.is_error
    assert "failed" in result.content[0].text


async def test_a_key_that_only_reads_makes_nothing(gateway, backend):
    _, key = await gateway.keys.create(KeyWish("reader", None, frozenset({Scope.READ})))
    assert told(await call(gateway, key, "list_models"))
    result = await call(gateway, key, "generate_image", prompt="x")
    assert result.is_error
    assert "scope generate" in result.content[0].text
    assert backend.requests == []


async def test_without_a_key_nothing_is_told(stranger):
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    answer = await stranger.post("/mcp", json=body, headers={"accept": "application/json, text/event-stream"})
    assert answer.status_code == 401
