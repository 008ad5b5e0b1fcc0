"""The installed graphs of control: what they compute is PyTorch's, and weights are stored once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avila.shipped import SHIPPED, shipped_controlnets
from diffusion.components import Component, ControlNet, Variant
from diffusion.pipeline import PipelineSpec
from diffusion.variants import network_specs, residual_tensors
from export.checkpoint import Checkpoint
from export.errors import CheckpointError, UnsupportedArchitectureError
from export.graph_file import GraphFile
from export.networks import load_network
from export.precision import Precision
from export.recipe import find_graph
from export.repository import install_pipeline
from export.sessions import open_session
from export.verify import verify_component

CANNY = ControlNet.named("canny")


def test_what_is_installed_says_so(demo: PipelineSpec) -> None:
    assert demo.controlnets["canny"].preprocessor == "canny"
    assert len(demo.controlnets["canny"].fingerprint) == 64
    assert demo.residuals == ((96, 0), (96, 0), (96, 1), (160, 1), (160, 2), (224, 2), (224, 2))
    assert PipelineSpec.from_json(demo.to_json()) == demo
    assert {CANNY, Variant.UNET_CONTROL, Variant.UNET_CONTROL_LORA} <= set(network_specs(demo))


def test_weights_are_stored_once(control_repository: Path) -> None:
    for network, source in (("unet_control", SHIPPED / "unet"), (CANNY, shipped_controlnets()["canny"])):
        file = control_repository / f"demo__{network}" / "1" / "weights.safetensors"
        original = source / "diffusion_pytorch_model.safetensors"
        assert file.read_bytes() == original.read_bytes()
        assert file.stat().st_ino == original.stat().st_ino or file.stat().st_dev != original.stat().st_dev


def test_the_controlnet_is_pytorchs(control_repository: Path, demo: PipelineSpec) -> None:
    checkpoint = Checkpoint.read(SHIPPED, controlnets=shipped_controlnets())
    model = control_repository / f"demo__{CANNY}" / "1" / "model.onnx"
    report = verify_component(lambda: load_network(CANNY, checkpoint), network_specs(demo)[CANNY], model)
    report.raise_first()
    assert len(report.cases) == 4


class TestTheUNetWithResiduals:
    @pytest.fixture(scope="class")
    @staticmethod
    def inputs(demo: PipelineSpec) -> dict[str, Any]:
        made = np.random.default_rng(3)
        height, width = 16, 20
        arrays = {
            "sample": made.standard_normal((3, 4, height, width)),
            "timestep": made.uniform(0, 999, 3),
            "encoder_hidden_states": made.standard_normal((3, demo.text.chunk_tokens, demo.text.width)),
        }
        for tensor, (channels, halvings) in zip(residual_tensors(demo), demo.residuals, strict=True):
            arrays[tensor.name] = made.standard_normal((3, channels, height >> halvings, width >> halvings))
        return {name: array.astype(np.float32) for name, array in arrays.items()}

    def test_is_pytorchs(self, control_repository: Path, demo: PipelineSpec, inputs: dict[str, Any]) -> None:
        import torch

        spec = network_specs(demo)[Variant.UNET_CONTROL]
        assert spec.check_inputs(inputs) == 3
        found = open_session(control_repository / "demo__unet_control" / "1" / "model.onnx").run(None, inputs)[0]
        unet = load_network(Component.UNET, Checkpoint.read(SHIPPED)).network
        given = {name: torch.from_numpy(array) for name, array in inputs.items()}
        down = tuple(given[f"down_residual_{number}"] for number in range(len(demo.residuals) - 1))
        with torch.inference_mode():
            right = unet(
                given["sample"], given["timestep"], given["encoder_hidden_states"],
                down_block_additional_residuals=down, mid_block_additional_residual=given["mid_residual"],
            ).sample  # fmt: skip
        assert np.abs(found - right.numpy()).max() <= spec.tolerance

    def test_is_the_plain_one_where_nothing_is_added(self, control_repository: Path, inputs: dict[str, Any]) -> None:
        zeros = {name: np.zeros_like(array) if "residual" in name else array for name, array in inputs.items()}
        own = {name: array for name, array in zeros.items() if "residual" not in name}
        with_inputs = open_session(control_repository / "demo__unet_control" / "1" / "model.onnx").run(None, zeros)[0]
        plain = open_session(control_repository / "demo__unet" / "1" / "model.onnx").run(None, own)[0]
        np.testing.assert_allclose(with_inputs, plain, atol=2e-6)

    def test_a_pipeline_without_controlnets_has_none_of_it(self, tmp_path: Path) -> None:
        install_pipeline(SHIPPED, tmp_path, "plain")
        models = {path.name for path in tmp_path.iterdir() if path.is_dir()}
        assert not [name for name in models if "control" in name]


class TestAFolderThatCannotBeServed:
    def refusal(self, folder: Path, name: str = "canny") -> str:
        with pytest.raises(CheckpointError) as caught:
            Checkpoint.read(SHIPPED, controlnets={name: folder})
        return str(caught.value)

    @pytest.fixture
    def copy(self, tmp_path: Path) -> Path:
        return Path(shutil.copytree(shipped_controlnets()["canny"], tmp_path / "canny"))

    def change(self, folder: Path, **values: Any) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | values))

    def test_is_named_with_the_reason(self, copy: Path, tmp_path: Path) -> None:
        assert "no such file" in self.refusal(tmp_path / "nothing")
        assert "is no name" in self.refusal(copy, "Canny__1")
        self.change(copy, block_out_channels=[96, 160, 192])
        assert "gives residuals" in self.refusal(copy)
        self.change(copy, block_out_channels=[96, 160, 224], cross_attention_dim=768)
        assert "cross_attention_dim is 768, where the pipeline's UNet has 192" in self.refusal(copy)
        self.change(copy, cross_attention_dim=192, global_pool_conditions=True)
        assert "global_pool_conditions is set" in self.refusal(copy)
        self.change(copy, _class_name="T2IAdapter")
        with pytest.raises(UnsupportedArchitectureError, match="served is ControlNetModel"):
            Checkpoint.read(SHIPPED, controlnets={"canny": copy})

    def test_another_name_shares_the_graph_of_its_architecture(self, copy: Path, tmp_path: Path) -> None:
        checkpoint = Checkpoint.read(SHIPPED, controlnets={"my-edges": copy, "canny": copy})
        assert checkpoint.parts[-2:] == ("controlnet_canny", "controlnet_my-edges")
        found = {find_graph(checkpoint, tmp_path, part, Precision.FP32) for part in checkpoint.parts[-2:]}
        assert found == {SHIPPED / "graphs" / "controlnet_canny.onnx"}
        assert GraphFile.read(found.pop()).properties["component"] == "controlnet"

    def test_what_makes_its_maps_can_be_said_beside_it(self, copy: Path, tmp_path: Path) -> None:
        (copy / "serving.json").write_text('{"preprocessor": "depth"}')
        spec = install_pipeline(SHIPPED, tmp_path / "models", "demo", controlnets={"far": copy})
        assert spec.controlnets["far"].preprocessor == "depth"
