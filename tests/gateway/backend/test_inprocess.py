from __future__ import annotations

import json

import pytest

from diffusion.errors import ComponentFailedError
from gateway.backend.inprocess import InProcessBackend
from gateway.settings import Settings
from tests.gateway.installation import install_toy


def backend_over(repository) -> InProcessBackend:
    return InProcessBackend(Settings(model_repository=repository, component_threads=1))


class TestStart:
    async def test_every_installed_pipeline_is_found(self, tmp_path):
        for name in ("toy", "second"):
            install_toy(tmp_path / "models", name)
        backend = backend_over(tmp_path / "models")
        await backend.start()
        assert set(backend.pipelines) == {"toy", "second"}
        assert (await backend.health()).is_ready
        await backend.aclose()

    async def test_an_empty_repository_is_not_ready_and_says_so(self, tmp_path):
        backend = backend_over(tmp_path)
        await backend.start()
        health = await backend.health()
        assert not health.is_ready
        assert "no pipeline is installed" in health.reason

    async def test_a_missing_network_is_named(self, tmp_path):
        install_toy(tmp_path / "models")
        (tmp_path / "models" / "toy__unet" / "1" / "model.onnx").unlink()
        with pytest.raises(ComponentFailedError, match="unet"):
            await backend_over(tmp_path / "models").start()

    async def test_a_graph_of_another_declaration_is_refused(self, tmp_path):
        install_toy(tmp_path / "models")
        unet, encoder = (tmp_path / "models" / f"toy__{name}" / "1" / "model.onnx" for name in ("unet", "vae_encoder"))
        encoder.replace(unet)
        with pytest.raises(ComponentFailedError, match="has the tensors"):
            await backend_over(tmp_path / "models").start()

    async def test_a_description_of_another_format_is_refused(self, tmp_path):
        install_toy(tmp_path / "models")
        path = tmp_path / "models" / "toy" / "1" / "pipeline.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "format": 0}))
        with pytest.raises(ValueError, match="install the pipeline again"):
            await backend_over(tmp_path / "models").start()
