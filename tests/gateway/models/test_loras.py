"""What is installed beside the pipelines: listed, and known when a job is accepted."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from diffusion.errors import InvalidFieldError
from diffusion.request import Lora
from gateway.models.lora_files import LoraFiles
from tests.fakes.toy_pipeline import toy_spec

TAGS = {"ss_output_name": "Line art", "ss_tag_frequency": json.dumps({"10_x": {"lineart": 40, "ink ": 7}})}


@pytest.fixture
def folder(settings):
    folder = settings.data_dir / "loras"
    folder.mkdir()
    save_file({"x": np.zeros(1, np.float32)}, folder / "lineart.safetensors", TAGS)
    (folder / "broken.safetensors").write_bytes(b"x" * 50)
    return folder


class TestList:
    async def test_each_tells_its_title_and_triggers_or_what_is_wrong(self, folder, client):
        found = {lora["name"]: lora for lora in (await client.get("/v1/loras")).json()}
        assert found["lineart"]["title"] == "Line art"
        assert found["lineart"]["triggers"] == ["lineart", "ink"]
        assert found["lineart"]["error"] is None
        assert "safetensors" in found["broken"]["error"]
        assert "/" not in found["broken"]["error"]

    async def test_automatic1111s_clients_see_those_that_work(self, folder, client):
        found = {lora["name"]: lora for lora in (await client.get("/sdapi/v1/loras")).json()}
        assert "broken" not in found
        assert (found["lineart"]["alias"], found["lineart"]["path"]) == ("Line art", "lineart.safetensors")
        assert found["lineart"]["metadata"]["ss_output_name"] == "Line art"

    async def test_embeddings_are_told_by_whether_they_fit(self, client, settings, backend):
        folder = settings.embedding_folder
        folder.mkdir()
        text = replace(toy_spec("toy").text, max_clip_skip=1)
        for name in backend.specs:
            backend.specs[name] = replace(backend.specs[name], text=text)
        save_file({"emb_params": np.ones((3, text.width), np.float32)}, folder / "good.safetensors")
        save_file({"emb_params": np.ones((3, text.width + 1), np.float32)}, folder / "wide.safetensors")
        found = (await client.get("/sdapi/v1/embeddings")).json()
        assert found["loaded"]["good"]["vectors"] == 3
        assert list(found["skipped"]) == ["wide"]
        assert (await client.get("/v1/prompts/embeddings")).json() == ["good", "wide"]

    async def test_styles_are_those_of_the_service(self, client):
        ours = [style["name"] for style in (await client.get("/v1/prompts/styles")).json()]
        assert [style["name"] for style in (await client.get("/sdapi/v1/prompt-styles")).json()] == ours != []


class TestAcceptance:
    @pytest.mark.parametrize(
        "fields",
        [{"prompt": "x", "loras": [{"name": "linart"}]}, {"prompt": "x <lora:linart:0.5>"}],
    )
    async def test_an_unknown_name_is_refused_with_the_near_ones(self, folder, client, backend, fields):
        backend.specs["toy"] = replace(backend.specs["toy"], lora_layers={"unet": {"attention.to_q": (4, 4)}})
        answer = await client.post("/v1/jobs", json={"model": "toy", "input": fields})
        assert answer.status_code == 400
        assert answer.json()["field"] == "loras[0].name"
        assert "lineart" in answer.json()["detail"]
        assert backend.requests == []

    def test_where_a_shared_folder_is_missing_here_the_backend_decides(self, tmp_path):
        there, missing = tmp_path / "there", tmp_path / "missing"
        there.mkdir()
        LoraFiles([there, missing], [there, missing]).check([Lora("anything")])
        with pytest.raises(InvalidFieldError, match="anything"):
            LoraFiles([there, missing], [there]).check([Lora("anything")])
