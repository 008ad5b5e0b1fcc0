"""Every network's tensors, said once.

Used by the exporter, the verifier, the Triton configs, the plan builder and the engine alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from diffusion.errors import ComponentFailedError

Tensor = NDArray[np.generic]


class Component(StrEnum):
    """The networks of a pipeline. The Triton model of one is called `<pipeline>__<component>`."""

    TEXT_ENCODER = "text_encoder"
    UNET = "unet"
    VAE_DECODER = "vae_decoder"
    VAE_ENCODER = "vae_encoder"


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One named input or output. `shape` mixes fixed sizes and symbolic axes; axis 0 is always `batch`."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]

    def __post_init__(self) -> None:
        if not self.shape or self.shape[0] != "batch":
            raise ValueError(f"{self.name}: the first axis must be 'batch', got {self.shape}")


@dataclass(frozen=True, slots=True)
class AxisBounds:
    """Smallest, typical and largest size of a symbolic axis; sizes are multiples of `multiple`."""

    min: int
    opt: int
    max: int
    multiple: int = 1


@dataclass(frozen=True, slots=True)
class ComponentSpec:
    """One network. `max_rows` caps the batch axis of one call; `tolerance` is the largest absolute difference allowed
    between the exported network and PyTorch in float32, with its reason."""

    component: Component
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    max_rows: int
    bounds: Mapping[str, AxisBounds]
    tolerance: float
    tolerance_reason: str
    weights: str  # the checkpoint's file, relative to its folder

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
