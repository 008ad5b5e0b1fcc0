"""Further inputs, constants and nodes for a graph that was read from a file; `onnx` itself is not needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

FLOAT, INT32, INT64, FLOAT16 = 1, 6, 7, 10
_INT_ATTRIBUTE, _INTS_ATTRIBUTE = 2, 7


Shape = Sequence[int | str | None]
"""Sizes of axes: a number, a name, or None where nothing is known of one."""


def add_input(proto: Any, name: str, kind: int, shape: Shape) -> None:
    """Declare one more input of a graph."""
    _declare(proto.input, name, kind, shape)


def add_output(proto: Any, name: str, kind: int, shape: Shape | None = None) -> None:
    """Declare that a graph also gives one of its values; without a shape, that which follows from the graph."""
    _declare(proto.output, name, kind, shape)


def _declare(values: Any, name: str, kind: int, shape: Shape | None) -> None:
    value = values.add(name=name)
    value.type.tensor_type.elem_type = kind
    for axis in shape or ():
        size = {"dim_param": axis} if isinstance(axis, str) else {} if axis is None else {"dim_value": axis}
        value.type.tensor_type.shape.dim.add(**size)


def add_constant(proto: Any, name: str, kind: int, value: np.ndarray[Any, Any]) -> None:
    """Store `value`, whose dtype is little-endian and fits `kind`, under `name`."""
    proto.initializer.add(name=name, data_type=kind, dims=list(value.shape), raw_data=value.tobytes())


def new_node(example: Any, op_type: str, inputs: list[str], output: str, **attributes: int | list[int]) -> Any:
    """A node with one output, of the class of `example`."""
    node = type(example)(op_type=op_type, input=inputs, output=[output])
    for name, value in attributes.items():
        if isinstance(value, list):
            node.attribute.add(name=name, ints=value, type=_INTS_ATTRIBUTE)
        else:
            node.attribute.add(name=name, i=value, type=_INT_ATTRIBUTE)
    return node


def replace_nodes(proto: Any, nodes: list[Any]) -> None:
    """Make `nodes`, old ones of the graph among them, all the nodes of the graph."""
    copies = [_copy(node) for node in nodes]  # independent of the list that is emptied
    del proto.node[:]
    proto.node.extend(copies)


def keep_reachable(proto: Any) -> None:
    """Drop the nodes and the stored tensors that no output of the graph needs."""
    needed, kept = {value.name for value in proto.output}, []
    for node in reversed(proto.node):  # a node stands behind those whose values it takes
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    replace_nodes(proto, kept[::-1])
    stored = [_copy(tensor) for tensor in proto.initializer if tensor.name in needed]
    del proto.initializer[:]
    proto.initializer.extend(stored)


def keep_inputs(proto: Any) -> None:
    """Drop the inputs that no node takes."""
    taken = {name for node in proto.node for name in node.input}
    kept = [_copy(value) for value in proto.input if value.name in taken]
    del proto.input[:]
    proto.input.extend(kept)


def cast_where_used(proto: Any) -> None:
    """Put each weight's Cast in front of its first user, for a runtime that keeps to this order."""
    weights = {tensor.name for tensor in proto.initializer}
    casts = {node.output[0]: node for node in proto.node if node.op_type == "Cast" and node.input[0] in weights}
    waiting, nodes = dict(casts), []
    for node in proto.node:
        if node.output[0] not in casts:
            nodes += [waiting.pop(name) for name in dict.fromkeys(node.input) if name in waiting]
            nodes.append(node)
    replace_nodes(proto, [*nodes, *waiting.values()])


def _copy(node: Any) -> Any:
    other = type(node)()
    other.CopyFrom(node)
    return other
