"""Makes the control variant of a UNet's graph: the same weights, and what ControlNets add as further inputs.

Each skip connection, where an upward block joins it to what comes from below, and the middle get a sum in front of
them, in diffusers' order. Done on the graph file, so that it needs neither torch nor a second export.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from diffusion.components import TensorSpec
from export.graph_edit import FLOAT, FLOAT16, add_input, new_node, replace_nodes
from export.graph_file import EXTERNAL, GraphFile

_JOINED = re.compile(r"up_blocks\.\d+\.resnets\.\d+\.conv_shortcut\.weight")
_CONCAT = "Concat"


def count_joints(graph: GraphFile) -> int:
    """How many skip connections the graph joins where they can be found; 0 for a UNet of another build."""
    return len(joints_of(graph))


def joints_of(graph: GraphFile) -> list[Any]:
    """The nodes that join a skip connection with what comes from below, in the order of computation; see `_joints`.

    None at all for a UNet of another build.
    """
    joints = _joints(graph.graph)
    return joints if all(joint is not None for joint in joints) else []


def add_control_inputs(graph: GraphFile, residuals: Sequence[TensorSpec]) -> None:
    """Turn `graph` into its control variant. `residuals`: one for each skip connection in order, last the middle's."""
    proto = graph.graph
    half = graph.properties.get("precision") == "fp16"
    joints = _joints(proto)
    before: dict[int, list[Any]] = {}
    for joint, residual in zip(joints, reversed(residuals[:-1]), strict=True):  # the last skip is joined first
        before[id(joint)] = _added(joint, 1, residual.name, half)
    before[id(joints[0])] += _added(joints[0], 0, residuals[-1].name, half)
    nodes = []
    for node in proto.node:
        nodes += [*before.get(id(node), []), node]
    replace_nodes(proto, nodes)
    for residual in residuals:
        add_input(proto, residual.name, FLOAT, residual.shape)


def _added(joint: Any, index: int, residual: str, half: bool) -> list[Any]:
    """The nodes before `joint` that give its input `index` with the residual added."""
    nodes, addend = [], residual
    if half:
        addend = f"{residual}::half"
        nodes.append(new_node(joint, "Cast", [residual], addend, to=FLOAT16))
    result = f"{residual}::added"
    nodes.append(new_node(joint, "Add", [joint.input[index], addend], result))
    joint.input[index] = result
    return nodes


def _joints(proto: Any) -> list[Any]:
    """The Concat in front of each residual block of the upward half, in the order of computation.

    A block that gets a skip connection takes more channels than it gives, so its shortcut is a convolution of the
    joined values: that names the Concat, whatever else the graph joins. None where it is of another build.
    """
    stored = {tensor.name for tensor in proto.initializer if tensor.data_location == EXTERNAL}
    shortcuts = {f"{name}{suffix}" for name in stored if _JOINED.fullmatch(name) for suffix in ("", "::cast")}
    made_by = {output: node for node in proto.node for output in node.output}
    joints = []
    for node in proto.node:
        if node.op_type == "Conv" and node.input[1] in shortcuts:
            joint = made_by.get(node.input[0])
            is_joint = joint is not None and joint.op_type == _CONCAT and len(joint.input) == 2
            joints.append(joint if is_joint else None)
    return joints
