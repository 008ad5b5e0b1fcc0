"""Jobs that follow a map: what reaches the backend, what is stored, and what is refused."""

from __future__ import annotations

import dataclasses
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from diffusion.pipeline import ControlNetSpec
from gateway.storage.data_urls import data_url

PICTURE = np.zeros((64, 64, 3), np.uint8)
PICTURE[20:44, 20:44] = (200, 30, 60)
INPUT = {"prompt": "an apple", "seed": 7, "width": 64, "height": 64, "num_inference_steps": 4}


@pytest.fixture(autouse=True)
def with_controlnets(backend) -> None:
    for name, spec in list(backend.pipelines.items()):
        nets = {"canny": ControlNetSpec("canny", "a" * 64), "depth": ControlNetSpec("depth", "b" * 64)}
        backend.pipelines[name] = dataclasses.replace(spec, controlnets=nets, residuals=((8, 0), (8, 1)))


async def create(client, *controls):
    body = {"model": "toy", "input": {**INPUT, "controls": list(controls)}}
    return await client.post("/v1/jobs", json=body, headers={"prefer": "wait=30"})


async def test_a_picture_becomes_a_map_of_the_requests_size(client, backend) -> None:
    given = {"model": "canny", "image": data_url(PICTURE), "preprocessor": "canny", "weight": 0.8, "end": 0.5}
    job = (await create(client, given)).json()
    assert job["status"] == "succeeded", job
    ((control,),) = [request.controls for request in backend.requests]
    assert (control.model, control.weight, control.start, control.end) == ("canny", 0.8, 0.0, 0.5)
    assert np.array_equal(control.image[..., 0], cv2.Canny(PICTURE, 100, 200))
    (told,) = job["input"]["controls"]
    assert told["image"].startswith("sha256:")
    assert (told["model"], told["weight"], told["end"]) == ("canny", 0.8, 0.5)
    again = await client.post(f"/v1/jobs/{job['id']}/retry")
    assert again.status_code == 201


async def test_a_ready_made_map_stays_what_it_is_and_the_store_knows_it(client, backend) -> None:
    given = {"model": "depth", "image": data_url(PICTURE)}
    first, again = [(await create(client, given)).json() for _ in range(2)]
    other = (await create(client, {**given, "image": data_url(255 - PICTURE)})).json()
    assert np.array_equal(backend.requests[0].controls[0].image, PICTURE)
    assert (again["cached_from"], other["cached_from"]) == (first["id"], None)


async def test_an_upload_can_be_named(client, backend) -> None:
    file = io.BytesIO()
    Image.fromarray(PICTURE).save(file, "PNG")
    sent = await client.post("/v1/uploads", content=file.getvalue(), headers={"content-type": "image/png"})
    job = (await create(client, {"model": "canny", "image": sent.json()["id"], "preprocessor": "canny"})).json()
    assert job["input"]["controls"][0]["image"] == sent.json()["id"]
    assert backend.requests[0].controls[0].image.max() == 255


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"preprocessor": "depth"}, "controls[0].preprocessor", "no depth model is installed"),
        ({"preprocessor": "pose"}, "controls[0].preprocessor", "no pose model is installed"),
        ({"model": "cany"}, "controls[0].model", "canny"),
        ({"weight": 11}, "controls[0].weight", "from 0 to 10"),
        ({"start": 0.6, "end": 0.5}, "controls[0].end", "more than start"),
        ({"image": "data:image/png;base64,AAAA"}, "controls[0].image", "cannot be read"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field(client, change, field, words) -> None:
    answer = await create(client, {"model": "canny", "image": data_url(PICTURE), **change})
    assert 400 <= answer.status_code < 500
    assert field in answer.text
    assert words in answer.text


async def test_too_many_are_refused(client) -> None:
    answer = await create(client, *[{"model": "canny", "image": data_url(PICTURE)}] * 5)
    assert "at most 4" in answer.text


async def test_they_are_listed_with_what_makes_their_maps(client) -> None:
    found = (await client.get("/v1/controls")).json()
    assert {"name": "canny", "model": "toy", "preprocessor": "canny"} in found["controls"]
    installed = {state["name"]: state["is_installed"] for state in found["preprocessors"]}
    assert installed == {"none": True, "canny": True, "depth": False, "pose": False}


async def test_a_map_can_be_looked_at_before(client) -> None:
    body = {"image": data_url(PICTURE), "preprocessor": "canny"}
    answer = await client.post("/v1/controls/preview", json=body)
    assert answer.headers["content-type"] == "image/png"
    found = np.array(Image.open(io.BytesIO(answer.content)))
    assert np.array_equal(found[..., 0], cv2.Canny(PICTURE, 100, 200))
    sized = await client.post("/v1/controls/preview", json={**body, "width": 128, "height": 96})
    assert Image.open(io.BytesIO(sized.content)).size == (128, 96)
    refused = await client.post("/v1/controls/preview", json={**body, "preprocessor": "depth"})
    assert "no depth model is installed" in refused.text


async def test_what_went_in_can_be_had_again_by_its_owner_alone(client, backend) -> None:
    given = {"model": "canny", "image": data_url(PICTURE), "preprocessor": "canny"}
    job = (await create(client, given)).json()
    kept = await client.get(f"/v1/jobs/{job['id']}/inputs/controls[0].image")
    assert kept.headers["content-type"] == "image/png"
    made = np.array(Image.open(io.BytesIO(kept.content)))
    assert np.array_equal(made, backend.requests[0].controls[0].image)  # the map, not the picture
    other = await client.get(f"/v1/jobs/{job['id']}/inputs/mask")
    assert (other.status_code, "controls[0].image" in other.text) == (404, True)
    assert (await client.get("/v1/jobs/none/inputs/image")).status_code == 404
