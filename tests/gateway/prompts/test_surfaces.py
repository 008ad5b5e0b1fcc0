"""Variants and wildcards on every surface that makes pictures: chosen once, recorded, and left alone where escaped."""

from __future__ import annotations

import base64
import json

import httpx2
import numpy as np
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from gateway.storage.data_urls import data_url, png_of
from tests.gateway.conftest import _with_state

PROMPT, SEED = "a {red|blue} __fruit__", 7
PICTURE = np.random.default_rng(4).integers(0, 256, (64, 128, 3), np.uint8)
TEXT = base64.b64encode(png_of(PICTURE)).decode()


@pytest.fixture(autouse=True)
def wildcards(settings):
    folder = settings.data_dir / "prompts" / "wildcards"
    folder.mkdir(parents=True)
    (folder / "fruit.txt").write_text("quince\nmedlar\n")


async def by_jobs(client, gateway, key, **given):
    body = {"model": "toy", "input": {"num_inference_steps": 3, **given}}
    return (await client.post("/v1/jobs", json=body, headers={"prefer": "wait"})).json()


async def by_mcp(client, gateway, key, **given):
    transport = httpx2.ASGITransport(_with_state(gateway.app, gateway._state))
    async with (
        httpx2.AsyncClient(transport=transport, headers={"authorization": f"Bearer {key}"}) as http,
        Client(streamable_http_client("http://gateway/mcp", http_client=http)) as face,
    ):
        result = await face.call_tool("generate_image", {"model": "toy", **given})
    assert not result.is_error, result.content
    return (await client.get(f"/v1/jobs/{json.loads(result.content[0].text)['id']}")).json()


def openai(path, **more):
    async def send(client, gateway, key, **given):
        body = {"model": "toy", **more, **given}
        answer = await client.post(f"/v1/images/{path}", json=body)
        assert answer.status_code == 200, answer.text
        job = (await client.get(f"/v1/jobs/{answer.headers['x-avila-job-id']}")).json()
        told = {image.get("revised_prompt") for image in answer.json()["data"]}
        is_another = job["input"]["prompt"] != given["prompt"]
        assert told == {job["input"]["prompt"] if is_another else None}
        return job

    return send


async def by_openais_stream(client, gateway, key, **given):
    body = {"model": "toy", "stream": True, **given}
    answer = await client.post("/v1/images/generations", json=body)
    events = [json.loads(line[5:]) for line in answer.text.splitlines() if line.startswith("data:")]
    job = (await client.get(f"/v1/jobs/{answer.headers['x-avila-job-id']}")).json()
    is_another = job["input"]["prompt"] != given["prompt"]
    assert events[-1].get("revised_prompt") == (job["input"]["prompt"] if is_another else None)
    return job


def automatic1111(path, **more):
    async def send(client, gateway, key, **given):
        body = {"width": 128, "height": 64, "steps": 3, **more, **given}
        body["override_settings"] = {"sd_model_checkpoint": "toy"}
        answer = await client.post(f"/sdapi/v1/{path}", json=body)
        assert answer.status_code == 200, answer.text
        job = (await client.get(f"/v1/jobs/{answer.headers['x-avila-job-id']}")).json()
        info = json.loads(answer.json()["info"])
        assert (info["prompt"], info["seed"]) == (job["input"]["prompt"], job["input"]["seed"])
        assert info["infotexts"][0].startswith(job["input"]["prompt"])
        return job

    return send


SURFACES = {
    "jobs": by_jobs,
    "mcp": by_mcp,
    "openai": openai("generations"),
    "openai, streamed": by_openais_stream,
    "openai, edited": openai("edits", images=[{"image_url": data_url(PICTURE)}]),
    "txt2img": automatic1111("txt2img"),
    "img2img": automatic1111("img2img", init_images=[TEXT]),
}


@pytest.fixture(params=SURFACES)
def send(request, client, gateway, key):
    """Sends a prompt and a seed; returns the job that came of it."""
    return lambda **given: SURFACES[request.param](client, gateway, key, **given)


async def test_what_was_chosen_is_run_and_recorded_beside_what_was_asked(send, client, backend):
    job = await send(prompt=PROMPT, seed=SEED)
    shown = (await client.post("/v1/prompts/expand", json={"prompt": PROMPT, "seed": SEED})).json()
    assert shown["prompt"] in {f"a {color} {fruit}" for color in ("red", "blue") for fruit in ("quince", "medlar")}
    assert backend.requests[-1].prompt == job["input"]["prompt"] == shown["prompt"]
    assert job["input"]["original_prompt"] == PROMPT
    assert job["input"]["seed"] == SEED


async def test_without_a_seed_it_has_the_one_that_chose(send, client, backend):
    prompt = "{a|b|c|d|e|f|g|h} {a|b|c|d|e|f|g|h}"
    job = await send(prompt=prompt)
    again = (await client.post("/v1/prompts/expand", json={"prompt": prompt, "seed": job["input"]["seed"]})).json()
    assert again["prompt"] == job["input"]["prompt"] == backend.requests[-1].prompt


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"\{a|b\} and {a word}", "{a|b} and {a word}"),
        (r'\{"colour": "red|blue"\}', '{"colour": "red|blue"}'),
        (r"\__fruit__ {c}", "__fruit__ {c}"),
    ],
)
async def test_braces_and_underscores_stay_where_they_are_escaped(send, backend, written, meant):
    job = await send(prompt=written, seed=SEED)
    assert backend.requests[-1].prompt == job["input"]["prompt"] == meant
    assert job["input"]["original_prompt"] == written


async def test_braces_without_a_bar_are_text(send, backend):
    job = await send(prompt="an {apple} {}", seed=SEED)
    assert backend.requests[-1].prompt == "an {apple} {}"
    assert "original_prompt" not in job["input"]


async def test_an_openai_clients_retry_joins_although_it_has_no_seed(client, backend):
    body = {"model": "toy", "prompt": PROMPT}
    answers = [
        await client.post("/v1/images/generations", json=body, headers={"x-stainless-retry-count": str(count)})
        for count in (0, 1)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.headers["x-avila-job-id"] for answer in answers}) == 1
    assert {answer.json()["data"][0]["revised_prompt"] for answer in answers} == {backend.requests[0].prompt}


async def test_a_task_of_automatic1111_that_is_sent_twice_is_one_although_it_has_no_seed(client, backend):
    body = {"prompt": PROMPT, "width": 64, "height": 64, "steps": 3, "force_task_id": "mine"}
    body["override_settings"] = {"sd_model_checkpoint": "toy"}
    answers = [await client.post("/sdapi/v1/txt2img", json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert {json.loads(answer.json()["info"])["prompt"] for answer in answers} == {backend.requests[0].prompt}
    assert len(backend.requests) == 1
