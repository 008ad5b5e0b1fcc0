from __future__ import annotations

import base64
import io

import pytest
from PIL import Image, PngImagePlugin

from diffusion.solvers.registry import SOLVERS

LISTS = [
    "sd-models",
    "samplers",
    "schedulers",
    "upscalers",
    "latent-upscale-modes",
    "sd-vae",
    "hypernetworks",
    "face-restorers",
    "realesrgan-models",
    "prompt-styles",
    "loras",
    "script-info",
    "extensions",
]


class TestLists:
    @pytest.mark.parametrize("name", LISTS)
    async def test_each_is_a_list(self, client, name):
        answer = await client.get(f"/sdapi/v1/{name}")
        assert answer.status_code == 200
        assert isinstance(answer.json(), list)

    async def test_every_solver_is_listed_by_the_name_its_clients_know(self, client):
        names = [sampler["name"] for sampler in (await client.get("/sdapi/v1/samplers")).json()]
        assert names == [info.name for info in SOLVERS.values()]

    async def test_the_models_are_those_of_the_service(self, client):
        models = (await client.get("/sdapi/v1/sd-models")).json()
        assert [model["model_name"] for model in models] == ["org/other", "toy"]
        assert all(set(model) == {"title", "model_name", "hash", "sha256", "filename", "config"} for model in models)

    async def test_what_does_not_exist_is_404_in_its_own_shape(self, client):
        answer = await client.get("/sdapi/v1/sd-modules")
        assert (answer.status_code, set(answer.json())) == (404, {"error", "detail", "body", "errors"})


class TestOptions:
    async def test_the_model_is_one_of_the_listed_titles(self, client):
        titles = [model["title"] for model in (await client.get("/sdapi/v1/sd-models")).json()]
        assert (await client.get("/sdapi/v1/options")).json()["sd_model_checkpoint"] in titles

    @pytest.mark.parametrize("name", ["org/other.safetensors [toy]", "org/other", "org/other.safetensors"])
    async def test_a_model_is_chosen_by_any_of_its_names_and_for_this_key_only(self, gateway, client, backend, name):
        whole = (await client.get("/sdapi/v1/options")).json()
        changed = {**whole, "sd_model_checkpoint": name, "unknown": 1, "sd_vae": None}
        assert (await client.post("/sdapi/v1/options", json=changed)).status_code == 200
        mine = (await client.get("/sdapi/v1/options")).json()
        assert mine["sd_model_checkpoint"] == "org/other.safetensors [toy]"
        assert "unknown" not in mine
        await client.post("/sdapi/v1/txt2img", json={"width": 64, "height": 64, "steps": 1})
        assert backend.requests[-1].pipeline == "org/other"
        _, other_key = await gateway.keys.create("other")
        async with gateway.client(other_key) as other:
            assert (await other.get("/sdapi/v1/options")).json() == whole

    async def test_a_value_that_cannot_be_is_refused_and_nothing_changes(self, client):
        before = (await client.get("/sdapi/v1/options")).json()
        for body in ({"sd_model_checkpoint": "tooy"}, {"samples_format": "bmp"}, {"jpeg_quality": 101}):
            answer = await client.post("/sdapi/v1/options", json={"CLIP_stop_at_last_layers": 2, **body})
            assert answer.status_code in (400, 404), body
        assert (await client.get("/sdapi/v1/options")).json() == before


class TestPngInfo:
    async def test_a_pictures_parameters_are_read(self, client):
        text = (
            'a "red", apple\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64'
        )
        chunks, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
        chunks.add_text("parameters", text)
        Image.new("RGB", (64, 64)).save(buffer, "PNG", pnginfo=chunks)
        encoded = base64.b64encode(buffer.getvalue()).decode()
        for image in (encoded, f"data:image/png;base64,{encoded}"):
            answer = (await client.post("/sdapi/v1/png-info", json={"image": image})).json()
            assert answer["info"] == text
            assert answer["parameters"]["Prompt"] == 'a "red", apple'
            assert answer["parameters"]["Seed"] == "1"

    @pytest.mark.parametrize("image", ["!", "aGVsbG8=", "", "data:image/png;base64,"])
    async def test_what_is_no_picture_is_refused(self, client, image):
        answer = await client.post("/sdapi/v1/png-info", json={"image": image})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_value")
