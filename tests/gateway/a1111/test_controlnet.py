"""ControlNet units in a request, and the lists of the extension's API."""

from __future__ import annotations

import base64
import dataclasses
import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from diffusion.pipeline import ControlNetSpec
from diffusion.resampling import ResizeMode, resized
from gateway.storage.data_urls import png_of
from tests.gateway.a1111.clients import FORM_UNIT, OPEN_WEBUI, WEBUIAPI, WEBUIAPI_UNIT

TXT2IMG, IMG2IMG, DETECT = "/sdapi/v1/txt2img", "/sdapi/v1/img2img", "/controlnet/detect"
PICTURE = np.zeros((96, 128, 3), np.uint8)
PICTURE[20:60, 30:90] = (200, 30, 60)
TEXT = base64.b64encode(png_of(PICTURE)).decode()
UNIT = {"module": "canny", "model": "canny", "image": TEXT}
BODY = {**OPEN_WEBUI, "batch_size": 1, "width": 128, "height": 96}


@pytest.fixture(autouse=True)
def with_controlnets(backend) -> None:
    nets = {"canny": ControlNetSpec("canny", "a" * 64), "depth": ControlNetSpec("depth", "b" * 64)}
    for name, spec in list(backend.pipelines.items()):
        backend.pipelines[name] = dataclasses.replace(spec, controlnets=nets, residuals=((8, 0), (8, 1)))


def body_with(*units, script="ControlNet", **fields):
    return {**BODY, **fields, "alwayson_scripts": {script: {"args": list(units)}}}


def canny(picture=PICTURE, *thresholds):
    return cv2.Canny(picture, *(thresholds or (100, 200)))


def pixels(text: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(text, validate=True))))


def only_control(backend):
    ((control,),) = [request.controls for request in backend.requests]
    return control


class TestUnits:
    @pytest.mark.parametrize("script", ["ControlNet", "controlnet"])
    async def test_a_unit_becomes_a_control(self, client, backend, script):
        unit = {**UNIT, "weight": 0.8, "guidance_start": 0.1, "guidance_end": 0.6, "pixel_perfect": True}
        answer = await client.post(TXT2IMG, json=body_with(unit, script=script))
        assert answer.status_code == 200, answer.text
        control = only_control(backend)
        assert (control.model, control.weight, control.start, control.end) == ("canny", 0.8, 0.1, 0.6)
        assert np.array_equal(control.image[..., 0], canny())
        assert "x-avila-warnings" not in answer.headers
        info = json.loads(answer.json()["info"])
        told = "Model: canny, Weight: 0.8, Guidance Start: 0.1, Guidance End: 0.6"
        assert f'ControlNet 0: "{told}"' in info["infotexts"][0]
        assert TEXT not in answer.text

    async def test_the_map_comes_behind_the_pictures_unless_it_is_not_wanted(self, client):
        hidden = {**UNIT, "save_detected_map": False}
        answer = await client.post(TXT2IMG, json=body_with(UNIT, hidden, batch_size=2))
        images = answer.json()["images"]
        assert len(images) == 3
        assert np.array_equal(pixels(images[2])[..., 0], canny())
        assert len(json.loads(answer.json()["info"])["all_seeds"]) == 2

    async def test_the_library_webuiapis_body(self, client, backend):
        body = {**WEBUIAPI, "alwayson_scripts": {"ControlNet": {"args": [{**WEBUIAPI_UNIT, "image": TEXT}]}}}
        answer = await client.post(TXT2IMG, json=body)
        assert answer.status_code == 200, answer.text
        whole = resized(PICTURE, 512, 512, ResizeMode.FIT)
        assert np.array_equal(only_control(backend).image[..., 0], canny(whole, 64, 64))

    async def test_a_unit_of_the_extensions_own_form(self, client, backend):
        unit = {**FORM_UNIT, "input_image": f"data:image/png;base64,{TEXT}"}
        answer = await client.post(TXT2IMG, json=body_with(unit))
        assert answer.status_code == 200, answer.text
        assert np.array_equal(only_control(backend).image[..., 0], canny())

    async def test_a_picture_with_something_drawn_on_it(self, client, backend):
        answer = await client.post(TXT2IMG, json=body_with({**UNIT, "image": {"image": TEXT, "mask": TEXT}}))
        assert np.array_equal(only_control(backend).image[..., 0], canny())
        assert "args[0].mask: it did nothing" in answer.headers["x-avila-warnings"]

    async def test_a_ready_made_map_and_one_unit_without_a_list(self, client, backend):
        unit = {"module": "None", "model": "depth [bbbbbbbb]", "image": TEXT, "resize_mode": 0}
        body = {**BODY, "width": 64, "height": 64, "alwayson_scripts": {"controlnet": {"args": unit}}}
        assert (await client.post(TXT2IMG, json=body)).status_code == 200
        assert np.array_equal(only_control(backend).image, resized(PICTURE, 64, 64, ResizeMode.STRETCH))

    async def test_without_a_picture_it_follows_the_one_that_is_started_from(self, client, backend):
        unit = {"module": "canny", "model": "canny"}
        answer = await client.post(IMG2IMG, json=body_with(unit, init_images=[TEXT]))
        assert answer.status_code == 200, answer.text
        assert np.array_equal(only_control(backend).image[..., 0], canny())

    async def test_with_only_the_masked_part_the_map_is_of_the_whole_picture(self, client, backend):
        fields = {"init_images": [TEXT], "mask": TEXT, "width": 64, "height": 64}
        answer = await client.post(IMG2IMG, json=body_with(UNIT, **fields))
        assert answer.status_code == 200, answer.text
        assert only_control(backend).image.shape == PICTURE.shape

    async def test_units_that_are_switched_off_are_left_out(self, client, backend):
        off = {"enabled": False, "model": "nothing", "module": "nothing"}
        assert (await client.post(TXT2IMG, json=body_with(off, None, off))).status_code == 200
        assert backend.requests[0].controls == ()

    @pytest.mark.parametrize(
        ("change", "word"),
        [
            ({"control_mode": 1}, "control_mode: only Balanced"),
            ({"control_mode": "ControlNet is more important"}, "control_mode: only Balanced"),
            ({"processor_res": 512}, "processor_res"),
            ({"hr_option": "Low res only"}, "hr_option"),
            ({"model": "canny [cccccccc]"}, "canny [aaaaaaaa] was used"),
        ],
    )
    async def test_what_makes_another_picture_elsewhere_is_said(self, client, change, word):
        answer = await client.post(TXT2IMG, json=body_with({**UNIT, **change}))
        assert answer.status_code == 200, answer.text
        assert word in answer.headers["x-avila-warnings"]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"model": "cany"}, ["args[0].model: 'cany'", "one near it: canny [aaaaaaaa]"]),
            ({"model": "None"}, ["args[0].model: 'None'", "canny [aaaaaaaa], depth [bbbbbbbb]"]),
            ({"module": "cany"}, ["args[0].module: 'cany'", "did you mean canny?"]),
            ({"module": "depth_midas"}, ["args[0].module: 'depth_midas'", "no depth model is installed"]),
            ({"module": "openpose_full"}, ["'openpose_full'", "no pose model is installed", "ready-made map"]),
            ({"weight": 11}, ["args[0].weight: 11", "from 0 to 10"]),
            ({"weight": "much"}, ["args[0].weight: input should be a valid number"]),
            ({"guidance_start": 0.6, "guidance_end": 0.5}, ["args[0].guidance_end: 0.5", "more than"]),
            ({"resize_mode": "Sideways"}, ["args[0].resize_mode: 'Sideways'", "Crop and Resize"]),
            ({"threshold_a": 300}, ["args[0].threshold_a: 300", "from 0 to 255"]),
            ({"image": None}, ["args[0].image: a picture is needed"]),
            ({"image": "!!"}, ["args[0].image: "]),
            ({"image": 7}, ["args[0].image"]),
        ],
    )
    async def test_what_cannot_be_is_refused_by_name(self, client, backend, change, words):
        answer = await client.post(TXT2IMG, json=body_with({**UNIT, **change}))
        assert answer.status_code == 400, answer.text
        assert set(answer.json()) == {"error", "detail", "body", "errors"}
        for word in words:
            assert word in answer.json()["detail"]
        assert backend.requests == []

    @pytest.mark.parametrize("args", ["text", [7], [[True, "canny"]], {"args": 7}])
    async def test_what_is_no_unit_is_refused(self, client, args):
        scripts = {"ControlNet": args if isinstance(args, dict) else {"args": args}}
        answer = await client.post(TXT2IMG, json={**BODY, "alwayson_scripts": scripts})
        assert answer.status_code == 400, answer.text
        assert "alwayson_scripts.ControlNet.args" in answer.json()["detail"]

    async def test_too_many_and_a_model_without_any(self, client, backend):
        answer = await client.post(TXT2IMG, json=body_with(*[UNIT] * 5))
        assert "at most 4" in answer.json()["detail"]
        for name, spec in list(backend.pipelines.items()):
            backend.pipelines[name] = dataclasses.replace(spec, controlnets={}, residuals=())
        answer = await client.post(TXT2IMG, json=body_with(UNIT))
        assert (answer.status_code, "installed without ControlNets" in answer.text) == (400, True)

    async def test_another_map_is_another_picture_for_the_store(self, client):
        jobs = []
        for picture in (PICTURE, PICTURE, 255 - PICTURE):
            unit = {**UNIT, "module": "none", "image": base64.b64encode(png_of(picture)).decode()}
            answer = await client.post(TXT2IMG, json=body_with(unit, seed=7))
            job = answer.headers["x-avila-job-id"]
            jobs.append((await client.get(f"/v1/jobs/{job}")).json())
        assert [job["cached_from"] for job in jobs] == [None, jobs[0]["id"], None]


class TestLists:
    async def test_they_have_the_extensions_shapes(self, client):
        assert (await client.get("/controlnet/version")).json() == {"version": 2}
        assert (await client.get("/controlnet/settings")).json() == {"control_net_unit_count": 4}
        titles = ["canny [aaaaaaaa]", "depth [bbbbbbbb]"]
        assert (await client.get("/controlnet/model_list?update=true")).json() == {"model_list": titles}
        modules = (await client.get("/controlnet/module_list?alias_names=false")).json()
        assert modules["module_list"] == ["none", "canny"]
        assert modules["module_detail"]["none"] == {"model_free": False, "sliders": []}
        sliders = modules["module_detail"]["canny"]["sliders"]
        assert [slider["value"] for slider in sliders] == [512, 100, 200]
        types = (await client.get("/controlnet/control_types")).json()["control_types"]
        assert types["All"]["model_list"] == ["None", *titles]
        assert types["Canny"] == {
            "module_list": ["none", "canny"],
            "model_list": ["None", titles[0]],
            "default_option": "canny",
            "default_model": titles[0],
        }
        assert types["Depth"]["module_list"] == ["none"]

    async def test_clients_see_that_the_extension_is_there(self, client):
        assert "controlnet" in (await client.get("/sdapi/v1/scripts")).json()["txt2img"]
        found = (await client.get("/sdapi/v1/script-info")).json()
        assert {(script["name"], script["is_img2img"]) for script in found} == {
            ("controlnet", False),
            ("controlnet", True),
        }

    async def test_they_need_a_key_and_ask_for_basic(self, stranger):
        answer = await stranger.get("/controlnet/model_list")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="avila"')


class TestDetect:
    async def test_maps_are_made_at_the_resolution_asked_for(self, client):
        body = {"controlnet_module": "canny", "controlnet_input_images": [TEXT], "controlnet_processor_res": 192}
        answer = await client.post(DETECT, json={**body, "controlnet_threshold_a": 100, "controlnet_threshold_b": 200})
        assert answer.status_code == 200, answer.text
        assert answer.json()["info"] == "Success"
        larger = resized(PICTURE, 256, 192, ResizeMode.STRETCH)
        assert np.array_equal(pixels(answer.json()["images"][0])[..., 0], canny(larger))

    async def test_its_defaults_are_the_extensions(self, client):
        answer = await client.post(DETECT, json={"controlnet_module": "canny", "controlnet_images": [TEXT]})
        (text,) = answer.json()["images"]
        larger = resized(PICTURE, 683, 512, ResizeMode.STRETCH)
        assert np.array_equal(pixels(text)[..., 0], canny(larger, 64, 64))

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({}, "controlnet_input_images: at least one picture"),
            ({"controlnet_module": "depth_midas"}, "no depth model is installed"),
            ({"controlnet_module": "kanny"}, "did you mean canny?"),
            ({"controlnet_input_images": ["!!"]}, "controlnet_input_images[0]: "),
            ({"controlnet_input_images": [TEXT] * 17}, "controlnet_input_images"),
            ({"controlnet_input_images": [TEXT], "controlnet_processor_res": 4096}, "controlnet_processor_res"),
            ({"controlnet_input_images": [TEXT], "controlnet_threshold_b": 256}, "controlnet_threshold_b: 256"),
        ],
    )
    async def test_what_cannot_be_is_refused_by_name(self, client, body, words):
        answer = await client.post(DETECT, json=body)
        assert answer.status_code == 400, answer.text
        assert words in answer.json()["detail"]

    async def test_a_thin_picture_is_not_blown_up(self, client):
        thin = base64.b64encode(png_of(np.zeros((1, 4000, 3), np.uint8))).decode()
        answer = await client.post(DETECT, json={"controlnet_input_images": [thin]})
        assert (answer.status_code, "at most 16777216 pixels" in answer.text) == (400, True)
