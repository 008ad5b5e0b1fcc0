from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from gateway.a1111.pictures import ResizeMode, resized
from tests.gateway.a1111.clients import OPEN_WEBUI

TXT2IMG, IMG2IMG = "/sdapi/v1/txt2img", "/sdapi/v1/img2img"


def base64_of(size=(128, 128), colour=(200, 30, 20)) -> str:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


class TestTextToImage:
    async def test_a_variation_seed_is_honoured_and_told(self, client, backend):
        answer = await client.post(TXT2IMG, json={**OPEN_WEBUI, "subseed": 9, "subseed_strength": 0.25})
        assert answer.status_code == 200, answer.text
        (request,) = backend.requests
        assert (request.variation_seed, request.variation_strength) == (9, 0.25)
        info = json.loads(answer.json()["info"])
        assert (info["subseed"], info["subseed_strength"]) == (9, 0.25)

    async def test_the_second_pass_is_run(self, client, backend):
        body = {**OPEN_WEBUI, "enable_hr": True, "hr_scale": 2, "hr_second_pass_steps": 6, "denoising_strength": 0.5}
        answer = await client.post(TXT2IMG, json=body)
        assert answer.status_code == 200, answer.text
        hires = backend.requests[0].hires
        assert (hires.width, hires.height, hires.num_inference_steps, hires.strength) == (256, 256, 6, 0.5)
        info = json.loads(answer.json()["info"])
        assert info["denoising_strength"] == 0.5
        assert "Hires resize: 256x256" in info["infotexts"][0]

    async def test_eta_goes_to_the_sampler_that_takes_it(self, client, backend):
        assert (await client.post(TXT2IMG, json={**OPEN_WEBUI, "sampler_name": "DDIM", "eta": 0.5})).status_code == 200
        assert backend.requests[0].eta == 0.5

    @pytest.mark.parametrize(
        ("change", "word"),
        [
            ({"eta": 0.5}, "eta: only ddim"),
            ({"clip_skip": 2}, "can leave out at most 0 layers"),
            ({"override_settings": {"CLIP_stop_at_last_layers": 2}}, "clip_skip: "),
            ({"enable_hr": True, "hr_upscaler": "ESRGAN_4x"}, "'ESRGAN_4x'"),
            ({"alwayson_scripts": {"ADetailer": {"args": []}}}, "'ADetailer'"),
        ],
    )
    async def test_what_does_nothing_is_said(self, client, change, word):
        answer = await client.post(TXT2IMG, json={**OPEN_WEBUI, **change})
        assert answer.status_code == 200, answer.text
        assert word in answer.headers["x-avila-warnings"]


class TestImageToImage:
    @pytest.mark.parametrize("head", ["", "data:image/png;base64,"])
    async def test_a_picture_is_brought_to_the_size_asked_for_and_started_from(self, client, backend, head):
        body = {**OPEN_WEBUI, "init_images": [head + base64_of((200, 100))], "denoising_strength": 0.5}
        answer = await client.post(IMG2IMG, json=body)
        assert answer.status_code == 200, answer.text
        (request,) = backend.requests
        assert request.image.shape == (128, 128, 3)
        assert (request.image == (200, 30, 20)).all()
        assert request.strength == 0.5
        assert json.loads(answer.json()["info"])["denoising_strength"] == 0.5
        assert "init_images" not in answer.json()["parameters"]

    @pytest.mark.parametrize(
        ("change", "word"),
        [
            ({"init_images": []}, "init_images: expected a picture"),
            ({"init_images": ["!!"]}, "init_images: "),
            ({"mask": "AAAA"}, "mask: "),
            ({"width": 16000}, "width: 16000"),
            ({"resize_mode": 7}, "resize_mode"),
            ({"denoising_strength": 2}, "denoising_strength"),
        ],
    )
    async def test_what_is_wrong_is_named(self, client, change, word):
        answer = await client.post(IMG2IMG, json={**OPEN_WEBUI, "init_images": [base64_of()], **change})
        assert answer.status_code in (400, 422)
        assert word in answer.json()["detail"]


class TestInpainting:
    async def test_white_is_painted_and_only_it_is_generated(self, client, backend):
        body = {**OPEN_WEBUI, "init_images": [base64_of((200, 100))], "mask": half_white(), "mask_blur": 2}
        answer = await client.post(IMG2IMG, json=body)
        assert answer.status_code == 200, answer.text
        (request,) = backend.requests
        assert request.image.shape == (100, 200, 3)  # it stays as large as it was
        assert (request.mask[:, 100:] == 255).all()
        assert (request.mask[:, :100] == 0).all()
        assert (request.only_masked, request.mask_content, request.mask_blur) == (True, "fill", 2)
        assert (request.width, request.height) == (128, 128)
        assert "mask" not in answer.json()["parameters"]

    async def test_of_the_whole_picture_at_the_size_asked_for(self, client, backend):
        more = {"inpaint_full_res": False, "inpainting_fill": 2, "inpainting_mask_invert": 1, "mask": half_white()}
        answer = await client.post(IMG2IMG, json={**OPEN_WEBUI, "init_images": [base64_of((200, 100))], **more})
        assert answer.status_code == 200, answer.text
        (request,) = backend.requests
        assert request.image.shape == (128, 128, 3)
        assert request.mask.shape == (128, 128)
        assert (request.only_masked, request.mask_content, request.invert_mask) == (False, "latent_noise", True)


class TestStyles:
    async def test_a_style_is_put_around_the_prompt_and_an_unknown_one_is_named(self, client, backend):
        style = (await client.get("/sdapi/v1/prompt-styles")).json()[0]
        answer = await client.post(TXT2IMG, json={**OPEN_WEBUI, "styles": [style["name"], "nothing"]})
        assert backend.requests[0].prompt != OPEN_WEBUI["prompt"]
        assert OPEN_WEBUI["prompt"] in backend.requests[0].prompt
        assert "nothing" in answer.headers["x-avila-warnings"]


def half_white() -> str:
    picture, buffer = np.zeros((100, 200), np.uint8), io.BytesIO()
    picture[:, 100:] = 255
    Image.fromarray(picture).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_resize_modes() -> None:
    left_red = np.zeros((10, 20, 3), np.uint8)
    left_red[:, :10, 0] = 255
    assert resized(left_red, (10, 10), ResizeMode.STRETCH).shape == (10, 10, 3)
    cropped = resized(left_red, (10, 10), ResizeMode.CROP)
    assert (cropped[5, 0, 0], cropped[5, 9, 0]) == (255, 0)
    filled = resized(left_red, (20, 20), ResizeMode.FILL)
    assert filled.shape == (20, 20, 3)
    assert (filled[0] == filled[5]).all()  # the border is drawn out
    assert resized(left_red, (20, 10), ResizeMode.CROP) is left_red
