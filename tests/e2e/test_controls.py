"""The shipped ControlNet on the real Triton: AUTOMATIC1111's unit makes the picture that `/v1/jobs` makes."""

from __future__ import annotations

import base64
import io

import httpx
import numpy as np
import pytest
from PIL import Image

from gateway.storage.data_urls import data_url

pytestmark = [pytest.mark.triton, pytest.mark.slow]

PICTURE = np.zeros((64, 64, 3), np.uint8)
PICTURE[16:48, 20:44] = (200, 30, 60)


def pixels(data: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


def test_a_unit_is_a_control(make_service, tmp_path):
    service = make_service(install_shipped=True, model_repository=tmp_path / "models", watermark=False)
    service.start()
    with httpx.Client(base_url=service.address, headers=service.headers, timeout=120) as client:
        titles = client.get("/controlnet/model_list").json()["model_list"]
        assert [title.partition(" ")[0] for title in titles] == ["canny"]
        map_ = client.post(
            "/controlnet/detect", json={"controlnet_module": "canny", "controlnet_images": [data_url(PICTURE)]}
        )
        assert pixels(base64.b64decode(map_.json()["images"][0])).max() == 255
        body = {"prompt": "a red apple", "seed": 5, "steps": 4, "width": 64, "height": 64, "sampler_name": "Euler"}
        unit = {"image": data_url(PICTURE), "module": "canny", "model": titles[0], "weight": 0.9, "guidance_end": 0.8}
        plain = client.post("/sdapi/v1/txt2img", json=body).json()
        led = client.post("/sdapi/v1/txt2img", json={**body, "alwayson_scripts": {"ControlNet": {"args": [unit]}}})
        assert led.status_code == 200, led.text
        images = [pixels(base64.b64decode(text)) for text in led.json()["images"]]
        assert len(images) == 2
        control = {"model": "canny", "image": data_url(PICTURE), "preprocessor": "canny", "weight": 0.9, "end": 0.8}
        given = {"prompt": "a red apple", "seed": 5, "num_inference_steps": 4, "width": 64, "height": 64}
        given |= {"sampler": "euler", "guidance_scale": 7.0, "controls": [control]}
        order = {"model": "avila-demo", "input": given}
        job = client.post("/v1/jobs", json=order, headers={"prefer": "wait=60"}).json()
        assert job["status"] == "succeeded", job
        assert np.array_equal(images[0], pixels(client.get(job["output"][0]).content))
        assert not np.array_equal(images[0], pixels(base64.b64decode(plain["images"][0])))
    assert service.stop() == 0
