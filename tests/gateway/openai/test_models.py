from __future__ import annotations

from dataclasses import replace

from diffusion.pipeline import ControlNetSpec


class TestList:
    async def test_every_pipeline_is_a_model(self, client):
        body = (await client.get("/v1/models")).json()
        assert body["object"] == "list"
        assert [(model["id"], model["object"]) for model in body["data"]] == [("org/other", "model"), ("toy", "model")]

    async def test_it_needs_a_key(self, stranger):
        answer = await stranger.get("/v1/models")
        assert answer.status_code == 401
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


class TestOne:
    async def test_an_id_may_hold_a_slash(self, client):
        body = (await client.get("/v1/models/org/other")).json()
        assert body["id"] == "org/other"
        assert body["capabilities"]["default_size"] == "128x128"
        assert body["capabilities"]["max_size"] == 512

    async def test_it_tells_what_it_can_be_asked_for(self, client):
        told = (await client.get("/v1/models/toy")).json()["capabilities"]
        assert told["supports"] == ["text_to_image", "image_to_image", "inpainting"]
        assert (told["txt2img"], told["img2img"], told["inpaint"], told["lora"]) == (True, True, True, False)
        assert told["controlnet"] == []

    async def test_it_tells_which_controlnets_it_has(self, client, backend):
        nets = {"pose": ControlNetSpec("pose", "0" * 64), "canny": ControlNetSpec("canny", "1" * 64)}
        backend.pipelines["toy"] = replace(backend.pipelines["toy"], controlnets=nets)
        told = (await client.get("/v1/models/toy")).json()["capabilities"]
        assert told["controlnet"] == ["canny", "pose"]

    async def test_an_unknown_one_is_openais_404(self, client):
        answer = await client.get("/v1/models/tpy")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "model_not_found"
        assert "toy" in answer.json()["error"]["message"]
