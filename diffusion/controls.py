"""What ControlNets add to a batch: each is called once, with the rows that it acts on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from diffusion.components import CONTROL_IMAGE, CONTROL_SCALE, ControlNet, Tensor
from diffusion.pipeline import PipelineSpec
from diffusion.request import Control
from diffusion.resampling import ResizeMode, resized
from diffusion.runner import Runner
from diffusion.state import ImageState
from diffusion.variants import controlnet_specs

Map = NDArray[np.float32]
RowsOf = tuple[tuple[int, Control], ...]
"""Rows of a batch, and what acts on each."""


class Controls:
    """Stateless but for the packed maps of the last batch. Raises what the runner raises."""

    def __init__(self, spec: PipelineSpec, runner: Runner) -> None:
        self._runner = runner
        self._specs = controlnet_specs(spec)
        self._channels = spec.latent.channels
        self._pixels = spec.latent.pixels
        self._packed: dict[str, tuple[tuple[int, ...], tuple[Control, ...], Map]] = {}

    def residuals(self, images: Sequence[ImageState], inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The further inputs of the UNet's control variant.

        Args:
            images: of each row, its image; each has a ControlNet that acts now.
            inputs: of the UNet, a row for each.
        """
        totals: dict[str, Tensor] = {}
        for name, rows in _by_network(images):
            numbers = [number for number, _ in rows]
            found = self._call(name, rows, inputs)
            for tensor, values in found.items():
                if tensor not in totals:
                    totals[tensor] = np.zeros((len(images), *values.shape[1:]), np.float32)
                np.add.at(totals[tensor], numbers, values)
        return totals

    def forget(self) -> None:
        """Drop what is kept for the next step."""
        self._packed = {}

    def _call(self, name: str, rows: RowsOf, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        network = ControlNet.named(name)
        spec, numbers = self._specs[network], [number for number, _ in rows]
        given = {tensor.name: inputs[tensor.name][numbers] for tensor in spec.inputs if tensor.name in inputs}
        given["sample"] = np.ascontiguousarray(given["sample"][:, : self._channels])  # what an inpainting UNet adds
        given[CONTROL_IMAGE] = self._maps(name, tuple(control for _, control in rows), given["sample"].shape[2:])
        given[CONTROL_SCALE] = np.array([control.weight for _, control in rows], np.float32)
        parts: list[Mapping[str, Tensor]] = []
        for start in range(0, len(rows), spec.max_rows):
            part = {tensor: values[start : start + spec.max_rows] for tensor, values in given.items()}
            parts.append(self._runner.run(network, part))
        return {tensor.name: np.concatenate([part[tensor.name] for part in parts]) for tensor in spec.outputs}

    def _maps(self, name: str, controls: tuple[Control, ...], size: tuple[int, ...]) -> Map:
        # most steps run the rows of the step before: do not convert their maps again
        known = self._packed.get(name)
        if known is not None and known[0] == size and _are_same(known[1], controls):
            return known[2]
        height, width = (side * self._pixels for side in size)
        maps = np.stack([_map(control, width, height) for control in controls])
        self._packed[name] = (size, controls, maps)
        return maps


def _by_network(images: Sequence[ImageState]) -> list[tuple[str, RowsOf]]:
    """In the order in which they are named, and of one request as often as it names it."""
    found: dict[tuple[str, int], list[tuple[int, Control]]] = {}
    for row, image in enumerate(images):
        seen: dict[str, int] = {}
        for number in image.current.acting(image.evaluation):
            control = image.parent.request.controls[number]
            again = seen[control.model] = seen.get(control.model, -1) + 1
            found.setdefault((control.model, again), []).append((row, control))
    return [(model, tuple(rows)) for (model, _), rows in found.items()]


def _are_same(first: Sequence[Control], second: Sequence[Control]) -> bool:
    """Equality leaves the maps out, and their request lives as long as they are packed."""
    return len(first) == len(second) and all(a is b for a, b in zip(first, second, strict=True))


def _map(control: Control, width: int, height: int) -> Map:
    assert control.image is not None  # noqa: S101 by admission
    image = control.image
    if image.shape[:2] != (height, width):  # a second pass of another size
        image = resized(image, width, height, ResizeMode.STRETCH)
    values: Map = image.transpose(2, 0, 1).astype(np.float32) / np.float32(255.0)
    return values
