"""Jobs whose maps the installed networks make, whichever face they come through."""

from __future__ import annotations

import base64
import dataclasses
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from diffusion.pipeline import ControlNetSpec
from gateway.app import create_app
from gateway.controls.service import MapMaker, Wanted
from gateway.settings import Settings
from gateway.storage.data_urls import data_url, png_of
from tests.gateway.checkers import ScriptedChecker
from tests.gateway.conftest import Running
from tests.gateway.fakes import ScriptedBackend
from tests.preprocessors.conftest import Installed
from tests.preprocessors.networks import a_picture
from tests.preprocessors.test_networks import in_process

INPUT = {"prompt": "an apple", "seed": 7, "width": 64, "height": 64, "num_inference_steps": 4}


@asynccontextmanager
async def serving(
    installed: Installed, tmp_path: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, ScriptedBackend, MapMaker]]:
    """A gateway that has the installed networks, and a ControlNet for each."""
    backend = ScriptedBackend()
    for name, spec in list(backend.pipelines.items()):
        nets = {name: ControlNetSpec(name, "b" * 64) for name in ("depth", "pose")}
        backend.pipelines[name] = dataclasses.replace(spec, controlnets=nets, residuals=((8, 0), (8, 1)))
    settings = Settings(data_dir=tmp_path, model_repository=installed.repository, web_dir=tmp_path / "page")
    maps = in_process(installed.repository)
    app = create_app(settings, backend, ScriptedChecker(), maps)
    async with app.router.lifespan_context(app) as state:
        running = Running(app, state["keys"], dict(state))
        _, key = await running.keys.create("tests")
        async with running.client(key) as client:
            yield client, backend, maps


async def test_the_engine_gets_the_map_and_the_lists_say_that_it_can_be_made(
    installed: Installed, tmp_path: Path
) -> None:
    async with serving(installed, tmp_path) as (client, backend, maps):
        states = (await client.get("/v1/controls")).json()["preprocessors"]
        assert all(state["is_installed"] for state in states)
        control = {"model": "depth", "image": data_url(a_picture(64, 64)), "preprocessor": "depth"}
        body = {"model": "toy", "input": {**INPUT, "controls": [control]}}
        job = (await client.post("/v1/jobs", json=body, headers={"prefer": "wait=30"})).json()
        assert job["status"] == "succeeded", job
        kept = await client.get(f"/v1/jobs/{job['id']}/inputs/controls[0].image")
        made = await maps.map_of(a_picture(64, 64), Wanted("depth"))
    assert np.array_equal(backend.requests[0].controls[0].image, made)
    assert kept.headers["content-type"] == "image/png"
    assert not np.array_equal(made, a_picture(64, 64))


@pytest.mark.parametrize(
    ("module", "ours"),
    [("depth", "depth"), ("depth_midas", "depth"), ("pose", "pose"), ("openpose_full", "pose"), ("Canny", "canny")],
)
async def test_a_unit_of_automatic1111s_has_the_same_map(
    installed: Installed, tmp_path: Path, module: str, ours: str
) -> None:
    picture = a_picture(64, 64)
    unit = {"module": module, "model": "depth", "image": base64.b64encode(png_of(picture)).decode()}
    body = {"prompt": "an apple", "width": 64, "height": 64, "steps": 4}
    async with serving(installed, tmp_path) as (client, backend, maps):
        answer = await client.post(
            "/sdapi/v1/txt2img", json={**body, "alwayson_scripts": {"ControlNet": {"args": [unit]}}}
        )
        assert answer.status_code == 200, answer.text
        detected = await client.post(
            "/controlnet/detect",
            json={"controlnet_module": module, "controlnet_images": [unit["image"]], "controlnet_processor_res": 64,
                  "controlnet_threshold_a": -1, "controlnet_threshold_b": -1},
        )  # fmt: skip
        assert detected.status_code == 200, detected.text
        made = await maps.map_of(picture, Wanted(ours))
    assert np.array_equal(backend.requests[0].controls[0].image, made)
    for text in (answer.json()["images"][-1], detected.json()["images"][0]):
        assert np.array_equal(np.array(Image.open(io.BytesIO(base64.b64decode(text)))), made)
    is_told = "is another one of its kind" in answer.headers.get("x-avila-warnings", "")
    assert is_told is (module.casefold() != ours)


async def test_automatic1111s_lists_name_what_can_be_made(installed: Installed, tmp_path: Path) -> None:
    async with serving(installed, tmp_path) as (client, _, _):
        modules = (await client.get("/controlnet/module_list")).json()
        assert modules["module_list"] == ["none", "canny", "depth", "pose"]
        assert [slider["name"] for slider in modules["module_detail"]["depth"]["sliders"]] == [
            "Preprocessor Resolution"
        ]
        types = (await client.get("/controlnet/control_types")).json()["control_types"]
        assert types["All"]["module_list"] == modules["module_list"]
        assert types["Depth"]["module_list"] == ["none", "depth"]
