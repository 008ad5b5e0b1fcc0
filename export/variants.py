"""Puts a pipeline's variants beside its components: their graphs are made of the components' own, in milliseconds.

The weights are the component's file, linked once more; `limits.max_lora_rank` 0 in `serving.json` leaves those for
LoRAs out, `limits.reuse_joints` 0 those that use deep features again, and a pipeline without ControlNets has none for
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from diffusion.components import Component, Part, Variant
from diffusion.pipeline import PipelineSpec
from diffusion.variants import CONTROL_VARIANTS, LORA_VARIANTS, features_tensor, residual_tensors, variant_specs
from export.control_graph import add_control_inputs
from export.graph_file import GraphFile
from export.lora_graph import LAYERS, Layers, add_lora_inputs, lora_layers
from export.reuse_graph import keep_features, reuse_features

SERVED_FAMILIES = {"sd1"}
"""Whose LoRAs' names are known (`diffusion.loras.keys`)."""


def layers_of(spec: PipelineSpec, graphs: Mapping[Part, Path]) -> dict[str, Layers]:
    """(inputs, outputs) of each layer that a LoRA may change, by component; nothing where LoRAs are not served."""
    if spec.family not in SERVED_FAMILIES or not spec.limits.max_lora_rank:
        return {}
    return {
        component.value: lora_layers(GraphFile.read(path), component)
        for component, path in graphs.items()
        if isinstance(component, Component) and component in LAYERS
    }


def variant_graphs(spec: PipelineSpec, bound: Mapping[Part, Path]) -> Iterator[tuple[str, GraphFile]]:
    """The model's name and the graph of each variant of `spec`.

    Args:
        bound: the components' graphs, pointing into their weights.
    """
    for variant, declared in variant_specs(spec).items():
        component = Component(declared.component)
        graph = GraphFile.read(bound[component])
        if variant is Variant.UNET_KEEP:
            keep_features(graph, features_tensor(spec), spec.limits.reuse_joints)
        if variant is Variant.UNET_REUSE:
            reuse_features(graph, features_tensor(spec), spec.limits.reuse_joints)
        if variant in CONTROL_VARIANTS:
            add_control_inputs(graph, residual_tensors(spec))
        if variant in LORA_VARIANTS[component]:
            add_lora_inputs(graph, component)
        yield f"{spec.name}__{variant}", graph
