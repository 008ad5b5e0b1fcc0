"""The UNet's two graphs that skip work, made of its own: what they compute is PyTorch's, and nothing more is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avila.shipped import SHIPPED
from diffusion.components import DEEP_FEATURES, Component, Variant
from diffusion.pipeline import PipelineSpec
from diffusion.variants import network_specs
from export.checkpoint import Checkpoint
from export.errors import CheckpointError
from export.graph_file import GraphFile
from export.networks import load_network
from export.repository import install_pipeline
from export.sessions import open_session


def assets_with(folder: Path, joints: int) -> Path:
    """The shipped graphs, and a `serving.json` that asks for it."""
    folder.mkdir()
    (folder / "graphs").symlink_to(SHIPPED / "graphs")
    serving = json.loads((SHIPPED / "serving.json").read_text())
    serving["limits"]["reuse_joints"] = joints
    (folder / "serving.json").write_text(json.dumps(serving))
    return folder


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reuse")
    install_pipeline(SHIPPED, folder / "models", "demo", assets=assets_with(folder / "assets", 2))
    return folder / "models"


@pytest.fixture(scope="module")
def spec(repository: Path) -> PipelineSpec:
    return PipelineSpec.load(repository / "demo" / "1" / "pipeline.json")


@pytest.fixture(scope="module")
def inputs(spec: PipelineSpec) -> dict[str, Any]:
    made = np.random.default_rng(3)
    arrays = {
        "sample": made.standard_normal((3, 4, 16, 20)),
        "timestep": made.uniform(0, 999, 3),
        "encoder_hidden_states": made.standard_normal((3, spec.text.chunk_tokens, spec.text.width)),
    }
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def run(repository: Path, network: str, given: dict[str, Any]) -> dict[str, Any]:
    session = open_session(repository / f"demo__{network}" / "1" / "model.onnx")
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, given), strict=True))


def test_what_is_installed_says_so(spec: PipelineSpec) -> None:
    assert spec.deep_features == (160, 0)
    assert {Variant.UNET_KEEP, Variant.UNET_REUSE} <= set(network_specs(spec))


def test_with_its_own_features_each_gives_what_the_whole_network_gives(
    repository: Path, spec: PipelineSpec, inputs: dict[str, Any]
) -> None:
    plain = run(repository, "unet", inputs)["out_sample"]
    kept = run(repository, "unet_keep", inputs)
    assert kept[DEEP_FEATURES].shape == (3, 160, 16, 20)
    np.testing.assert_allclose(kept["out_sample"], plain, atol=1e-6)
    given = {**inputs, DEEP_FEATURES: kept[DEEP_FEATURES]}
    assert network_specs(spec)[Variant.UNET_REUSE].check_inputs(given) == 3
    np.testing.assert_allclose(run(repository, "unet_reuse", given)["out_sample"], plain, atol=1e-6)


def test_with_other_features_it_is_pytorchs_network_with_those(repository: Path, inputs: dict[str, Any]) -> None:
    import torch

    other = np.random.default_rng(5).standard_normal((3, 160, 16, 20)).astype(np.float32)
    unet = load_network(Component.UNET, Checkpoint.read(SHIPPED))
    last = unet.network.up_blocks[-1].resnets[0]
    last.register_forward_pre_hook(
        lambda _, given: (torch.cat([torch.from_numpy(other), given[0][:, 160:]], 1), *given[1:])
    )
    with torch.inference_mode():
        right = unet(*(torch.from_numpy(array) for array in inputs.values())).numpy()
    found = run(repository, "unet_reuse", {**inputs, DEEP_FEATURES: other})["out_sample"]
    assert np.abs(found - right).max() <= 1e-4
    assert np.abs(found - run(repository, "unet", inputs)["out_sample"]).max() > 0.1


def test_the_deep_half_is_not_in_the_graph_and_its_weights_are_not_read(repository: Path) -> None:
    whole, shallow = (
        GraphFile.read(repository / f"demo__{name}" / "1" / "model.onnx") for name in ("unet", "unet_reuse")
    )
    assert len(shallow.graph.node) < 0.5 * len(whole.graph.node)
    names = {tensor.name for tensor in shallow.graph.initializer}
    assert not [name for name in names if name.startswith(("mid_block", "down_blocks.1", "down_blocks.2"))]


def test_a_pipeline_that_does_not_ask_for_it_has_none_of_it(tmp_path: Path) -> None:
    spec = install_pipeline(SHIPPED, tmp_path / "models", "plain", assets=assets_with(tmp_path / "assets", 0))
    assert spec.deep_features is None
    assert not [path.name for path in (tmp_path / "models").iterdir() if "keep" in path.name or "reuse" in path.name]


@pytest.mark.parametrize(("joints", "words"), [(6, "fewer skip connections"), (-1, "expected 0 or more")])
def test_what_cannot_be_is_refused(tmp_path: Path, joints: int, words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        install_pipeline(SHIPPED, tmp_path / "models", "demo", assets=assets_with(tmp_path / "assets", joints))
