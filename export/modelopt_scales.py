"""Runs in ModelOpt's own environment (`make modelopt`): asks it for the ranges of a graph's layers.

    python modelopt_scales.py MODEL.onnx INPUTS.npz int8|fp8 ANSWER.json

MODEL has the nodes that may be quantised named after their layers; INPUTS holds rows of every input. ANSWER gets the
largest absolute value of each layer's input that ModelOpt decided on, and its version. Imports nothing of this project.
"""

from __future__ import annotations

import json
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

LARGEST = {"int8": 127.0, "fp8": 448.0}
ROWS = 2  # of one call of the calibration


def main(model: Path, inputs: Path, kind: str, answer: Path) -> None:
    """See the module."""
    import numpy as np
    import onnx
    from modelopt.onnx.quantization import quantize  # type: ignore[import-not-found]

    with np.load(inputs) as stored:
        rows = min(len(stored[name]) for name in stored.files) // ROWS * ROWS
        data = {name: stored[name][:rows] for name in stored.files}
    shapes = ",".join(f"{name}:{'x'.join(map(str, (ROWS, *array.shape[1:])))}" for name, array in data.items())
    with tempfile.TemporaryDirectory(dir=answer.parent) as folder:
        plain, quantised = Path(folder, "plain.onnx"), Path(folder, "quantised.onnx")
        layers = _write_plain(model, plain)
        quantize(
            str(plain), quantize_mode=kind, calibration_data=data, calibration_eps=["cpu"],
            calibration_shapes=shapes, high_precision_dtype="fp32", op_types_to_quantize=["MatMul", "Conv"],
            nodes_to_quantize=sorted(layers), output_path=str(quantised), use_external_data_format=True,
        )  # fmt: skip
        found = _ranges(onnx.load(quantised), layers, LARGEST[kind])
    told = {"made_by": f"ModelOpt {metadata.version('nvidia-modelopt')}", "layers": found}
    answer.write_text(json.dumps(told), encoding="utf-8")


def _write_plain(model: Path, target: Path) -> set[str]:
    """The graph with each weight as the constant that its layer reads, as ModelOpt looks for it, all in float32.

    In half precision the edges of ModelOpt's histograms fall together; what a layer sees differs by rounding only.
    """
    import numpy as np
    import onnx
    from onnx import numpy_helper

    # the weights may be hard links to the checkpoint's file, which newer versions of onnx refuse to follow
    proto = onnx.load(model, load_external_data=False)
    graph = proto.graph
    constants = {tensor.name: _array(tensor, model.parent) for tensor in graph.initializer}
    nodes = []
    for node in graph.node:
        if node.op_type in ("Cast", "Transpose") and node.input[0] in constants:
            value = constants[node.input[0]]
            constants[node.output[0]] = value.T if node.op_type == "Transpose" else value.astype(_cast_to(node))
        else:
            _use_float32(node)
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.name = "unet"
    del graph.value_info[:]
    for name in sorted(used & constants.keys()):
        value = constants[name]
        value = value.astype(np.float32) if value.dtype == np.float16 else value
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
    onnx.save(proto, target, save_as_external_data=True, location="plain.data", size_threshold=1024)
    return {node.name for node in nodes if node.name.startswith("layer::")}


def _cast_to(node: Any) -> Any:
    from onnx import helper

    return helper.tensor_dtype_to_np_dtype(node.attribute[0].i)


def _use_float32(node: Any) -> None:
    """Turn what a node makes in half precision into float32."""
    import numpy as np
    from onnx import TensorProto, numpy_helper

    for attribute in node.attribute:
        if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT16:
            attribute.i = TensorProto.FLOAT
        elif attribute.t.data_type == TensorProto.FLOAT16:
            attribute.t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(attribute.t).astype(np.float32)))


def _array(tensor: Any, folder: Path) -> Any:
    import numpy as np
    from onnx import helper, numpy_helper

    if not tensor.external_data:
        return numpy_helper.to_array(tensor)
    where = {entry.key: entry.value for entry in tensor.external_data}
    with (folder / where["location"]).open("rb") as file:
        file.seek(int(where["offset"]))
        data = file.read(int(where["length"]))
    kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    return np.frombuffer(data, kind).astype(np.float32).reshape(tuple(tensor.dims))


def _ranges(proto: Any, layers: set[str], largest: float) -> dict[str, float]:
    from onnx import numpy_helper

    graph = proto.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    made_by = {output: node for node in graph.node for output in node.output}
    found = {}
    for node in graph.node:
        source = made_by.get(node.input[0]) if node.name in layers else None
        if source is not None and source.op_type == "DequantizeLinear":
            scale = float(numpy_helper.to_array(constants[source.input[1]]))
            found[node.name.removeprefix("layer::")] = scale * largest
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
