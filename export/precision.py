"""What a graph computes in. Its inputs and outputs are float32 in any case."""

from __future__ import annotations

from enum import StrEnum

from diffusion.components import Component


class Precision(StrEnum):
    """As `avila export --precision` names it."""

    FP32 = "fp32"
    FP16 = "fp16"


def component_precision(component: Component, wanted: Precision) -> Precision:
    """What `component` computes in where the pipeline is to be `wanted`.

    The autoencoder stays in float32: in half precision its activations overflow in some checkpoints (diffusers upcasts
    it too), and it runs once per picture, not once per step.
    """
    return wanted if component in (Component.UNET, Component.TEXT_ENCODER) else Precision.FP32
