"""The public faces on the real Triton, one test for each: what existing clients do, from the socket to the networks."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import httpx2
import numpy as np
import openai
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from gateway.storage.data_urls import data_url, png_of
from tests.e2e.conftest import a_service
from tests.e2e.running import Service, until
from tests.gateway.a1111.clients import SILLY_TAVERN
from tests.gateway.kit.receivers import Receiver, receiving
from tests.gateway.webhooks.bench import verified

pytestmark = pytest.mark.triton

ADMIN = {"email": "ann@example.org", "password": "correct horse battery"}
ACROSS, DOWN = np.meshgrid(np.arange(0, 256, 2), np.arange(0, 256, 4))
PICTURE = np.stack([ACROSS, DOWN, np.full(DOWN.shape, 90)], -1).astype(np.uint8)
HOLE = (slice(16, 48), slice(32, 96))
SIZE, STEPS = "64x64", {"num_inference_steps": 3}


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory, triton_environment: Path, toy_repository: Path) -> Iterator[Service]:
    people = {"admin_email": ADMIN["email"], "admin_password": ADMIN["password"]}
    folder = tmp_path_factory.mktemp("faces")
    one = a_service(folder, triton_environment, toy_repository, outbound_allow="127.0.0.1", **people)
    one.start()
    yield one
    one.end()


@pytest.fixture
def http(face: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=face.address, headers=face.headers, timeout=90) as client:
        yield client


@pytest.fixture
def admin(face: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=face.address, timeout=60) as client:
        token = client.post("/v1/auth/sign-in", json=ADMIN).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def shown(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def with_hole() -> bytes:
    alpha = np.full(PICTURE.shape[:2], 255, np.uint8)
    alpha[HOLE] = 0
    return png_of(np.dstack([PICTURE, alpha]))


def outside_of_hole(pixels: np.ndarray, edge: int = 0) -> np.ndarray:
    """What is farther from the hole than its soft `edge`, in pixels."""
    kept = np.ones(PICTURE.shape[:2], bool)
    kept[tuple(slice(side.start - edge, side.stop + edge) for side in HOLE)] = False
    return pixels[kept].astype(int)


def test_openais_images(face):
    client = openai.OpenAI(base_url=f"{face.address}/v1", api_key=face.key, max_retries=0)
    made = client.images.generate(model="dall-e-3", prompt="an apple", n=2, size=SIZE, extra_body=STEPS)
    assert [shown(one.b64_json).size for one in made.data] == [(64, 64)] * 2
    files = [("a.png", png_of(PICTURE)), ("b.png", png_of(PICTURE))]
    raw = client.images.with_raw_response.edit(
        image=files, mask=("m.png", with_hole()), prompt="a pear", extra_body={**STEPS, "mask_blur": 0}
    )
    assert "1 more did nothing" in raw.headers["x-avila-warnings"]
    edited = np.array(shown(raw.parse().data[0].b64_json).convert("RGB"))
    assert edited.shape == PICTURE.shape
    # the invisible mark changes every pixel a little; what is painted anew is another picture
    assert np.abs(outside_of_hole(edited) - outside_of_hole(PICTURE)).mean() < 4
    assert np.abs(edited[HOLE].astype(int) - PICTURE[HOLE]).mean() > 20
    with pytest.warns(DeprecationWarning, match="deprecated"):  # OpenAI withdraws it; its clients still have it
        varied = client.images.create_variation(image=("a.png", png_of(PICTURE)), size="256x256", extra_body=STEPS)
    assert shown(varied.data[0].b64_json).size == (256, 256)
    stream = client.images.generate(
        prompt="an apple", size=SIZE, stream=True, partial_images=2, extra_body={"num_inference_steps": 9}
    )
    kinds = [event.type for event in stream]
    assert kinds[-1] == "image_generation.completed"
    assert set(kinds[:-1]) == {"image_generation.partial_image"}


def test_automatic1111(face):
    with httpx.Client(base_url=face.address, auth=("anything", face.key), timeout=90) as client:
        body = {**SILLY_TAVERN, "width": 64, "height": 64, "steps": 3}
        answer = client.post("/sdapi/v1/txt2img", json=body)
        assert answer.status_code == 200, answer.text
        assert shown(answer.json()["images"][0]).size == (64, 64)
        info = json.loads(answer.json()["info"])
        told = client.post("/sdapi/v1/png-info", json={"image": answer.json()["images"][0]}).json()
        assert told["info"].partition("\n")[0] == info["infotexts"][0].partition("\n")[0]
        assert (told["parameters"]["Seed"], told["parameters"]["Steps"]) == (str(info["seed"]), "3")
        mask = np.zeros(PICTURE.shape[:2], np.uint8)
        mask[HOLE] = 255
        pictures = {"init_images": [data_url(PICTURE)], "mask": data_url(mask), "inpaint_full_res": False}
        painted = {"prompt": "a pear", "width": 128, "height": 64, "steps": 3, "mask_blur": 0, **pictures}
        answer = client.post("/sdapi/v1/img2img", json=painted)
        assert answer.status_code == 200, answer.text
        edited = np.array(shown(answer.json()["images"][0]).convert("RGB"))
        assert np.abs(outside_of_hole(edited) - outside_of_hole(PICTURE)).mean() < 4
        assert client.get("/sdapi/v1/progress").json()["state"]["job_count"] == 0
        titles = [model["title"] for model in client.get("/sdapi/v1/sd-models").json()]
        assert client.get("/sdapi/v1/options").json()["sd_model_checkpoint"] in titles
        unit = {"model": "canny", "module": "canny", "image": data_url(PICTURE)}
        refused = client.post("/sdapi/v1/txt2img", json={**body, "alwayson_scripts": {"ControlNet": {"args": [unit]}}})
        assert (refused.status_code, "without ControlNets" in refused.json()["detail"]) == (400, True)


def test_webhooks_are_told(http, receiver):
    hook = http.post("/v1/webhooks", json={"url": receiver.url("/hook")}).json()
    order = {"model": "toy", "input": {"prompt": "an apple", "width": 64, "height": 64, **STEPS}}
    job = http.post("/v1/jobs", json=order, headers={"prefer": "wait"}).json()
    until(lambda: any(json.loads(body)["type"] == "job.completed" for *_, body in receiver.heard), 20, "it is told")
    for _, path, headers, body in receiver.heard:
        assert (path, json.loads(body)["data"]["id"]) == ("/hook", job["id"])
        assert verified(hook["secret"], headers, body)
    assert http.delete(f"/v1/webhooks/{hook['id']}").status_code == 204


def test_a_language_models_tools(face):
    async def use() -> None:
        async with (
            httpx2.AsyncClient(headers=face.headers, timeout=90) as connection,
            Client(streamable_http_client(f"{face.address}/mcp", http_client=connection)) as client,
        ):
            given = {"prompt": "an apple", "width": 128, "height": 64, **STEPS}
            made = await client.call_tool("generate_image", given)
            job = json.loads(made.content[0].text)
            assert job["status"] == "succeeded", job
            mask = np.zeros(PICTURE.shape[:2], np.uint8)
            mask[HOLE] = 255
            painted = {"prompt": "a pear", "image": data_url(PICTURE), "mask": data_url(mask), **STEPS}
            edited = await client.call_tool("edit_image", painted)
            assert not edited.is_error, edited.content
            after = np.array(shown(edited.content[1].data).convert("RGB"))
            assert np.abs(outside_of_hole(after, 12) - outside_of_hole(PICTURE, 12)).mean() < 4
            assert np.abs(after[HOLE].astype(int) - PICTURE[HOLE]).mean() > 20
            named = await client.call_tool("edit_image", {"prompt": "a pear", "image": job["images"][0]["id"], **STEPS})
            assert not named.is_error, named.content
            again = await client.call_tool("get_job", {"job_id": json.loads(edited.content[0].text)["id"]})
            assert json.loads(again.content[0].text)["status"] == "succeeded"
            models = json.loads((await client.call_tool("list_models", {})).content[0].text)["models"]
            assert [model["id"] for model in models] == ["toy"]

    asyncio.run(use())


def test_what_a_picture_tells_of_itself(face, http):
    # one step: after more the toy draws noise of black and white, which carries no watermark (docs/provenance.md)
    wish = {"prompt": "an apple", "seed": 77, "width": 512, "height": 512, "num_inference_steps": 1}
    order = {"model": "toy", "input": wish}
    job = http.post("/v1/jobs", json=order, headers={"prefer": "wait"}).json()
    file = httpx.get(job["output"][0]).content
    kind = {"content-type": "image/png"}
    found = httpx.post(f"{face.address}/v1/provenance/verify", content=file, headers=kind, timeout=60).json()
    assert found["verdict"] == "made_here"
    assert found["c2pa"]["state"] == "trusted"
    assert found["xmp"]["digital_source_type"] == "trainedAlgorithmicMedia"
    assert found["watermark"]["is_this_installation"]
    assert (found["recipe"]["seed"], found["recipe"]["prompt"]) == (77, "an apple")
    half = io.BytesIO()
    Image.open(io.BytesIO(file)).convert("RGB").resize((128, 128)).save(half, "JPEG", quality=75)
    jpeg = {"content-type": "image/jpeg"}
    url = f"{face.address}/v1/provenance/verify"
    left = httpx.post(url, content=half.getvalue(), headers=jpeg, timeout=60).json()
    assert (left["c2pa"]["present"], left["xmp"]["present"]) == (False, False)


def test_the_administrators_figures(face, http, admin):
    before = admin.get("/v1/admin/figures").json()
    order = {"model": "toy", "input": {"prompt": "a figure", "num_images": 2, "width": 64, "height": 64, **STEPS}}
    assert http.post("/v1/jobs", json=order, headers={"prefer": "wait"}).json()["status"] == "succeeded"
    after = admin.get("/v1/admin/figures").json()
    assert after["images"] - before["images"] == 2
    assert after["mean_seconds"] > 0
    assert (after["slots"]["used"], after["slots"]["total"]) == (0, 32)
    assert after["accelerator"]["kind"] == "cpu"
    assert 0 <= after["accelerator"]["utilisation"] <= 1
    sums = {by: sum(line["images"] for line in admin.get(f"/v1/admin/figures/{by}").json()) for by in ("key", "model")}
    assert sums == {"key": after["images"], "model": after["images"]}
    days = admin.get("/v1/admin/usage", params={"by": "model"}).json()
    assert [day["name"] for day in days] == ["toy"]
    metrics = httpx.get(f"{face.address}/metrics").text
    assert 'avila_images_total{model="toy"}' in metrics
    assert 'avila_top_images{by="key",name="key_' in metrics
    assert 'avila_accelerator_utilization{kind="cpu"}' in metrics
    settings = {setting["name"]: setting for setting in admin.get("/v1/admin/settings").json()}
    assert settings["outbound_allow"]["source"] == "environment"
    assert settings["trash_days"]["source"] == "default"
    assert settings["admin_password"]["value"] is None


def test_the_administrators_hand_on_the_queue(http, admin):
    def sent(steps: int) -> str:
        given = {"prompt": "a queue", "seed": 5 + steps, "width": 512, "height": 512, "num_inference_steps": steps}
        return str(http.post("/v1/jobs", json={"model": "toy", "input": given}).json()["id"])

    def status(job: str) -> str:
        return str(http.get(f"/v1/jobs/{job}").json()["status"])

    running = sent(100)
    until(lambda: status(running) == "processing", 30, "it is drawn")
    (shown,) = admin.get("/v1/admin/queue").json()["results"]
    assert (shown["id"], shown["model"], shown["status"]) == (running, "toy", "processing")
    assert admin.put("/v1/admin/drains/toy").status_code == 204
    waiting = sent(2)
    assert admin.post(f"/v1/admin/jobs/{running}/cancel").status_code == 200
    until(lambda: status(running) == "canceled", 10, "the engine has let go of it")
    assert http.get("/v1/jobs", params={"status": "queued"}).json()["results"][0]["id"] == waiting
    assert admin.delete("/v1/admin/drains/toy").status_code == 204
    until(lambda: status(waiting) == "succeeded", 30, "it is drawn once its model takes jobs again")
    acts = [act["action"] for act in admin.get("/v1/audit").json()["results"]]
    assert {"job.cancel", "model.drain", "model.undrain"} <= set(acts)
    invited = admin.post("/v1/invitations", json={"role": "user"}).json()["token"]
    person = {"email": "ben@example.org", "password": "a good long one", "invitation": invited}
    made = http.post("/v1/auth/register", json=person)
    assert made.status_code == 201, made.text
    assert "ben@example.org" in {user["email"] for user in admin.get("/v1/users").json()["results"]}


def test_json_is_compressed_and_pictures_are_not(http):
    for coding in ("zstd", "gzip"):
        answer = http.get("/sdapi/v1/samplers", headers={"accept-encoding": coding})
        assert answer.headers["content-encoding"] == coding
        assert answer.json()
    body = {"prompt": "an apple", "model": "toy", "size": SIZE, **STEPS}
    answer = http.post("/v1/images/generations", json=body, headers={"accept-encoding": "gzip, zstd"})
    assert answer.status_code == 200, answer.text
    assert "content-encoding" not in answer.headers
