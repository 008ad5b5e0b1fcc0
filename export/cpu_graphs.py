"""Makes the graphs that CPUs run (`diffusion.parts`): on the graph file, over the same weights, in milliseconds.

Arithmetic of shapes stays where its result is taken, whatever it depends on: it costs nothing and belongs to no row.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from diffusion.components import Component
from diffusion.parts import FOLDED, LATENTS, MOVING, PROMPT, REST
from export.folded_upsampling import fold_upsampling
from export.graph_edit import FLOAT, INT32, INT64, add_input, add_output, keep_inputs, keep_reachable, replace_nodes
from export.graph_file import GraphFile
from export.sessions import open_session

CPU_GRAPHS = frozenset({Component.UNET, Component.VAE_DECODER})
"""Components that have some."""


def write_cpu_graphs(model: Path, component: Component) -> None:
    """Put what CPUs run instead of `model`, which computes in float32, beside it; its weights lie there already."""
    graph, whole = GraphFile.read(model), model
    if fold_upsampling(graph):
        whole = model.with_name(FOLDED)
        graph.write(whole)
    if component is Component.UNET:
        write_parts(whole)


def write_parts(whole: Path) -> None:
    """Put the parts of a UNet beside it."""
    inputs, rest = {tensor.name for tensor in GraphFile.read(whole).inputs}, whole.with_name(REST)
    for name, given in ((PROMPT, inputs - MOVING), (LATENTS, MOVING)):
        cut(whole, whole.with_name(name), rest, given)
        whole = rest


def cut(whole: Path, first: Path, rest: Path, given: Collection[str]) -> None:
    """Write the parts of a graph: `first` needs the inputs `given` alone, `rest` takes what it gives."""
    before, after = GraphFile.read(whole), GraphFile.read(whole)
    alone = _values_of(after.graph, frozenset(given))
    replace_nodes(after.graph, [node for node in after.graph.node if node.output[0] not in alone])
    keep_reachable(after.graph)
    taken = dict.fromkeys(name for node in after.graph.node for name in node.input if name in alone)
    del before.graph.output[:]
    for name in taken:
        add_output(before.graph, name, FLOAT)
    keep_reachable(before.graph)
    keep_inputs(before.graph)
    before.write(first)
    for tensor in open_session(first).get_outputs():  # ONNX Runtime knows their ranks, which OpenVINO wants to be told
        add_input(after.graph, tensor.name, FLOAT, tensor.shape)
    keep_inputs(after.graph)
    after.write(rest)


def _values_of(proto: Any, given: frozenset[str]) -> set[str]:
    """The values, but for shapes and other integers, that depend on some of the inputs `given` and on no other."""
    needs = {value.name: frozenset({value.name}) for value in proto.input}
    integers = {tensor.name for tensor in proto.initializer if tensor.data_type in (INT32, INT64)}
    found: set[str] = set()
    for node in proto.node:
        needed = frozenset[str]().union(*(needs.get(name, frozenset()) for name in node.input))
        needs |= dict.fromkeys(node.output, needed)
        if _gives_integers(node, integers):
            integers.update(node.output)
        elif needed and needed <= given:
            found.update(node.output)
    return found


def _gives_integers(node: Any, integers: Collection[str]) -> bool:
    if node.op_type == "Shape":
        return True
    if node.op_type == "Cast":
        return next(attribute.i for attribute in node.attribute if attribute.name == "to") in (INT32, INT64)
    return bool(node.input) and node.input[0] in integers and node.op_type != "ConstantOfShape"
