"""Gives a text encoder's graph what prompts need beyond tokens, without torch and without a second export.

`token_embeddings` [batch, tokens, width] holds the vector of every token whose id is negative (textual inversion);
`clip_skip` [batch] is how many of the last layers a row leaves out, before the last normalisation. Zeros change
nothing: the same values reach the output.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from diffusion.components import CLIP_SKIP, TOKEN_EMBEDDINGS
from export.graph_edit import FLOAT, FLOAT16, INT32, INT64, add_constant, add_input, new_node, replace_nodes
from export.graph_file import EXTERNAL, GraphFile

_EMBEDDING = "embeddings.token_embedding.weight"
_FINAL = "final_layer_norm.weight"
_LAYER = re.compile(r"encoder\.layers\.(\d+)\.layer_norm1\.weight")


def skippable_layers(graph: GraphFile) -> int:
    """How many layers a request may leave out; 0 for a graph that does not end with the last normalisation."""
    norms = _norms(graph.graph)
    is_plain = _FINAL in norms and _gather(graph.graph) is not None
    return max(0, len(norms) - 2) if is_plain else 0


def add_prompt_inputs(graph: GraphFile) -> None:
    """Add both inputs to `graph`, which has layers that can be left out."""
    proto = graph.graph
    half = graph.properties.get("precision") == "fp16"
    norms, gather = _norms(proto), _gather(proto)
    before = {id(gather): _split_ids(gather), id(norms[_FINAL]): _chosen_layer(norms)}
    after = {id(gather): _replaced_tokens(gather, half)}
    nodes = []
    for node in proto.node:
        nodes += [*before.get(id(node), []), node, *after.get(id(node), [])]
    replace_nodes(proto, nodes)
    width = next(tensor.dims[1] for tensor in proto.initializer if tensor.name == _EMBEDDING)
    add_input(proto, TOKEN_EMBEDDINGS, FLOAT, ("batch", "tokens", width))
    add_input(proto, CLIP_SKIP, INT32, ("batch",))
    add_constant(proto, "prompt::zero", INT32, np.array(0, "<i4"))
    add_constant(proto, "prompt::last", INT64, np.array([2], "<i8"))
    add_constant(proto, "prompt::rows", INT64, np.array([1, 2], "<i8"))
    for skipped in range(1, len(norms) - 1):
        add_constant(proto, f"prompt::skip{skipped}", INT32, np.array(skipped, "<i4"))


def _norms(proto: Any) -> dict[str, Any]:
    """The normalisation before each layer and the last one, by their weights' names: their inputs are hidden states."""
    found = {}
    for node in proto.node:
        name = node.input[1].removesuffix("::cast") if node.op_type == "LayerNormalization" else ""
        if name == _FINAL or _LAYER.fullmatch(name):
            found[name] = node
    return found


def _gather(proto: Any) -> Any:
    stored = {tensor.name for tensor in proto.initializer if tensor.data_location == EXTERNAL}
    looked_up = (node for node in proto.node if node.op_type == "Gather" and _EMBEDDING in stored)
    return next((node for node in looked_up if node.input[0].removesuffix("::cast") == _EMBEDDING), None)


def _split_ids(gather: Any) -> list[Any]:
    """Before the lookup: which ids are negative, and ids that can be looked up."""
    ids = gather.input[1]
    gather.input[1] = "prompt::ids"
    return [
        new_node(gather, "Less", [ids, "prompt::zero"], "prompt::is_given"),
        new_node(gather, "Unsqueeze", ["prompt::is_given", "prompt::last"], "prompt::mask"),
        new_node(gather, "Max", [ids, "prompt::zero"], "prompt::ids"),
    ]


def _replaced_tokens(gather: Any, half: bool) -> list[Any]:
    result, given = gather.output[0], TOKEN_EMBEDDINGS
    gather.output[0] = "prompt::looked_up"
    nodes = []
    if half:
        given = "prompt::half"
        nodes.append(new_node(gather, "Cast", [TOKEN_EMBEDDINGS], given, to=FLOAT16))
    return [*nodes, new_node(gather, "Where", ["prompt::mask", given, "prompt::looked_up"], result)]


def _chosen_layer(norms: dict[str, Any]) -> list[Any]:
    """Before the last normalisation: the hidden states that each row wants."""
    final, layers = norms[_FINAL], len(norms) - 1
    chosen, nodes = final.input[0], []
    for skipped in range(1, layers):
        states = norms[f"encoder.layers.{layers - skipped}.layer_norm1.weight"].input[0]
        is_wanted, mask, result = (f"prompt::{what}{skipped}" for what in ("is_wanted", "wanted", "chosen"))
        nodes += [
            new_node(final, "Equal", [CLIP_SKIP, f"prompt::skip{skipped}"], is_wanted),
            new_node(final, "Unsqueeze", [is_wanted, "prompt::rows"], mask),
            new_node(final, "Where", [mask, states, chosen], result),
        ]
        chosen = result
    final.input[0] = chosen
    return nodes
