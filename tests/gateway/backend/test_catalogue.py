"""A gateway without a worker serves from the descriptions in the repository, without networks and without Triton."""

from __future__ import annotations

import shutil

import pytest

from diffusion.admission import make_request
from gateway.app import create_app
from gateway.backend import catalogue
from gateway.backend.catalogue import CatalogueBackend
from tests.fakes.toy_pipeline import toy_spec
from tests.gateway.installation import install_toy
from tests.gateway.test_server import until


@pytest.fixture
def repository(tmp_path):
    install_toy(tmp_path / "models")
    for graph in (tmp_path / "models").rglob("model.onnx"):
        graph.unlink()  # fetched without weights
    return tmp_path / "models"


async def test_it_knows_what_is_installed_and_runs_nothing(repository):
    backend = CatalogueBackend(repository)
    await backend.start()
    assert set(backend.pipelines) == {"toy"}
    assert (await backend.health()).is_ready
    request = make_request(toy_spec("toy"), request_id="r", prompt="x", width=64, height=64)
    assert [event.code for event in [event async for event in backend.submit(request)]] == ["component_unavailable"]
    await backend.aclose()


async def test_pipelines_come_and_go_while_it_serves_and_a_broken_one_is_left_out(repository, monkeypatch):
    monkeypatch.setattr(catalogue, "LOOK_S", 0.02)
    backend = CatalogueBackend(repository)
    await backend.start()
    install_toy(repository, "second")
    await until(lambda: set(backend.pipelines) == {"toy", "second"})
    (repository / "toy" / "1" / "pipeline.json").write_text("{")
    await until(lambda: set(backend.pipelines) == {"second"})
    shutil.rmtree(repository / "second")
    await until(lambda: not backend.pipelines)
    assert "no pipeline is installed" in (await backend.health()).reason
    await backend.aclose()


async def test_a_gateway_without_a_worker_is_ready_without_triton(settings, repository):
    app = create_app(settings.model_copy(update={"worker": "none", "triton_grpc_port": 1}))
    async with app.router.lifespan_context(app) as state:
        answer = await state["readiness"].check()
        assert answer.is_ready, answer.reason
        assert [spec.name for spec in state["catalogue"].list()] == ["toy"]
