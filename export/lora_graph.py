"""Makes the LoRA variant of a network's graph: the same weights, and low-rank factors as further inputs.

Every linear layer (or 1×1 convolution) that a LoRA may change gets `y = W x + up (down x)`, where each row of the batch
picks its own factors: `lora_down` [sets, inputs of all layers, rank], `lora_up` [sets, rank, outputs of all layers] and
`lora_set` [batch], the number of a row's set. The layers stand in the factors in the order of their names. Done on the
graph file, so that it needs neither torch nor a second export of the architecture.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffusion.components import LORA_DOWN, LORA_SET, LORA_UP, Component
from export.graph_edit import FLOAT, FLOAT16, INT32, INT64, add_constant, add_input, new_node, replace_nodes
from export.graph_file import EXTERNAL, GraphFile

Layers = dict[str, tuple[int, int]]
LAYERS: Mapping[Component, re.Pattern[str]] = {
    Component.UNET: re.compile(r".*\.attentions\..*"),
    Component.TEXT_ENCODER: re.compile(r".*\.(self_attn\.\w+_proj|mlp\.fc[12])"),
}
"""What may be changed, by component: what the trainers of LoRAs change unless they are told otherwise."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer in the graph: `node` computes it without its bias."""

    name: str
    node: Any
    inputs: int
    outputs: int

    @property
    def is_convolution(self) -> bool:
        return bool(self.node.op_type == "Conv")


def lora_layers(graph: GraphFile, component: Component) -> Layers:
    """(inputs, outputs) of every layer of the graph that a LoRA may change, by name in order."""
    return {layer.name: (layer.inputs, layer.outputs) for layer in _find(graph, component)}


def add_lora_inputs(graph: GraphFile, component: Component) -> None:
    """Turn `graph` into its LoRA variant."""
    layers = _find(graph, component)
    half = graph.properties.get("precision") == "fp16"
    added = {f"{layer.name}::base": _low_rank(layer) for layer in layers}
    proto = graph.graph
    nodes = [*_pick(proto, LORA_DOWN, layers, half), *_pick(proto, LORA_UP, layers, half)]
    for node in proto.node:
        nodes.append(node)
        nodes += added.get(node.output[0], [])
    replace_nodes(proto, nodes)
    _add_constants(proto, layers)
    total = sum(layer.inputs for layer in layers), sum(layer.outputs for layer in layers)
    add_input(proto, LORA_DOWN, FLOAT, ("sets", total[0], "rank"))
    add_input(proto, LORA_UP, FLOAT, ("sets", "rank", total[1]))
    add_input(proto, LORA_SET, INT32, ("batch",))


def _find(graph: GraphFile, component: Component) -> list[_Layer]:
    """A weight is cast, then transposed into a MatMul or used by a Conv; see `export.onnx_export`."""
    wanted = LAYERS[component]
    weights = {
        tensor.name: tuple(tensor.dims)
        for tensor in graph.graph.initializer
        if tensor.data_location == EXTERNAL and wanted.fullmatch(tensor.name.removesuffix(".weight"))
    }
    known = {name: name for name in weights}  # a value of the graph, and the weight that it is
    layers = []
    for node in graph.graph.node:
        source = known.get(node.input[0]) if node.input else None
        if source is not None and node.op_type in ("Cast", "Transpose"):
            known[node.output[0]] = source
        elif node.op_type in ("MatMul", "Conv") and node.input[1] in known:
            name = known[node.input[1]]
            outputs, inputs, *kernel = weights[name]
            if math.prod(kernel) == 1:
                layers.append(_Layer(name.removesuffix(".weight"), node, inputs, outputs))
    return sorted(layers, key=lambda layer: layer.name)


def _low_rank(layer: _Layer) -> list[Any]:
    """The nodes behind the layer's own; its node then gives another value, and these give the layer's."""
    node, name = layer.node, layer.name
    result = node.output[0]
    node.output[0] = f"{name}::base"
    down, up = f"{name}::down", f"{name}::up"
    if not layer.is_convolution:
        return [
            new_node(node, "MatMul", [node.input[0], down], f"{name}::low"),
            new_node(node, "MatMul", [f"{name}::low", up], f"{name}::delta"),
            new_node(node, "Add", [node.output[0], f"{name}::delta"], result),
        ]
    swap = {"perm": [0, 2, 1]}
    return [
        new_node(node, "Reshape", [node.input[0], "lora::flat"], f"{name}::flat"),
        new_node(node, "Transpose", [f"{name}::flat"], f"{name}::tokens", **swap),
        new_node(node, "MatMul", [f"{name}::tokens", down], f"{name}::low"),
        new_node(node, "MatMul", [f"{name}::low", up], f"{name}::high"),
        new_node(node, "Transpose", [f"{name}::high"], f"{name}::channels", **swap),
        new_node(node, "Shape", [node.output[0]], f"{name}::shape"),
        new_node(node, "Reshape", [f"{name}::channels", f"{name}::shape"], f"{name}::delta"),
        new_node(node, "Add", [node.output[0], f"{name}::delta"], result),
    ]


def _pick(proto: Any, factor: str, layers: Iterable[_Layer], half: bool) -> list[Any]:
    """Each row's factors out of the sets, cut into those of each layer."""
    some, rows = proto.node[0], f"{factor}::rows"
    suffix, axis = ("down", 1) if factor == LORA_DOWN else ("up", 2)
    nodes = [new_node(some, "Gather", [factor, LORA_SET], rows, axis=0)]
    if half:
        nodes.append(new_node(some, "Cast", [rows], f"{rows}::half", to=FLOAT16))
        rows = f"{rows}::half"
    cut = new_node(some, "Split", [rows, f"{factor}::sizes"], f"{factor}::none", axis=axis)
    del cut.output[:]
    cut.output.extend(f"{layer.name}::{suffix}" for layer in layers)
    return [*nodes, cut]


def _add_constants(proto: Any, layers: list[_Layer]) -> None:
    constants = {
        f"{LORA_DOWN}::sizes": [layer.inputs for layer in layers],
        f"{LORA_UP}::sizes": [layer.outputs for layer in layers],
    }
    if any(layer.is_convolution for layer in layers):
        constants["lora::flat"] = [0, 0, -1]
    for name, values in constants.items():
        add_constant(proto, name, INT64, np.array(values, "<i8"))
