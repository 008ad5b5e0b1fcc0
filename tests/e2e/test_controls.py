"""The shipped ControlNet on the real Triton: AUTOMATIC1111's unit makes the picture that `/v1/jobs` makes, with maps of
edges and of a depth network; and the ControlNet is deleted and taken back while the service runs.
"""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from gateway.storage.data_urls import data_url
from tests.e2e.running import ROOT, environment, until
from tests.preprocessors.networks import make_dpt

pytestmark = [pytest.mark.triton, pytest.mark.slow]

ADMIN = {"email": "ann@example.org", "password": "correct horse battery"}
PICTURE = np.zeros((64, 64, 3), np.uint8)
PICTURE[16:48, 20:44] = (200, 30, 60)


def pixels(data: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture
def service(make_service, tmp_path):
    """With the shipped pipeline, and a depth network of seeded weights."""
    models = tmp_path / "models"
    make_dpt(tmp_path / "depth")
    command = [sys.executable, "-m", "avila", "preprocessors", "install", "depth", str(tmp_path / "depth")]
    subprocess.run(command, env=environment(model_repository=models), cwd=ROOT, check=True, timeout=300)
    people = {"admin_email": ADMIN["email"], "admin_password": ADMIN["password"]}
    service = make_service(install_shipped=True, model_repository=models, watermark=False, **people)
    service.start()
    return service


def drawn(client, **control):
    """The picture that `/v1/jobs` makes."""
    given = {"prompt": "a red apple", "seed": 5, "num_inference_steps": 4, "width": 64, "height": 64}
    given |= {"sampler": "euler", "guidance_scale": 7.0}
    given |= {"controls": [{"model": "canny", "image": data_url(PICTURE), **control}]} if control else {}
    job = client.post("/v1/jobs", json={"model": "avila-demo", "input": given}, headers={"prefer": "wait=60"}).json()
    assert job["status"] == "succeeded", job
    return pixels(client.get(job["output"][0]).content)


def drawn_by_unit(client, **unit):
    """What AUTOMATIC1111's answer has in `images`."""
    body = {"prompt": "a red apple", "seed": 5, "steps": 4, "width": 64, "height": 64, "sampler_name": "Euler"}
    args = [{"image": data_url(PICTURE), "model": "canny", **unit}] if unit else []
    answer = client.post("/sdapi/v1/txt2img", json={**body, "alwayson_scripts": {"ControlNet": {"args": args}}})
    assert answer.status_code == 200, answer.text
    return [pixels(base64.b64decode(text)) for text in answer.json()["images"]]


def test_a_unit_is_a_control(service):
    with httpx.Client(base_url=service.address, headers=service.headers, timeout=120) as client:
        titles = client.get("/controlnet/model_list").json()["model_list"]
        assert [title.partition(" ")[0] for title in titles] == ["canny"]
        assert client.get("/controlnet/module_list").json()["module_list"] == ["none", "canny", "depth"]
        body = {"controlnet_module": "canny", "controlnet_images": [data_url(PICTURE)]}
        assert pixels(base64.b64decode(client.post("/controlnet/detect", json=body).json()["images"][0])).max() == 255
        (plain,) = drawn_by_unit(client)
        led, _ = drawn_by_unit(client, module="canny", model=titles[0], weight=0.9, guidance_end=0.8)
        assert np.array_equal(led, drawn(client, preprocessor="canny", weight=0.9, end=0.8))
        by_depth, depths = drawn_by_unit(client, module="depth_midas", pixel_perfect=True)
        assert np.array_equal(by_depth, drawn(client, preprocessor="depth"))
        preview = client.post("/v1/controls/preview", json={"image": data_url(PICTURE), "preprocessor": "depth"})
        assert np.array_equal(depths, pixels(preview.content))
        for one, other in ((led, plain), (by_depth, plain), (by_depth, led)):
            assert not np.array_equal(one, other)
    assert service.stop() == 0


def test_it_is_deleted_alone_and_taken_back(service):
    repository = Path(str(service.settings["model_repository"]))
    url = "/v1/admin/models/avila-demo/controlnets"
    with (
        httpx.Client(base_url=service.address, headers=service.headers, timeout=120) as client,
        httpx.Client(base_url=service.address, timeout=120) as admin,
    ):
        token = admin.post("/v1/auth/sign-in", json=ADMIN).json()["access_token"]
        admin.headers["authorization"] = f"Bearer {token}"
        before, plain = drawn(client, preprocessor="canny"), drawn(client)
        (listed,) = admin.get(url).json()
        assert (listed["name"], listed["preprocessor"]) == ("canny", "canny")
        assert admin.delete(f"{url}/canny").json() == listed
        assert not (repository / "avila-demo__controlnet_canny").exists()
        until(lambda: client.get("/controlnet/model_list").json()["model_list"] == [], 20, "it is not offered")
        control = {"model": "canny", "image": data_url(PICTURE), "preprocessor": "canny"}
        order = {"model": "avila-demo", "input": {"prompt": "a red apple", "controls": [control]}}
        assert client.post("/v1/jobs", json=order).status_code == 400
        assert np.array_equal(drawn(admin), plain), "the rest of the pipeline is served on"
        assert admin.post(f"{url}/canny/restore").json() == listed
        until(lambda: client.get("/controlnet/model_list").json()["model_list"], 20, "it is offered")
        again = drawn(admin, preprocessor="canny")  # another owner: nothing of his is in the store
        assert np.array_equal(again, before)
        assert not np.array_equal(again, plain)
    assert service.stop() == 0
