"""The declarations of what most requests do without: ControlNets, and variants of components.

A LoRA variant has a component's own tensors and the low-rank factors beside them. A row names its set in `lora_set`, so
rows of one request carry its factors once, and rows with different LoRAs share a call (ADR 0105).

`unet_keep` also gives what comes out of the UNet's deep half, and `unet_reuse` takes it (`diffusion.reuse`).

The UNet's control variants take what ControlNets add to its skip connections and to its middle. A ControlNet scales
what it gives by each row's `conditioning_scale`, so rows of any weight share its call.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from diffusion.components import (
    CONTROL_IMAGE,
    CONTROL_SCALE,
    DEEP_FEATURES,
    LORA_DOWN,
    LORA_SET,
    LORA_UP,
    AxisBounds,
    Component,
    ComponentSpec,
    ControlNet,
    Network,
    TensorSpec,
    Variant,
)
from diffusion.pipeline import (
    LATENT_AXES,
    PICTURE,
    PipelineSpec,
    component_specs,
    denoiser_inputs,
    latent_bounds,
    picture_bounds,
    token_bounds,
)

LORA_VARIANTS: Mapping[Component, tuple[Variant, ...]] = {
    Component.UNET: (Variant.UNET_LORA, Variant.UNET_CONTROL_LORA),
    Component.TEXT_ENCODER: (Variant.TEXT_ENCODER_LORA,),
}
CONTROL_VARIANTS = (Variant.UNET_CONTROL, Variant.UNET_CONTROL_LORA)
REUSE_VARIANTS = (Variant.UNET_KEEP, Variant.UNET_REUSE)
CONTROL_TOLERANCE = 1e-4, "about fifty layers of float32 sums in another order"


def variant_specs(pipeline: PipelineSpec) -> dict[Variant, ComponentSpec]:
    """The variants that `pipeline` is installed with."""
    components = component_specs(pipeline)
    specs = {}
    for variant in Variant:
        component = Component.TEXT_ENCODER if variant is Variant.TEXT_ENCODER_LORA else Component.UNET
        takes_loras, takes_residuals = variant in LORA_VARIANTS[component], variant in CONTROL_VARIANTS
        is_served = (
            (not takes_loras or pipeline.lora_layers.get(component))
            and (not takes_residuals or pipeline.residuals)
            and (variant not in REUSE_VARIANTS or pipeline.deep_features is not None)
        )
        if not is_served:
            continue
        spec = dataclasses.replace(components[component], variant=variant)
        if variant in REUSE_VARIANTS:
            spec = _with_features(spec, pipeline)
        if takes_residuals:
            spec = _with_residuals(spec, pipeline)
        specs[variant] = _with_factors(spec, pipeline) if takes_loras else spec
    return specs


def features_tensor(pipeline: PipelineSpec) -> TensorSpec:
    """What the deep half of the UNet gives, in a pipeline that uses it again."""
    channels, halvings = pipeline.deep_features or (0, 0)
    return TensorSpec(DEEP_FEATURES, "float32", ("batch", channels, *(_halved(axis, halvings) for axis in LATENT_AXES)))


def controlnet_specs(pipeline: PipelineSpec) -> dict[ControlNet, ComponentSpec]:
    """The ControlNets that `pipeline` is installed with."""
    return {ControlNet.named(name): _controlnet(ControlNet.named(name), pipeline) for name in pipeline.controlnets}


def network_specs(pipeline: PipelineSpec) -> dict[Network, ComponentSpec]:
    """Every network of `pipeline`: its components, their variants and its ControlNets."""
    groups = component_specs(pipeline), variant_specs(pipeline), controlnet_specs(pipeline)
    return {spec.network: spec for group in groups for spec in group.values()}


def residual_tensors(pipeline: PipelineSpec) -> tuple[TensorSpec, ...]:
    """What a ControlNet gives and a control variant takes, in order."""
    last = len(pipeline.residuals) - 1
    return tuple(
        TensorSpec(
            "mid_residual" if number == last else f"down_residual_{number}",
            "float32",
            ("batch", channels, *(_halved(axis, halvings) for axis in LATENT_AXES)),
        )
        for number, (channels, halvings) in enumerate(pipeline.residuals)
    )


def _controlnet(component: ControlNet, pipeline: PipelineSpec) -> ComponentSpec:
    rows = pipeline.max_rows[Component.UNET]
    return ComponentSpec(
        component=component,
        inputs=(
            *denoiser_inputs(pipeline, pipeline.latent.channels),
            TensorSpec(CONTROL_IMAGE, "float32", PICTURE),
            TensorSpec(CONTROL_SCALE, "float32", ("batch",)),
        ),
        outputs=residual_tensors(pipeline),
        max_rows=rows,
        bounds={
            "batch": AxisBounds(1, min(2, rows), rows),
            **picture_bounds(pipeline, pipeline.limits.max_size),
            "tokens": token_bounds(pipeline),
            **_halved_bounds(pipeline),
        },
        tolerance=CONTROL_TOLERANCE[0],
        tolerance_reason=CONTROL_TOLERANCE[1],
    )


def _with_residuals(spec: ComponentSpec, pipeline: PipelineSpec) -> ComponentSpec:
    inputs = (*spec.inputs, *residual_tensors(pipeline))
    return dataclasses.replace(spec, inputs=inputs, bounds={**spec.bounds, **_halved_bounds(pipeline)})


def _with_features(spec: ComponentSpec, pipeline: PipelineSpec) -> ComponentSpec:
    features, bounds = features_tensor(pipeline), {**spec.bounds, **_halved_bounds(pipeline)}
    if spec.variant is Variant.UNET_KEEP:
        return dataclasses.replace(spec, outputs=(*spec.outputs, features), bounds=bounds)
    return dataclasses.replace(spec, inputs=(*spec.inputs, features), bounds=bounds)


def _with_factors(spec: ComponentSpec, pipeline: PipelineSpec) -> ComponentSpec:
    layers = pipeline.lora_layers[spec.component].values()
    inputs, outputs = (sum(sizes) for sizes in zip(*layers, strict=True))
    sets = AxisBounds(1, 1, spec.max_rows)
    rank = AxisBounds(1, min(16, pipeline.limits.max_lora_rank), pipeline.limits.max_lora_rank)
    return dataclasses.replace(
        spec,
        inputs=(
            *spec.inputs,
            TensorSpec(LORA_DOWN, "float32", ("sets", inputs, "rank")),
            TensorSpec(LORA_UP, "float32", ("sets", "rank", outputs)),
            TensorSpec(LORA_SET, "int32", ("batch",)),
        ),
        bounds={**spec.bounds, "sets": sets, "rank": rank},
    )


def _halved(axis: str, halvings: int) -> str:
    return f"{axis}_halved_{halvings}" if halvings else axis


def _halved_bounds(pipeline: PipelineSpec) -> dict[str, AxisBounds]:
    features = (pipeline.deep_features,) if pipeline.deep_features else ()
    levels = sorted({halvings for _, halvings in (*pipeline.residuals, *features) if halvings})
    return {
        _halved(axis, level): AxisBounds(
            bounds.min >> level, bounds.opt >> level, bounds.max >> level, max(1, bounds.multiple >> level)
        )
        for axis, bounds in latent_bounds(pipeline, pipeline.limits.max_size).items()
        for level in levels
    }
