from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from diffusion.components import Component, ComponentSpec
from diffusion.pipeline import Defaults, Limits, component_specs
from export.checkpoint import Checkpoint
from export.errors import (
    AxesDifferError,
    NamesDifferError,
    RowsDependError,
    ShapesDifferError,
    ValuesDifferError,
)
from export.families import SD1
from export.graph_file import GraphFile
from export.onnx_export import export_architecture
from export.precision import Precision
from export.sessions import open_session
from export.step import bind_for_verification
from export.verify import (
    HALF_TOLERANCE,
    example_arrays,
    reference_outputs,
    typical_sizes,
    verification_sizes,
    verify_component,
    write_reports,
)
from tests.export.conftest import spec_of

LARGE = Defaults(1024, 1024, 20, 7.5, "ddim", "trailing")


@pytest.fixture(scope="module")
def staged(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Component, Path]:
    """Bound graphs of the tiny pipeline."""
    checkpoint = Checkpoint.read(tiny)
    return {component: bind(checkpoint, component, tmp_path_factory.mktemp(component)) for component in SD1.components}


def bind(checkpoint: Checkpoint, component: Component, folder: Path) -> Path:
    graph = GraphFile.read(checkpoint.folder / "graphs" / f"{component}.onnx")
    graph.bind(checkpoint.tensors(component), "weights.safetensors")
    (folder / "weights.safetensors").hardlink_to(checkpoint.weights_path(component))
    graph.write(folder / "model.onnx")
    return folder / "model.onnx"


def network(folder: Path, component: Component) -> Any:
    from export.networks import load_network

    return lambda: load_network(component, Checkpoint.read(folder))


def spec(tiny: Path, component: Component = Component.VAE_DECODER) -> ComponentSpec:
    return component_specs(spec_of(Checkpoint.read(tiny)))[component]


@pytest.mark.parametrize("component", list(SD1.components))
def test_every_exported_component_equals_pytorch(
    tiny: Path, staged: dict[Component, Path], component: Component
) -> None:
    report = verify_component(network(tiny, component), spec(tiny, component), staged[component])
    report.raise_first()
    assert len(report.cases) >= 3
    assert max(case.max_difference for case in report.cases) < 1e-5


def test_networks_for_large_pictures_are_compared_at_smaller_ones(tiny: Path) -> None:
    large = replace(spec_of(Checkpoint.read(tiny)), limits=Limits(32, 2048, 8), defaults=LARGE)
    sizes = dict(verification_sizes(component_specs(large)[Component.VAE_DECODER]))
    assert {axis: sizes["typical"][axis] for axis in ("height", "image_height")} == {"height": 64, "image_height": 128}
    assert sizes["oblong, several rows"]["image_width"] == sizes["oblong, several rows"]["width"] * 2 == 132


def changed(model: Path, folder: Path, change: Any) -> Path:
    """A copy of `model` beside its weights, changed by `change(onnx model)`."""
    copy = onnx.load(model, load_external_data=False)
    change(copy)
    (folder / "weights.safetensors").hardlink_to(model.parent / "weights.safetensors")
    onnx.save(copy, folder / "changed.onnx")
    return folder / "changed.onnx"


def findings(tiny: Path, model: Path, component: Component = Component.VAE_DECODER) -> list[type]:
    report = verify_component(network(tiny, component), spec(tiny, component), model)
    return [type(finding) for finding in report.findings]


def test_another_output_name_is_found(tiny: Path, staged: dict[Component, Path], tmp_path: Path) -> None:
    def rename(model: Any) -> None:
        old, model.graph.output[0].name = model.graph.output[0].name, "picture"
        model.graph.node.append(helper.make_node("Identity", [old], ["picture"]))

    model = changed(staged[Component.VAE_DECODER], tmp_path, rename)
    assert findings(tiny, model) == [NamesDifferError]


def test_a_fixed_axis_is_found(tiny: Path, staged: dict[Component, Path], tmp_path: Path) -> None:
    def fix(model: Any) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "channels"

    model = changed(staged[Component.VAE_DECODER], tmp_path, fix)
    assert findings(tiny, model) == [AxesDifferError]


def after_output(model: Any, *nodes: Any) -> None:
    """Let `nodes` compute the output from the value `before`."""
    output = model.graph.output[0].name
    for node in model.graph.node:
        for index, name in enumerate(node.output):
            if name == output:
                node.output[index] = "before"
    model.graph.node.extend(nodes)


def test_other_values_are_found(tiny: Path, staged: dict[Component, Path], tmp_path: Path) -> None:
    def disturb(model: Any) -> None:
        model.graph.initializer.append(numpy_helper.from_array(np.array(1e-3, np.float32), "little"))
        after_output(model, helper.make_node("Add", ["before", "little"], ["sample"]))

    model = changed(staged[Component.VAE_DECODER], tmp_path, disturb)
    assert set(findings(tiny, model)) == {ValuesDifferError}


def test_large_states_are_compared_by_their_own_size(tiny: Path, tmp_path: Path) -> None:
    """As those of CLIP, which reach 33: beyond 32 the numbers of half precision lie 0.031 apart."""
    from safetensors.torch import load_file, save_file

    from export.networks import load_network

    component, name = Component.TEXT_ENCODER, "text_encoder/model.safetensors"
    folder = shutil.copytree(tiny, tmp_path / "checkpoint", ignore=shutil.ignore_patterns("graphs"))
    tensors = load_file(folder / name)
    (bias,) = (tensor for key, tensor in tensors.items() if key.endswith("final_layer_norm.bias"))
    bias[0] += 60
    save_file(tensors, folder / name, metadata={"format": "pt"})
    checkpoint = Checkpoint.read(folder)
    export_architecture(checkpoint, spec(tiny, component), tmp_path / "graph.onnx", Precision.FP16)
    model = bind_for_verification(checkpoint, component, tmp_path)
    load = partial(load_network, component, checkpoint)
    report = verify_component(load, spec(tiny, component), model)
    report.raise_first()
    inputs = example_arrays(spec(tiny, component), typical_sizes(spec(tiny, component), 1))
    (right,) = reference_outputs(load, spec(tiny, component), [typical_sizes(spec(tiny, component), 1)])
    (given,) = open_session(model).run(None, dict(inputs))
    states = right["last_hidden_state"]
    assert np.abs(states).max() > 50
    assert np.abs(states - given).max() > HALF_TOLERANCE, "else this test shows nothing"


def test_another_shape_is_found(tiny: Path, staged: dict[Component, Path], tmp_path: Path) -> None:
    def crop(model: Any) -> None:
        for name, value in (("start", 1), ("end", 2**31), ("axis", 3)):
            model.graph.initializer.append(numpy_helper.from_array(np.array([value], np.int64), name))
        after_output(model, helper.make_node("Slice", ["before", "start", "end", "axis"], ["sample"]))

    model = changed(staged[Component.VAE_DECODER], tmp_path, crop)
    assert set(findings(tiny, model)) == {ShapesDifferError}


def test_rows_that_see_each_other_are_found(tiny: Path, staged: dict[Component, Path], tmp_path: Path) -> None:
    def mix(model: Any) -> None:
        model.graph.initializer.append(numpy_helper.from_array(np.array([0], np.int64), "rows"))
        after_output(
            model,
            helper.make_node("ReduceMean", ["before", "rows"], ["mean"]),
            helper.make_node("Sub", ["before", "mean"], ["without"]),
            helper.make_node("Add", ["without", "mean"], ["same"]),
            helper.make_node("Max", ["same", "mean"], ["sample"]),
        )

    model = changed(staged[Component.VAE_DECODER], tmp_path, mix)
    assert RowsDependError in findings(tiny, model)


def test_the_report_names_every_finding(tiny: Path, staged: dict[Component, Path], tmp_path: Path) -> None:
    component = Component.VAE_DECODER
    report = verify_component(network(tiny, component), spec(tiny, component), staged[component])
    report.findings.append(ValuesDifferError(component, "made up"))
    write_reports([report], tmp_path / "report.json")
    data = json.loads((tmp_path / "report.json").read_text())
    assert data["passed"] is False
    assert data["components"][0]["findings"] == [{"kind": "ValuesDifferError", "detail": "made up"}]


def test_weights_in_bfloat16_and_float32_bind_to_the_same_graph(tiny: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    from export.networks import load_network

    component = Component.VAE_DECODER
    for dtype in (torch.bfloat16, torch.float32):
        folder = tmp_path / str(dtype)
        (folder / "vae").mkdir(parents=True)
        name = "vae/diffusion_pytorch_model.safetensors"
        save_file({k: v.to(dtype) for k, v in load_file(tiny / name).items()}, folder / name)
        (folder / "vae" / "config.json").write_bytes((tiny / "vae" / "config.json").read_bytes())
        checkpoint = Checkpoint(folder, folder, Checkpoint.read(tiny).configs)
        (folder / "graphs").symlink_to(tiny / "graphs")
        (folder / "bound").mkdir()
        model = bind(checkpoint, component, folder / "bound")
        verify_component(partial(load_network, component, checkpoint), spec(tiny), model).raise_first()
