"""Makes the two graphs of a UNet that skip work between steps (DeepCache, Ma and others 2023, arXiv:2312.00858).

What the deep half of a UNet gives changes little from one step to the next. `keep` is the whole network that also gives
what comes out of the deep half; `reuse` takes it as an input and computes the rest: the first blocks down and the last
blocks up. Done on the graph file, over the same weights, so that it needs neither torch nor a second export.
"""

from __future__ import annotations

from typing import Any

from diffusion.components import DEEP_FEATURES, TensorSpec
from export.control_graph import joints_of
from export.graph_edit import FLOAT, FLOAT16, add_input, add_output, keep_reachable, new_node, replace_nodes
from export.graph_file import GraphFile


def keep_features(graph: GraphFile, features: TensorSpec, shallow: int) -> None:
    """Turn `graph` into the one that also gives the features below its last `shallow` joints."""
    proto, joint = graph.graph, joints_of(graph)[-shallow]
    deep = joint.input[0]
    replace_nodes(proto, [*proto.node, _as_float(joint, deep, DEEP_FEATURES, graph)])
    add_output(proto, DEEP_FEATURES, FLOAT, features.shape)


def reuse_features(graph: GraphFile, features: TensorSpec, shallow: int) -> None:
    """Turn `graph` into the one that takes them; what only the deep half needed is gone, weights too."""
    proto, joint = graph.graph, joints_of(graph)[-shallow]
    given, nodes = DEEP_FEATURES, []
    if _is_half(graph):
        given = f"{DEEP_FEATURES}::half"
        nodes = [new_node(joint, "Cast", [DEEP_FEATURES], given, to=FLOAT16)]
    joint.input[0] = given
    add_input(proto, DEEP_FEATURES, FLOAT, features.shape)
    replace_nodes(proto, [*nodes, *proto.node])
    keep_reachable(proto)


def features_of(graph: GraphFile, residuals: tuple[tuple[int, int], ...], shallow: int) -> tuple[int, int] | None:
    """(channels, halvings) of the features below the last `shallow` joints; None where the graph has no such place.

    `residuals` has those of the UNet's skip connections in order, and last its middle's.
    """
    joints = joints_of(graph)
    if not 0 < shallow < len(joints) == len(residuals) - 1:
        return None
    skip_channels, halvings = residuals[shallow - 1]  # the last joint joins the first skip connection
    return joint_channels(graph, joints[-shallow]) - skip_channels, halvings


def joint_channels(graph: GraphFile, joint: Any) -> int:
    """How many channels a joint gives: what the shortcut behind it takes."""
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.graph.initializer}
    for node in graph.graph.node:
        if node.op_type == "Conv" and node.input[0] == joint.output[0]:
            return int(shapes[node.input[1].removesuffix("::cast")][1])
    raise ValueError(f"{joint.output[0]}: no convolution takes it")


def _as_float(joint: Any, value: str, name: str, graph: GraphFile) -> Any:
    if _is_half(graph):
        return new_node(joint, "Cast", [value], name, to=FLOAT)
    return new_node(joint, "Identity", [value], name)


def _is_half(graph: GraphFile) -> bool:
    return graph.properties.get("precision") == "fp16"
