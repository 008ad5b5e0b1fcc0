from __future__ import annotations

from functools import partial
from pathlib import Path

import onnx
import pytest

from diffusion.components import Component
from diffusion.pipeline import component_specs
from export.checkpoint import Checkpoint
from export.errors import UnsupportedOperatorError
from export.families import SD1
from export.graph_file import GraphFile
from export.onnx_export import CAST_SUFFIX, _trace, example_inputs, export_architecture
from export.precision import Precision
from export.repository import WEIGHTS_FILE, link
from export.verify import verify_component
from tests.export.conftest import spec_of


def test_every_weight_keeps_its_name_and_shape_and_nothing_else_is_stored(tiny: Path) -> None:
    checkpoint = Checkpoint.read(tiny)
    graphs = {component: GraphFile.read(tiny / "graphs" / f"{component}.onnx") for component in SD1.components}
    for component in (Component.UNET, Component.TEXT_ENCODER):
        stored = {name: tensor.shape for name, tensor in checkpoint.tensors(component).items()}
        assert graphs[component].parameters == stored
    both = graphs[Component.VAE_DECODER].parameters | graphs[Component.VAE_ENCODER].parameters
    assert both == {name: tensor.shape for name, tensor in checkpoint.tensors(Component.VAE_DECODER).items()}
    for component in SD1.components:
        assert (tiny / "graphs" / f"{component}.onnx").stat().st_size < 120_000


def test_each_weight_is_cast_once_and_used_only_through_the_cast(tiny: Path) -> None:
    model = onnx.load(tiny / "graphs" / "unet.onnx", load_external_data=False)
    weights = {tensor.name for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL}
    users = [(name, node) for node in model.graph.node for name in node.input if name in weights]
    assert len(users) == len(weights)
    assert all(node.op_type == "Cast" and node.output[0] == name + CAST_SUFFIX for name, node in users)


def test_example_sizes_cannot_be_taken_for_one_axis(tiny: Path) -> None:
    for spec in component_specs(spec_of(Checkpoint.read(tiny))).values():
        for tensor in example_inputs(spec, rows=2).values():
            assert len(set(tensor.shape[2:])) == len(tensor.shape[2:])


def test_half_precision_computes_in_half_behind_float32_tensors(tiny: Path, tmp_path: Path) -> None:
    from export.networks import load_network

    checkpoint, component = Checkpoint.read(tiny), Component.TEXT_ENCODER
    spec = component_specs(spec_of(checkpoint))[component]
    export_architecture(checkpoint, spec, tmp_path / "graph.onnx", Precision.FP16)
    graph = GraphFile.read(tmp_path / "graph.onnx")
    assert graph.properties["precision"] == "fp16"
    assert [tensor.dtype for tensor in graph.outputs] == ["float32"]
    nodes = onnx.load(tmp_path / "graph.onnx", load_external_data=False).graph.node
    weights = [node for node in nodes if node.op_type == "Cast" and node.output[0].endswith(CAST_SUFFIX)]
    assert {node.attribute[0].i for node in weights} == {onnx.TensorProto.FLOAT16}
    graph.bind(checkpoint.tensors(component), WEIGHTS_FILE)
    graph.write(tmp_path / "model.onnx")
    link(checkpoint.weights_path(component), tmp_path / WEIGHTS_FILE)
    report = verify_component(partial(load_network, component, checkpoint), spec, tmp_path / "model.onnx")
    report.raise_first()
    assert report.precision is Precision.FP16
    assert max(case.max_difference for case in report.cases) > 1e-6, "it computes in half precision"


def test_an_operator_without_onnx_form_is_named_with_its_layer(tiny: Path) -> None:
    import torch

    from export.networks import Network

    class Strange(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            total: torch.Tensor = x + torch.linalg.eigvals(x @ x.mT).real.sum()
            return total

    class Decoder(Network):
        def forward(self, latent_sample: torch.Tensor) -> torch.Tensor:
            result: torch.Tensor = self.network(latent_sample[:, :3])
            return result

    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1), Strange())
    spec = component_specs(spec_of(Checkpoint.read(tiny)))[Component.VAE_DECODER]
    with pytest.raises(UnsupportedOperatorError, match=r"vae_decoder: no ONNX form for aten\.linalg_eig.*layer 1$"):
        _trace(Decoder(layers), spec, {})
