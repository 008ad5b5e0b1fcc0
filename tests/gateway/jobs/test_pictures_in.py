"""Jobs that start from a picture."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from gateway.storage.data_urls import data_url, read_data_url

PICTURE = np.random.default_rng(3).integers(0, 256, (64, 128, 3), np.uint8)
MASK = np.zeros((64, 128), np.uint8)
MASK[16:32, 40:72] = 255
INPUT = {"prompt": "an apple", "seed": 7, "num_inference_steps": 10, "image": data_url(PICTURE), "strength": 0.7}


async def create(client, **fields):
    return await client.post(
        "/v1/jobs", json={"model": "toy", "input": {**INPUT, **fields}}, headers={"prefer": "wait=30"}
    )


async def test_the_picture_reaches_the_backend_whole_and_gives_the_size(client, backend) -> None:
    job = (await create(client)).json()
    assert job["status"] == "succeeded"
    (request,) = backend.requests
    assert np.array_equal(request.image, PICTURE)
    assert (request.width, request.height, request.strength) == (128, 64, 0.7)
    assert job["metrics"]["megapixel_steps"] == pytest.approx(128 * 64 * 7 / 1e6)
    assert job["input"]["image"].startswith("sha256:")


async def test_the_store_answers_the_same_picture_only(client, backend) -> None:
    first, again = [(await create(client)).json() for _ in range(2)]
    other = (await create(client, image=data_url(255 - PICTURE))).json()
    assert (again["cached_from"], other["cached_from"]) == (first["id"], None)
    assert len(backend.requests) == 2


async def test_a_mask_and_its_options_reach_the_backend_and_are_stored(client, backend) -> None:
    options = {"mask_blur": 2, "mask_content": "fill", "only_masked": True, "only_masked_padding": 8}
    job = (await create(client, mask=data_url(MASK), width=64, height=64, **options)).json()
    assert job["status"] == "succeeded"
    (request,) = backend.requests
    assert np.array_equal(request.mask, MASK)
    assert {name: getattr(request, name) for name in options} == options
    assert job["input"]["mask"].startswith("sha256:")
    assert {name: job["input"][name] for name in options} == options
    other = (await create(client, mask=data_url(255 - MASK), width=64, height=64, **options)).json()
    assert other["cached_from"] is None
    assert (await client.post(f"/v1/jobs/{job['id']}/retry")).status_code == 201


async def test_an_extended_picture_is_stored_as_it_was_and_can_be_sent_again(client, backend) -> None:
    job = (await create(client, strength=None, outpaint={"left": 64})).json()
    assert job["status"] == "succeeded"
    (request,) = backend.requests
    assert (request.width, request.height, request.strength) == (192, 64, 1.0)
    assert request.image.shape == PICTURE.shape
    assert job["input"]["outpaint"] == {"left": 64, "right": 0, "top": 0, "bottom": 0}
    assert (await client.post(f"/v1/jobs/{job['id']}/retry")).status_code == 201


def test_what_is_transparent_in_a_mask_is_black() -> None:
    drawn = Image.new("RGBA", (16, 8), (255, 255, 255, 0))
    drawn.paste((255, 255, 255, 255), (4, 2, 8, 6))
    file = io.BytesIO()
    drawn.save(file, "PNG")
    read = read_data_url("mask", f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}")
    assert read.shape == (8, 16)
    assert (read[2:6, 4:8] == 255).all()
    assert read.sum() == 16 * 255


async def test_it_can_be_sent_again(client, backend) -> None:
    job = (await create(client)).json()
    answer = await client.post(f"/v1/jobs/{job['id']}/retry")
    assert answer.status_code == 201
    assert answer.json()["input"]["image"] == job["input"]["image"]


@pytest.mark.parametrize(
    "fields",
    [
        {"image": "http://10.0.0.1/a.png"},
        {"image": "data:image/png;base64,@@@@"},
        {"image": "data:image/png;base64,AAAA"},
        {"image": data_url(PICTURE), "mask": data_url(MASK[:8])},
        {"image": None, "strength": None, "mask": data_url(MASK)},
    ],
)
async def test_what_is_no_picture_is_refused_by_its_name(client, backend, fields) -> None:
    answer = await create(client, **fields)
    assert answer.status_code in (400, 422)
    assert "image" in answer.text
    assert len(answer.text) < 1000
    assert backend.requests == []


def test_equal_pictures_have_equal_texts() -> None:
    assert np.array_equal(read_data_url("image", data_url(PICTURE)), PICTURE)
    assert data_url(PICTURE.copy()) == data_url(PICTURE)
