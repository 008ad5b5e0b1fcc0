"""Puts quantise-dequantise pairs (Q/DQ) into a network's graph: int8 for CPUs and GPUs, fp8 for GPUs.

Runtimes fuse a layer with the pairs around it into one integer (or fp8) kernel. The weights stay the checkpoint's own
bytes: the pair behind a weight's Cast is folded when the graph is loaded. All scales are symmetric, as TensorRT
demands: one per output channel of a weight (`weight_scales`), one for a layer's input and a convolution's output
(`Scales`, from `export.calibration` or ModelOpt). Done on the graph file, so that it needs neither torch nor `onnx`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.graph_edit import FLOAT, FLOAT16, add_constant, new_node, replace_nodes
from export.graph_file import EXTERNAL, GraphFile

INT8, FLOAT8E4M3FN = 3, 17
SENSITIVE = re.compile(r"conv_in|conv_out|time_embedding\..*|add_embedding\..*|.*\.time_emb_proj")
"""Layers that stay as they are: few operations, and every later one depends on them."""
QUANTISED = "quantised"  # property: to which kind
SMALLEST_SCALE = 1e-12  # of a tensor of zeros


class Kind(StrEnum):
    """What numbers are rounded to."""

    INT8 = "int8"
    FP8 = "fp8"

    @property
    def largest(self) -> float:
        """The largest number that can be kept, before scaling."""
        return 127.0 if self is Kind.INT8 else 448.0

    @property
    def onnx_type(self) -> int:
        """Its number in ONNX's TensorProto."""
        return INT8 if self is Kind.INT8 else FLOAT8E4M3FN


@dataclass(frozen=True, slots=True)
class Range:
    """The largest absolute values that a layer saw: of its input, and of its output where that is quantised too."""

    input: float
    output: float | None = None


Scales = Mapping[str, Range]
"""By layer: its weight's name without `.weight`."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution or a matrix product with a weight of the checkpoint."""

    name: str
    node: Any
    channel_axis: int

    @property
    def is_convolution(self) -> bool:
        """Whether its output is quantised too: without it, runtimes leave a convolution in floats."""
        return bool(self.node.op_type == "Conv")


def quantisable_layers(graph: GraphFile) -> list[Layer]:
    """The layers that Q/DQ pairs are for, in the order of computation."""
    proto = graph.graph
    known = {
        tensor.name: tensor.name
        for tensor in proto.initializer
        if tensor.data_location == EXTERNAL and tensor.name.endswith(".weight")
    }
    layers = []
    for node in proto.node:
        source = known.get(node.input[0]) if node.input else None
        if source is not None and node.op_type in ("Cast", "Transpose"):
            known[node.output[0]] = source
        elif node.op_type in ("MatMul", "Conv") and node.input[1] in known:
            name = known[node.input[1]].removesuffix(".weight")
            if not SENSITIVE.fullmatch(name):
                layers.append(Layer(name, node, 0 if node.op_type == "Conv" else 1))
    return layers


def observe(graph: GraphFile) -> list[tuple[str, str]]:
    """Add one more output for every range that is to be calibrated: a number, the largest absolute value of a call.

    Returns (layer, "input" or "output") of each, in the order in which they follow the graph's own outputs.
    """
    proto = graph.graph
    nodes, observed, seen = list(proto.node), list[tuple[str, str]](), list[str]()
    for layer in quantisable_layers(graph):
        values = [("input", layer.node.input[0])]
        if layer.is_convolution:
            values.append(("output", layer.node.output[0]))
        for side, value in values:
            observed.append((layer.name, side))
            seen.append(value)
    for number, value in enumerate(seen):
        nodes.append(new_node(layer.node, "Abs", [value], f"range::{number}::abs"))
        nodes.append(new_node(layer.node, "ReduceMax", [f"range::{number}::abs"], f"range::{number}", keepdims=0))
        output = proto.output.add(name=f"range::{number}")
        output.type.tensor_type.elem_type = FLOAT16 if _is_half(graph) else FLOAT
        output.type.tensor_type.shape.SetInParent()
    replace_nodes(proto, nodes)
    return observed


def name_layers(graph: GraphFile) -> None:
    """Name each layer's node after it, for a calibrator outside of this process."""
    for layer in quantisable_layers(graph):
        layer.node.name = f"layer::{layer.name}"


def add_quantisation(
    graph: GraphFile, scales: Scales, weights: Mapping[str, NDArray[np.float32]], kind: Kind
) -> list[str]:
    """Put the pairs into `graph`; returns the names of the layers that are quantised now.

    Args:
        scales: of the layers that are to be quantised; others are left as they are.
        weights: the scale of each output channel of each of these layers' weights.
        kind: int8 or fp8.
    """
    proto, half = graph.graph, _is_half(graph)
    graph.note(QUANTISED, kind.value)
    add_constant(proto, "quantised::zero", kind.onnx_type, np.zeros((), np.int8))
    before: dict[int, list[Any]] = {}
    after: dict[int, list[Any]] = {}
    done: dict[tuple[str, float], str] = {}  # the query, key and value of one attention read one value
    layers = [layer for layer in quantisable_layers(graph) if layer.name in scales]  # kept: ids are of live nodes only
    for layer in layers:
        node, seen = layer.node, scales[layer.name]
        added = before.setdefault(id(node), [])
        shared = (node.input[0], seen.input)
        if shared not in done:
            done[shared] = f"{layer.name}::input"
            _add_scale(proto, done[shared], np.array(seen.input / kind.largest), half)
            added += _pair(node, node.input[0], done[shared])
        _add_scale(proto, f"{layer.name}::weight", weights[layer.name], half)
        _add_zeros(proto, f"{layer.name}::weight", len(weights[layer.name]), kind)
        added += _pair(node, node.input[1], f"{layer.name}::weight", layer.channel_axis)
        node.input[0], node.input[1] = f"{done[shared]}::done", f"{layer.name}::weight::done"
        if layer.is_convolution and seen.output is not None and kind is Kind.INT8:
            _add_scale(proto, f"{layer.name}::output", np.array(seen.output / kind.largest), half)
            result, node.output[0] = node.output[0], f"{layer.name}::exact"
            after[id(node)] = [*_pair(node, f"{layer.name}::exact", f"{layer.name}::output", result=result)]
    nodes = []
    for node in proto.node:
        nodes += [*before.get(id(node), []), node, *after.get(id(node), [])]
    replace_nodes(proto, nodes)
    return [layer.name for layer in layers]


def weight_scales(weight: NDArray[Any], kind: Kind) -> NDArray[np.float32]:
    """One scale for each output channel of a stored weight [outputs, …]."""
    largest = np.abs(weight.astype(np.float32).reshape(weight.shape[0], -1)).max(axis=1)
    scales: NDArray[np.float32] = np.maximum(largest / np.float32(kind.largest), np.float32(SMALLEST_SCALE))
    return scales


def scales_to_json(scales: Scales) -> dict[str, Any]:
    """As plain data."""
    return {name: [seen.input, seen.output] for name, seen in sorted(scales.items())}


def scales_from_json(data: Mapping[str, Any]) -> dict[str, Range]:
    """The reverse; raises ValueError for what `scales_to_json` would not write."""
    scales = {}
    for name, pair in data.items():
        numbers: list[Any] = pair if isinstance(pair, list) and len(pair) == 2 else [None, None]
        if not _is_range(numbers[0]) or not (numbers[1] is None or _is_range(numbers[1])):
            raise ValueError(f"{name}: {pair!r}; expected two numbers above 0, or the second null")
        scales[str(name)] = Range(float(numbers[0]), None if numbers[1] is None else float(numbers[1]))
    return scales


def _is_range(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def _pair(example: Any, value: str, name: str, axis: int | None = None, result: str = "") -> Iterator[Any]:
    """Quantise and dequantise `value` with the scale and zero stored under `name`."""
    zero = "quantised::zero" if axis is None else f"{name}::zero"
    given = {} if axis is None else {"axis": axis}
    yield new_node(example, "QuantizeLinear", [value, f"{name}::scale", zero], f"{name}::kept", **given)
    yield new_node(
        example, "DequantizeLinear", [f"{name}::kept", f"{name}::scale", zero], result or f"{name}::done", **given
    )


def _add_scale(proto: Any, name: str, scale: NDArray[Any], half: bool) -> None:
    smallest = 6.2e-5 if half else SMALLEST_SCALE  # half precision's smallest normal number
    stored = np.maximum(scale, smallest).astype("<f2" if half else "<f4")
    add_constant(proto, f"{name}::scale", FLOAT16 if half else FLOAT, stored)


def _add_zeros(proto: Any, name: str, count: int, kind: Kind) -> None:
    add_constant(proto, f"{name}::zero", kind.onnx_type, np.zeros(count, np.int8))


def _is_half(graph: GraphFile) -> bool:
    return graph.properties.get("precision") == "fp16"
