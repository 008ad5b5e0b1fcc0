"""The programs for a GPU, on the processor with tiny networks: what they measure is of no interest here."""

from __future__ import annotations

import json
from pathlib import Path

import diffusers
import numpy as np
import pytest
import torch

from avila import __main__ as program
from benchmarks.gpu import checkpoint, serving, step_profile
from benchmarks.gpu.shapes import SHAPES
from benchmarks.gpu.torch_runner import TorchNetworks, step_inputs
from benchmarks.peers import __main__ as peers
from benchmarks.triton_server import triton_server
from diffusion.components import Component
from diffusion.pipeline import component_specs

TINY = ["--shape", "tiny", "--device", "cpu", "--dtype", "float32"]


@pytest.fixture(scope="module")
def networks() -> TorchNetworks:
    return TorchNetworks(SHAPES["tiny"], "cpu", "float32")


def test_the_networks_take_and_give_what_the_engine_declares(networks: TorchNetworks) -> None:
    specs = component_specs(networks.shape.pipeline(8))
    inputs = step_inputs(networks.shape, 3, 64)
    assert specs[Component.UNET].check_inputs(inputs) == 3
    assert networks.run(Component.UNET, inputs)["out_sample"].shape == (3, 4, 16, 16)
    ids = {"input_ids": np.ones((2, 77), np.int32)}
    assert networks.run(Component.TEXT_ENCODER, ids)["last_hidden_state"].shape == (2, 77, 32)
    latents = {"latent_sample": np.zeros((1, 4, 16, 16), np.float32)}
    assert networks.run(Component.VAE_DECODER, latents)["sample"].shape == (1, 3, 64, 64)


@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_the_large_shapes_are_those_of_the_real_models(name: str) -> None:
    """On the meta device nothing is computed; the number of parameters is published: 859.5 and 2567.5 millions."""
    import diffusers

    with torch.device("meta"):
        unet = diffusers.UNet2DConditionModel(in_channels=4, out_channels=4, **SHAPES[name].unet)
    millions = sum(parameter.numel() for parameter in unet.parameters()) / 1e6
    assert millions == pytest.approx({"sd15": 859.5, "sdxl": 2567.5}[name], abs=0.1)
    assert set(component_specs(SHAPES[name].pipeline(4))) == {
        Component.TEXT_ENCODER,
        Component.UNET,
        Component.VAE_DECODER,
    }


def test_the_profile_says_how_many_rows_are_worth_packing(tmp_path) -> None:
    assert step_profile.fitted({1: 22.5, 2: 25, 4: 30, 8: 40, 16: 60, 128: 340}) == {
        "fixed_ms": pytest.approx(20.0),
        "row_ms": pytest.approx(2.5),
        "rows_worth_packing": 72,
    }
    arguments = [*TINY, "--rows", "1", "2", "--seconds", "0.01", "--output", str(tmp_path)]
    assert step_profile.main(arguments) == 0
    data = json.loads((tmp_path / "gpu-profile-tiny.json").read_text())
    assert set(data["sides"]["64"]["ms"]) == {"1", "2"}


def test_three_ways_of_serving_end_every_request(tmp_path) -> None:
    arguments = [*TINY, "--requests", "4", "--steps", "1", "2", "--rows", "4", "--output", str(tmp_path)]
    assert serving.main(arguments) == 0
    data = json.loads((tmp_path / "gpu-serving-tiny.json").read_text())
    assert set(data["offline"]) == set(data["online"]["systems"]) == set(serving.SYSTEMS)
    assert all(one["images_per_s"] > 0 for one in data["offline"].values())


@pytest.fixture(scope="module")
def random_pipeline(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("random") / "tiny"
    assert checkpoint.main(["tiny", str(folder)]) == 0
    return folder


def test_a_random_checkpoint_is_a_pipeline_of_diffusers(random_pipeline: Path) -> None:
    pipeline = diffusers.DiffusionPipeline.from_pretrained(random_pipeline, dtype=torch.float32)
    assert type(pipeline) is diffusers.StableDiffusionPipeline
    pipeline.set_progress_bar_config(disable=True)
    noise = torch.Generator().manual_seed(0)
    picture = pipeline("red", num_inference_steps=2, output_type="np", generator=noise).images[0]
    assert picture.shape == (64, 64, 3)
    assert 0.02 < picture.std() < 0.5  # activations neither died nor exploded


@pytest.mark.triton
def test_a_running_triton_is_compared_with_diffusers(
    random_pipeline: Path, tmp_path: Path, triton_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a GPU's two servers are compared by, with nothing left out but the GPU: checkpoint, export, Triton, peer."""
    monkeypatch.setenv("AVILA_VENV_TRITON", str(triton_environment))
    repository = tmp_path / "models"
    assert program.main(["export", str(random_pipeline), "--name", "tiny", "--repository", str(repository)]) == 0
    with triton_server(repository, 1) as server:
        asked = ["--url", server.grpc_url, "--pipeline", "tiny", "--checkpoint", str(random_pipeline)]
        short = ["--repository", str(repository), "--steps", "2", "--rounds", "2", "--callers", "2", "--requests", "1"]
        output = ["--output", str(tmp_path / "results")]
        assert peers.main([*asked, *short, *output, "--peers", "diffusers", "OpenVINO, float32"]) == 0
    data = json.loads((tmp_path / "results" / "peers-tiny.json").read_text())
    # the OpenVINO peer would need another server of ours beside it
    assert [one["peer"] for one in data["peers"]] == ["diffusers"]
    assert data["peers"][0]["psnr_db_against_ours"] > 50
