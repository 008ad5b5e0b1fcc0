"""Computes a convolution behind a doubling of its picture at the picture's own size, in 4 of 9 multiplications.

Nearest-neighbour upsampling repeats each pixel four times, so a 3×3 convolution behind it multiplies the same pixel by
several of its weights and adds that up. Each of the four pixels that come of one needs 2×2 neighbours and sums of
weights: four convolutions, whose outputs are the channels that depth-to-space puts beside one another (sub-pixel
convolution, Shi and others 2016, arXiv:1609.05158). Outputs differ by rounding only.

Done on the graph file: the sums are written as nodes, which both runtimes fold into constants when they open the graph.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from export.graph_edit import INT64, add_constant, keep_reachable, new_node, replace_nodes
from export.graph_file import GraphFile

ONES = "upsampling::ones"
DOUBLING = np.array([1, 1, 2, 2], "<f4").tobytes()
HEIGHT, WIDTH = 2, 3
"""Axes of a convolution's weights [outputs, inputs, height, width]."""


def fold_upsampling(graph: GraphFile) -> int:
    """Fold every such pair of `graph`, which computes in float32; returns how many there were."""
    proto = graph.graph
    constants = {tensor.name: tensor for tensor in proto.initializer}
    uses = Counter(name for node in proto.node for name in node.input)
    doublings = {node.output[0]: node for node in proto.node if _doubles(node, constants) and uses[node.output[0]] == 1}
    nodes, folded = [], 0
    for node in proto.node:
        if node.op_type == "Conv" and node.input[0] in doublings and _is_plain(node):
            nodes += _folded(node, doublings[node.input[0]].input[0])
            folded += 1
        else:
            nodes.append(node)
    if folded:
        add_constant(proto, ONES, INT64, np.ones(3, "<i8"))
        replace_nodes(proto, nodes)
        keep_reachable(proto)
    return folded


def _doubles(node: Any, constants: dict[str, Any]) -> bool:
    if node.op_type != "Resize" or len(node.input) != 3 or node.input[2] not in constants:
        return False
    said = {attribute.name: attribute.s for attribute in node.attribute}
    is_nearest = said.get("mode") == b"nearest" and said.get("nearest_mode") == b"floor"
    is_plain = said.get("coordinate_transformation_mode") == b"asymmetric"
    return is_nearest and is_plain and constants[node.input[2]].raw_data == DOUBLING


def _is_plain(node: Any) -> bool:
    """Whether a convolution is one of 3×3 that keeps the size."""
    said = {attribute.name: list(attribute.ints) or attribute.i for attribute in node.attribute}
    expected = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [1, 1], "dilations": [1, 1], "group": 1}
    return expected.items() <= said.items()


def _folded(node: Any, picture: str) -> list[Any]:
    weight, name = node.input[1], node.output[0]
    nodes = _summed(node, weight, f"{name}::h", HEIGHT)
    parts = []
    for down in (0, 1):
        nodes += _summed(node, f"{name}::h{down}", f"{name}::h{down}w", WIDTH)
        for right in (0, 1):
            part = new_node(
                node, "Conv", [picture, f"{name}::h{down}w{right}", *node.input[2:]], f"{name}::{down}{right}",
                kernel_shape=[2, 2], pads=[1 - down, 1 - right, down, right], strides=[1, 1], dilations=[1, 1], group=1,
            )  # fmt: skip
            nodes.append(part)
            parts.append(part.output[0])
    nodes.append(new_node(node, "Concat", parts, f"{name}::all", axis=1))
    nodes.append(new_node(node, "DepthToSpace", [f"{name}::all"], name, blocksize=2))
    return nodes


def _summed(example: Any, weight: str, name: str, axis: int) -> list[Any]:
    """Nodes that give two sums: `name`0 for the neighbour before and the pixel, `name`1 for the pixel and the next."""
    lines = [f"{name}{side}" for side in ("::before", "::at", "::after")]
    split = new_node(example, "Split", [weight, ONES], lines[0], axis=axis)
    split.output.extend(lines[1:])
    return [
        split,
        new_node(example, "Add", lines[1:], f"{name}::sum0"),
        new_node(example, "Add", lines[:2], f"{name}::sum1"),
        new_node(example, "Concat", [lines[0], f"{name}::sum0"], f"{name}0", axis=axis),
        new_node(example, "Concat", [f"{name}::sum1", lines[2]], f"{name}1", axis=axis),
    ]
