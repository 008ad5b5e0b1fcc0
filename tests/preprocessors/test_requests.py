"""A job whose map the installed networks make."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from diffusion.pipeline import ControlNetSpec
from gateway.app import create_app
from gateway.settings import Settings
from gateway.storage.data_urls import data_url
from tests.gateway.checkers import ScriptedChecker
from tests.gateway.conftest import Running
from tests.gateway.fakes import ScriptedBackend
from tests.preprocessors.conftest import Installed
from tests.preprocessors.networks import a_picture
from tests.preprocessors.test_networks import in_process

INPUT = {"prompt": "an apple", "seed": 7, "width": 64, "height": 64, "num_inference_steps": 4}


async def test_the_engine_gets_the_map_and_the_lists_say_that_it_can_be_made(
    installed: Installed, tmp_path: Path
) -> None:
    backend = ScriptedBackend()
    for name, spec in list(backend.pipelines.items()):
        nets = {"depth": ControlNetSpec("depth", "b" * 64)}
        backend.pipelines[name] = dataclasses.replace(spec, controlnets=nets, residuals=((8, 0), (8, 1)))
    settings = Settings(data_dir=tmp_path, model_repository=installed.repository, web_dir=tmp_path / "page")
    maps = in_process(installed.repository)
    app = create_app(settings, backend, ScriptedChecker(), maps)
    async with app.router.lifespan_context(app) as state:
        running = Running(app, state["keys"], dict(state))
        _, key = await running.keys.create("tests")
        async with running.client(key) as client:
            states = (await client.get("/v1/controls")).json()["preprocessors"]
            assert all(state["is_installed"] for state in states)
            control = {"model": "depth", "image": data_url(a_picture(64, 64)), "preprocessor": "depth"}
            body = {"model": "toy", "input": {**INPUT, "controls": [control]}}
            job = (await client.post("/v1/jobs", json=body, headers={"prefer": "wait=30"})).json()
            assert job["status"] == "succeeded", job
            kept = await client.get(f"/v1/jobs/{job['id']}/inputs/controls[0].image")
        made = await maps.map_of(a_picture(64, 64), "depth")
    assert np.array_equal(backend.requests[0].controls[0].image, made)
    assert kept.headers["content-type"] == "image/png"
    assert not np.array_equal(made, a_picture(64, 64))
