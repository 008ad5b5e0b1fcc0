"""Every network's tensors, said once.

Used by the exporter, the verifier, the Triton configs, the plan builder and the engine alike.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from diffusion.errors import ComponentFailedError

Tensor = NDArray[np.generic]


class Component(StrEnum):
    """The networks of a pipeline. The Triton model of one is called `<pipeline>__<component>`."""

    TEXT_ENCODER = "text_encoder"
    TEXT_ENCODER_2 = "text_encoder_2"
    UNET = "unet"
    TRANSFORMER = "transformer"
    VAE_DECODER = "vae_decoder"
    VAE_ENCODER = "vae_encoder"
    # these belong to no pipeline; see diffusion.standalone
    SAFETY_CHECKER = "safety_checker"
    DEPTH_ESTIMATOR = "depth_estimator"
    POSE_ESTIMATOR = "pose_estimator"


STANDALONE = (Component.SAFETY_CHECKER, Component.DEPTH_ESTIMATOR, Component.POSE_ESTIMATOR)


TOKEN_EMBEDDINGS, CLIP_SKIP = "token_embeddings", "clip_skip"
"""Inputs of a text encoder: vectors of tokens with negative ids, and how many of the last layers a row leaves out."""
TEXT_ENCODERS = (Component.TEXT_ENCODER, Component.TEXT_ENCODER_2)
DENOISERS = (Component.UNET, Component.TRANSFORMER)
"""What is called at each step; a pipeline has one of them."""


class Variant(StrEnum):
    """Further graphs over the weights of a component; requests that do not need one do not pay for it."""

    UNET_LORA = "unet_lora"
    UNET_CONTROL = "unet_control"
    UNET_CONTROL_LORA = "unet_control_lora"
    UNET_KEEP = "unet_keep"
    UNET_REUSE = "unet_reuse"
    TEXT_ENCODER_LORA = "text_encoder_lora"


class ControlNet(str):
    """A component of which a pipeline may have several: `controlnet_<name>`."""

    __slots__ = ()
    PREFIX = "controlnet_"

    @classmethod
    def named(cls, name: str) -> ControlNet:
        """The component of the ControlNet `name`."""
        return cls(f"{cls.PREFIX}{name}")

    @property
    def name(self) -> str:
        """What requests call it."""
        return self.removeprefix(self.PREFIX)


Part = Component | ControlNet
"""A network with weights of its own, or a part of one."""
Network = Component | Variant | ControlNet
GUIDANCE = "timestep_cond"
"""Input of a UNet that was distilled to be told the guidance scale; see `diffusion.guidance.embedded_scales`."""
LORA_DOWN, LORA_UP, LORA_SET = "lora_down", "lora_up", "lora_set"
"""Inputs of a LoRA variant: factors by set, and which set a row uses."""
DEEP_FEATURES = "deep_features"
"""What the deep half of a UNet gives: an output of the variant `unet_keep`, an input of `unet_reuse`."""
CONTROL_IMAGE, CONTROL_SCALE = "controlnet_cond", "conditioning_scale"
"""Inputs of a ControlNet: a row's map in 0 … 1, and how strongly it acts."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One named input or output. `shape` mixes fixed sizes and symbolic axes; axis 0 is `batch`,
    or `sets` where rows share what they use."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]

    def __post_init__(self) -> None:
        if not self.shape or self.shape[0] not in ("batch", "sets"):
            raise ValueError(f"{self.name}: the first axis must be 'batch' or 'sets', got {self.shape}")


@dataclass(frozen=True, slots=True)
class AxisBounds:
    """Smallest, typical and largest size of a symbolic axis; sizes are multiples of `multiple`."""

    min: int
    opt: int
    max: int
    multiple: int = 1


@dataclass(frozen=True, slots=True)
class ComponentSpec:
    """One network. `max_rows` caps the batch axis of one call; `tolerance`, with its reason, is the largest difference
    allowed between the exported network and PyTorch in float32, of values beyond 1 in parts of the value."""

    component: Part
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    max_rows: int
    bounds: Mapping[str, AxisBounds]
    tolerance: float
    tolerance_reason: str
    variant: Variant | None = None

    @property
    def network(self) -> Network:
        """What the Triton model is called after."""
        return self.variant or self.component

    @property
    def shared_inputs(self) -> frozenset[str]:
        """Inputs that belong to no row."""
        return frozenset(tensor.name for tensor in self.inputs if tensor.shape[0] == "sets")

    @property
    def is_seldom_used(self) -> bool:
        """Whether most requests do without it, so that it is opened by the first one that does not."""
        is_extra = isinstance(self.component, ControlNet) or self.component in STANDALONE
        return self.variant is not None or is_extra

    def check_inputs(self, tensors: Mapping[str, Tensor]) -> int:
        """Check names, dtypes and shapes of one call; returns its number of rows.

        Raises:
            ComponentFailedError: naming the tensor, what was given and what is expected.
        """
        expected = {spec.name for spec in self.inputs}
        if set(tensors) != expected:
            raise ComponentFailedError(self.component, f"inputs {sorted(tensors)} given, {sorted(expected)} expected")
        axes: dict[str, int] = {}
        for spec in self.inputs:
            self._check(spec, tensors[spec.name], axes)
        if axes["batch"] > self.max_rows:
            raise ComponentFailedError(self.component, f"{axes['batch']} rows given, at most {self.max_rows} allowed")
        return axes["batch"]

    def _check(self, spec: TensorSpec, tensor: Tensor, axes: dict[str, int]) -> None:
        if tensor.dtype != np.dtype(spec.dtype):
            raise ComponentFailedError(self.component, f"{spec.name}: {tensor.dtype} given, {spec.dtype} expected")
        fits = tensor.ndim == len(spec.shape) and all(
            size == (axis if isinstance(axis, int) else axes.setdefault(axis, size)) and self._in_bounds(axis, size)
            for axis, size in zip(spec.shape, tensor.shape, strict=True)
        )
        if not fits:
            raise ComponentFailedError(
                self.component, f"{spec.name}: shape {tensor.shape} given, {spec.shape} expected"
            )

    def _in_bounds(self, axis: int | str, size: int) -> bool:
        bounds = self.bounds.get(axis) if isinstance(axis, str) else None
        return size > 0 and (bounds is None or (bounds.min <= size <= bounds.max and size % bounds.multiple == 0))


def denoiser_among(components: Container[str]) -> Component:
    """The one of a pipeline's components that is called at each step."""
    return next(component for component in DENOISERS if component in components)


def smallest_inputs(spec: ComponentSpec) -> dict[str, Tensor]:
    """Zeros of one row and the least size that `spec` allows."""
    return sample_inputs(spec, {"batch": 1})


def sample_inputs(spec: ComponentSpec, sizes: Mapping[str, int]) -> dict[str, Tensor]:
    """Zeros of these sizes of axes, and of the least that `spec` allows for all others."""
    return {
        tensor.name: np.zeros(
            [axis if isinstance(axis, int) else sizes.get(axis, spec.bounds[axis].min) for axis in tensor.shape],
            tensor.dtype,
        )
        for tensor in spec.inputs
    }
