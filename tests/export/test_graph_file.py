from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from export.errors import DamagedFileError
from export.graph_file import GraphFile
from export.safetensors_header import StoredTensor

GRAPHS = Path(__file__).parents[2] / "models" / "avila-demo" / "graphs"
COMMITTED = sorted(GRAPHS.glob("*.onnx"))


def test_the_committed_graphs_are_seen() -> None:
    assert [path.stem for path in COMMITTED] == [
        "controlnet_canny",
        "text_encoder",
        "unet",
        "vae_decoder",
        "vae_encoder",
    ]
    assert sum(path.stat().st_size for path in COMMITTED) < 300_000


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_reading_and_writing_changes_nothing_onnx_can_see(path: Path, tmp_path: Path) -> None:
    GraphFile.read(path).write(tmp_path / "copy.onnx")
    copy = onnx.load(tmp_path / "copy.onnx", load_external_data=False)
    assert copy == onnx.load(path, load_external_data=False)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_what_is_read_agrees_with_onnx(path: Path) -> None:
    graph, model = GraphFile.read(path), onnx.load(path, load_external_data=False)
    external = [item for item in model.graph.initializer if item.data_location == onnx.TensorProto.EXTERNAL]
    assert graph.parameters == {item.name: tuple(item.dims) for item in external}
    assert [tensor.name for tensor in graph.inputs] == [value.name for value in model.graph.input]
    assert [tensor.name for tensor in graph.outputs] == [value.name for value in model.graph.output]
    assert graph.properties["component"] == path.stem.partition("_canny")[0]


def test_bind_writes_file_offset_length_and_type(tmp_path: Path) -> None:
    graph = GraphFile.read(GRAPHS / "vae_decoder.onnx")
    weights = {name: StoredTensor("BF16", shape, 100, 8) for name, shape in graph.parameters.items()}
    graph.bind(weights, "weights.safetensors")
    graph.write(tmp_path / "bound.onnx")
    model = onnx.load(tmp_path / "bound.onnx", load_external_data=False)
    for tensor in model.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            entries = {entry.key: entry.value for entry in tensor.external_data}
            assert entries == {"location": "weights.safetensors", "offset": "100", "length": "8"}
            assert tensor.data_type == onnx.TensorProto.BFLOAT16


def test_a_matrix_that_lies_transposed_is_turned_in_front_of_its_cast(tmp_path: Path) -> None:
    graph = GraphFile.read(GRAPHS / "text_encoder.onnx")
    name, shape = next((name, shape) for name, shape in graph.parameters.items() if name.endswith("fc1.weight"))
    assert shape[0] != shape[1]
    weights = {
        other: StoredTensor("F16", size, 100, 8, transposed=other == name) for other, size in graph.parameters.items()
    }
    graph.bind(weights, "weights.safetensors")
    graph.write(tmp_path / "bound.onnx")
    model = onnx.load(tmp_path / "bound.onnx", load_external_data=False)
    (stored,) = [tensor for tensor in model.graph.initializer if tensor.name.startswith(name)]
    assert (stored.name, tuple(stored.dims)) == (f"{name}::stored", shape[::-1])
    turn = model.graph.node[0]
    assert (turn.op_type, list(turn.input), list(turn.output)) == ("Transpose", [stored.name], [name])


@pytest.mark.parametrize("content", [b"", b"\xff\xff\xff\xff", b"not a graph at all"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.onnx"
    path.write_bytes(content)
    with pytest.raises(DamagedFileError):
        GraphFile.read(path)
