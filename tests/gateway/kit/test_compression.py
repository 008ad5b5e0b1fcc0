from __future__ import annotations

import asyncio
import gzip
import json
import threading

import numpy as np
import pytest
import zstandard

from gateway.kit import compression
from gateway.kit.compression import MIN_BYTES, CompressionMiddleware, coding_for
from gateway.storage.data_urls import data_url

BODY = json.dumps({"data": [{"id": f"model-{n}", "object": "model"} for n in range(200)]}).encode()


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate", "gzip"),
        ("zstd;q=0.5, gzip;q=0.8", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *;q=0.3", "gzip"),
        ("gzip;q=0", None),
        ("br", None),
        ("GZIP", "gzip"),
        ("gzip;q=x, ,;;", None),
    ],
)
def test_the_coding_is_the_clients_choice(accepted, coding):
    assert coding_for(accepted) == coding


async def answer(path="/v1/x", accepted="gzip", headers=None, chunks=(BODY,), media_type=b"application/json"):
    async def app(scope, receive, send):
        own = [(b"content-type", media_type), *(headers or [])]
        await send({"type": "http.response.start", "status": 200, "headers": own})
        for number, chunk in enumerate(chunks):
            await send({"type": "http.response.body", "body": chunk, "more_body": number + 1 < len(chunks)})

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": path, "headers": [(b"accept-encoding", accepted.encode())]}
    await CompressionMiddleware(app)(scope, None, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return told, b"".join(message["body"] for message in sent[1:])


async def test_json_is_compressed_and_says_so():
    headers, body = await answer()
    assert gzip.decompress(body) == BODY
    assert headers["content-encoding"] == "gzip"
    assert headers["content-length"] == str(len(body))
    assert headers["vary"] == "Accept-Encoding"
    headers, body = await answer(accepted="zstd")
    assert zstandard.ZstdDecompressor().decompress(body) == BODY
    assert len(body) < len(BODY) / 5


@pytest.mark.parametrize(
    "how",
    [
        {"accepted": "br"},
        {"chunks": (b"{}",)},
        {"chunks": (BODY, BODY)},
        {"media_type": b"image/png"},
        {"media_type": b"text/event-stream"},
        {"headers": [(b"content-encoding", b"br")]},
        {"path": "/v1/images/generations"},
        {"path": "/v1/auth/sign-in"},
    ],
)
async def test_everything_else_passes_as_it_is(how):
    headers, body = await answer(**how)
    assert headers.get("content-encoding") in (None, "br")
    assert body == b"".join(how.get("chunks", (BODY,)))


@pytest.mark.parametrize(("body", "is_large"), [(BODY, False), (BODY * 4, True)])
async def test_what_takes_longer_than_the_way_to_a_thread_is_done_off_the_event_loop(monkeypatch, body, is_large):
    threads = []
    monkeypatch.setattr(
        compression, "compressed", lambda body, coding: (threads.append(threading.get_ident()), body)[1]
    )
    await answer(chunks=(body,))
    assert len(threads) == 1
    assert (threads != [threading.get_ident()]) is is_large
    await asyncio.sleep(0)


async def test_a_real_answer_arrives_compressed_and_is_read_by_any_client(client, gateway):
    answer = await client.get("/sdapi/v1/samplers", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()[0]["name"]
    plain = await client.get("/sdapi/v1/samplers", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == answer.json()


async def test_answers_that_carry_pictures_never_are(client):
    picture = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    detect = {"controlnet_module": "none", "controlnet_input_images": [data_url(picture)]}
    small = {"prompt": "x", "width": 64, "height": 64, "steps": 2}
    bodies = {
        "/v1/images/generations": {"prompt": "x", "size": "64x64", "num_inference_steps": 2},
        "/v1/images/edits": {"prompt": "x", "image": data_url(picture)},
        "/sdapi/v1/txt2img": small,
        "/sdapi/v1/img2img": {**small, "init_images": [data_url(picture)]},
        "/controlnet/detect": detect,
    }
    for path, body in bodies.items():
        answer = await client.post(path, json=body, headers={"accept-encoding": "gzip, zstd"})
        assert answer.status_code == 200, answer.text
        assert "content-encoding" not in answer.headers, path
        assert len(answer.content) >= MIN_BYTES, path
    job = (await client.get("/v1/jobs", headers={"accept-encoding": "gzip"})).json()["results"][0]
    file = await client.get(job["images"][0]["url"], headers={"accept-encoding": "gzip, zstd"})
    assert file.headers["content-type"] == "image/png"
    assert "content-encoding" not in file.headers
