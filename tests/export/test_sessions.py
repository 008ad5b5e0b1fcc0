"""Networks that are too large to be copied into memory run on their mapped file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from diffusion.components import Component
from diffusion.pipeline import component_specs
from export import sessions
from export.checkpoint import Checkpoint
from export.graph_edit import cast_where_used
from export.graph_file import GraphFile
from export.networks import keeps_half, load_network
from export.plan import MAPPED_WORK, ExportRequest, Verification, make_plan
from export.precision import Precision
from export.repository import install_pipeline
from export.verify import reference_outputs, typical_sizes, verify_component

ROOT = Path(__file__).parents[2]
COMPONENT_CODE = ROOT / "model_repository" / "avila-demo__unet" / "1" / "sessions.py"
ADDED = 'parameters { key: "weights" value { string_value: "mapped" } }'


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MAPPED_BYTES", 1000)


def test_only_a_large_network_is_mapped(tiny: Path, tmp_path: Path) -> None:
    install_pipeline(tiny, tmp_path / "models", "tiny")
    assert not any(ADDED in path.read_text() for path in tmp_path.glob("models/*/configs/cpu.pbtxt"))
    assert not keeps_half(Checkpoint.read(tiny))


def test_a_mapped_unet_equals_pytorch_that_casts_layer_by_layer(
    tiny: Path, tmp_path: Path, all_are_large: None
) -> None:
    checkpoint = Checkpoint.read(tiny)
    assert keeps_half(checkpoint)
    spec = component_specs(install_pipeline(tiny, tmp_path / "models", "tiny"))[Component.UNET]
    load = partial(load_network, Component.UNET, checkpoint)
    report = verify_component(load, spec, tmp_path / "models" / "tiny__unet" / "1" / "model.onnx")
    report.raise_first()
    assert max(case.max_difference for case in report.cases) < 2e-5
    assert ADDED in (tmp_path / "models" / "tiny__unet" / "configs" / "cpu.pbtxt").read_text()
    assert ADDED in (tmp_path / "models" / "tiny__unet_lora" / "configs" / "cpu.pbtxt").read_text()
    assert ADDED not in (tmp_path / "models" / "tiny__unet" / "config.pbtxt").read_text()


def test_casting_layer_by_layer_changes_no_bit(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = Checkpoint.read(tiny)
    spec = component_specs(install_pipeline(tiny, tmp_path / "models", "tiny"))[Component.UNET]
    sizes = [typical_sizes(spec, 2)]
    (whole,) = reference_outputs(partial(load_network, Component.UNET, checkpoint), spec, sizes)
    monkeypatch.setattr(sessions, "MAPPED_BYTES", 1000)
    (by_layer,) = reference_outputs(partial(load_network, Component.UNET, checkpoint), spec, sizes)
    assert (whole["out_sample"] == by_layer["out_sample"]).all()


LAYERS, WIDTH = 12, 2048
WEIGHTS_BYTES = LAYERS * WIDTH * WIDTH * 2
EXPORTER = """
from export import sessions
sessions.MAPPED_BYTES = 1000
session = sessions.open_session(model)
run = lambda: session.run(["y"], inputs)
"""
COMPONENT = """
from component_sessions import OnnxRuntimeSession
from diffusion.components import Component, ComponentSpec, TensorSpec
x, y = (TensorSpec(name, "float32", ("batch", int(sys.argv[2]))) for name in "xy")
spec = ComponentSpec(Component.UNET, (x,), (y,), 1, {}, 1e-4, "")
session = OnnxRuntimeSession(model, spec, 1, is_mapped=True)
run = lambda: session.run(inputs)
"""
MEASURED = """
import sys
from pathlib import Path
import numpy as np
def status(key):
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(key))
model, inputs = Path(sys.argv[1]), {"x": np.ones((1, int(sys.argv[2])), np.float32)}
OPENED
Path("/proc/self/clear_refs").write_text("5")  # the peak is that of the calls alone
before = status("VmRSS")
run(); run()
print(status("VmHWM") - before)
"""


def chain(folder: Path) -> Path:
    """A graph as the exporter writes it: casts of all weights first, and each used once, one layer after the other."""
    from onnx import TensorProto, helper

    folder.mkdir()
    weight = np.full((WIDTH, WIDTH), 1e-3, np.float16).tobytes()
    (folder / "weights.safetensors").write_bytes(weight * LAYERS)
    weights, casts, nodes = [], [], []
    for index in range(LAYERS):
        tensor = TensorProto(name=f"w{index}", data_type=TensorProto.FLOAT16, dims=[WIDTH, WIDTH], data_location=1)
        place = {"location": "weights.safetensors", "offset": index * len(weight), "length": len(weight)}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        weights.append(tensor)
        casts.append(helper.make_node("Cast", [f"w{index}"], [f"c{index}"], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Transpose", [f"c{index}"], [f"t{index}"], perm=[1, 0]))
        before, after = f"h{index}" if index else "x", f"h{index + 1}" if index + 1 < LAYERS else "y"
        nodes.append(helper.make_node("MatMul", [before, f"t{index}"], [after]))
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", WIDTH]) for name in "xy"]
    graph = helper.make_graph([*casts, *nodes], "chain", ends[:1], ends[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    return folder / "model.onnx"


def peak_bytes(tmp_path: Path, opened: str, model: Path) -> int:
    """What two calls take, in a process of their own."""
    shutil.copyfile(COMPONENT_CODE, tmp_path / "component_sessions.py")
    path = os.pathsep.join((str(ROOT), str(tmp_path)))
    result = subprocess.run(
        [sys.executable, "-c", MEASURED.replace("OPENED", opened), str(model), str(WIDTH)],
        env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True, timeout=200,
    )  # fmt: skip
    return int(result.stdout)


@pytest.mark.parametrize("opened", [EXPORTER, COMPONENT], ids=["exporter", "component"])
def test_a_mapped_network_holds_few_of_its_weights_at_a_time(tmp_path: Path, opened: str) -> None:
    """The file's pages, and one layer or two in float32. Cast in another order, all layers: three times the file."""
    model = chain(tmp_path / "chain")
    assert peak_bytes(tmp_path, opened, model) > 2.5 * WEIGHTS_BYTES, "else this test shows nothing"
    graph = GraphFile.read(model)
    cast_where_used(graph.graph)
    graph.write(model)
    assert peak_bytes(tmp_path, opened, model) < 1.6 * WEIGHTS_BYTES


def test_a_mapped_network_is_installed_with_its_casts_where_they_are_used(
    tiny: Path, tmp_path: Path, all_are_large: None
) -> None:
    install_pipeline(tiny, tmp_path / "models", "tiny")
    for network in ("unet", "unet_lora"):
        nodes = GraphFile.read(tmp_path / "models" / f"tiny__{network}" / "1" / "model.onnx").graph.node
        names = {name: index for index, node in enumerate(nodes) for name in reversed(node.output)}
        casts = [name for name in names if name.endswith("::cast")]
        assert len(casts) > 50
        for name in casts:
            first = min(index for index, node in enumerate(nodes) if name in node.input)
            assert all(nodes[between].op_type == "Cast" for between in range(names[name] + 1, first)), name


def test_the_plan_counts_a_mapped_network_once_for_each_side(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unet_bytes(precision: Precision = Precision.FP32) -> int:
        request = ExportRequest(
            tiny, "tiny", tmp_path / "models", tiny, verification=Verification.ALL, precision=precision
        )
        (step,) = (step for step in make_plan(request).steps if step.component is Component.UNET)
        return step.memory_bytes

    usual = unet_bytes()
    monkeypatch.setattr(sessions, "MAPPED_BYTES", 1000)
    stored = sum(tensor.length for tensor in Checkpoint.read(tiny).tensors(Component.UNET).values())
    assert usual - unet_bytes() == pytest.approx((3 - MAPPED_WORK) * stored)
    assert unet_bytes(Precision.FP16) - unet_bytes() == pytest.approx(2 * stored)
