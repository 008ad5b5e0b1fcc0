"""Reads and writes the parts of an ONNX file that an installation touches, without the `onnx` package.

A ten-line subset of ONNX's schema (github.com/onnx/onnx, onnx.proto) is declared to protobuf, which ONNX Runtime brings
anyway; every field left out of it passes through unread and unchanged. `onnx` and what it needs would weigh 51 MB in
the run environment for this one task (docs/adr/0101-graph-files-without-onnx.md).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from export.errors import DamagedFileError
from export.safetensors_header import StoredTensor

ONNX_TYPES = {"F32": 1, "F16": 10, "BF16": 16}
NUMPY_TYPES = {1: "float32", 10: "float16", 16: "bfloat16", 6: "int32", 7: "int64"}
EXTERNAL = 1
ONNX_DOMAIN = "ai.onnx"
PROPERTY_PREFIX = "avila."
AS_STORED = "::stored"
UNUSED = "unused"  # property: weights of the network that the graph does not read, with their shapes, as JSON
MAX_GRAPH_BYTES = 64_000_000

# message: {field: (number, type)}; a type in capitals is a message, a star marks a repeated field
_SCHEMA: dict[str, dict[str, tuple[int, str]]] = {
    "Model": {"graph": (7, "Graph"), "opset_import": (8, "Opset*"), "metadata_props": (14, "Entry*")},
    "Opset": {"domain": (1, "string"), "version": (2, "int64")},
    "Graph": {
        "node": (1, "Node*"),
        "initializer": (5, "Tensor*"),
        "input": (11, "ValueInfo*"),
        "output": (12, "ValueInfo*"),
    },
    "Node": {
        "input": (1, "string*"),
        "output": (2, "string*"),
        "name": (3, "string"),
        "op_type": (4, "string"),
        "attribute": (5, "Attribute*"),
    },
    "Attribute": {
        "name": (1, "string"),
        "i": (3, "int64"),
        "s": (4, "bytes"),
        "ints": (8, "int64*"),
        "type": (20, "int32"),
    },
    "Tensor": {
        "dims": (1, "int64*"),
        "data_type": (2, "int32"),
        "name": (8, "string"),
        "raw_data": (9, "bytes"),
        "external_data": (13, "Entry*"),
        "data_location": (14, "int32"),
    },
    "Entry": {"key": (1, "string"), "value": (2, "string")},
    "ValueInfo": {"name": (1, "string"), "type": (2, "Type")},
    "Type": {"tensor_type": (1, "TensorType")},
    "TensorType": {"elem_type": (1, "int32"), "shape": (2, "Shape")},
    "Shape": {"dim": (1, "Dim*")},
    "Dim": {"dim_value": (1, "int64"), "dim_param": (2, "string")},
}


@dataclass(frozen=True, slots=True)
class GraphTensor:
    """An input or output of a graph: numpy type name, and its axes as sizes or symbolic names."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]


class GraphFile:
    """One ONNX graph whose weights are external data. Changing an instance changes no file until `write`."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def read(cls, path: Path) -> GraphFile:
        """Read the graph at `path`; raises DamagedFileError when it is none."""
        if path.stat().st_size > MAX_GRAPH_BYTES:
            raise DamagedFileError(path, f"an architecture graph is at most {MAX_GRAPH_BYTES // 10**6} MB long")
        model = _message_class("Model")()
        try:
            model.ParseFromString(path.read_bytes())
        except DecodeError:
            raise DamagedFileError(path, "not an ONNX file") from None
        if not model.graph.output:
            raise DamagedFileError(path, "an ONNX file without outputs")
        return cls(model)

    @property
    def graph(self) -> Any:
        """The GraphProto itself, for those who change it."""
        return self._model.graph

    @property
    def properties(self) -> dict[str, str]:
        """What the exporter noted in the graph: component, architecture, precision."""
        return {
            entry.key.removeprefix(PROPERTY_PREFIX): entry.value
            for entry in self._model.metadata_props
            if entry.key.startswith(PROPERTY_PREFIX)
        }

    def note(self, key: str, value: str) -> None:
        """Add a property."""
        self._model.metadata_props.add(key=PROPERTY_PREFIX + key, value=value)

    @property
    def opsets(self) -> dict[str, int]:
        """Version of each set of operators by its domain; ONNX's own is "ai.onnx"."""
        return {opset.domain or ONNX_DOMAIN: int(opset.version) for opset in self._model.opset_import}

    @property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        """Shape of every weight of the network, by the network's own name for it, whether the graph reads it or not."""
        unused = json.loads(self.properties.get(UNUSED, "{}"))
        left = {str(name): tuple(int(size) for size in shape) for name, shape in unused.items()}
        return left | {tensor.name: tuple(tensor.dims) for tensor in self._external()}

    @property
    def inputs(self) -> tuple[GraphTensor, ...]:
        """The graph's inputs in order."""
        return tuple(_described(value) for value in self._model.graph.input)

    @property
    def outputs(self) -> tuple[GraphTensor, ...]:
        """The graph's outputs in order."""
        return tuple(_described(value) for value in self._model.graph.output)

    def bind(self, weights: Mapping[str, StoredTensor], location: str) -> None:
        """Point every external weight into the file `location`, which lies in the graph's own folder.

        The stored type is taken over as well: the Cast that follows each weight turns any of them into the type the
        graph computes in. A matrix that lies transposed in the file is turned in front of its Cast.
        """
        for tensor in self._external():
            stored = weights[tensor.name]
            if stored.transposed:
                self._turn(tensor)
            tensor.data_type = ONNX_TYPES[stored.dtype]
            del tensor.external_data[:]
            for key, value in (("location", location), ("offset", stored.offset), ("length", stored.length)):
                tensor.external_data.add(key=key, value=str(value))

    def _turn(self, tensor: Any) -> None:
        """ONNX Runtime does it once, when it loads the graph."""
        graph, name = self._model.graph, tensor.name
        nodes = list(graph.node)
        turn = type(nodes[0])(input=[name + AS_STORED], output=[name], op_type="Transpose")  # swaps two axes by default
        del graph.node[:]
        graph.node.extend([turn, *nodes])
        tensor.name = name + AS_STORED
        tensor.dims[:] = list(tensor.dims)[::-1]

    def write(self, path: Path) -> None:
        """Write the graph to `path`, the same bytes each time."""
        path.write_bytes(self._model.SerializeToString(deterministic=True))

    def _external(self) -> list[Any]:
        return [tensor for tensor in self._model.graph.initializer if tensor.data_location == EXTERNAL]


def _described(value: Any) -> GraphTensor:
    tensor = value.type.tensor_type
    axes = tuple(dim.dim_param or int(dim.dim_value) for dim in tensor.shape.dim)
    return GraphTensor(value.name, NUMPY_TYPES.get(tensor.elem_type, f"type {tensor.elem_type}"), axes)


@functools.cache
def _message_class(name: str) -> Any:
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"avila.onnx.{name}"))


@functools.cache
def _pool() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(name="avila_onnx_subset.proto", package="avila.onnx", syntax="proto2")
    field_types = descriptor_pb2.FieldDescriptorProto
    for message_name, fields in _SCHEMA.items():
        message = file.message_type.add(name=message_name)
        for field_name, (number, written_type) in fields.items():
            kind = written_type.rstrip("*")
            field = message.field.add(name=field_name, number=number)
            field.label = field_types.LABEL_REPEATED if written_type.endswith("*") else field_types.LABEL_OPTIONAL
            if kind in _SCHEMA:
                field.type, field.type_name = field_types.TYPE_MESSAGE, f".avila.onnx.{kind}"
            else:
                field.type = getattr(field_types, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool
