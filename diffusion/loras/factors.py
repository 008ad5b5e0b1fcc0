"""A set of LoRAs as two arrays per component: several LoRAs stand behind each other along the rank.

The sum of `weight * alpha / rank * up_i down_i` over the LoRAs is one product of the stacked factors, so a set of any
number costs what one LoRA of their ranks' sum costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diffusion.components import LORA_DOWN, LORA_SET, LORA_UP, Tensor
from diffusion.loras.file import LoraFileError, LoraHeader, read_header
from diffusion.loras.keys import Factors, Layer, factors_of
from diffusion.pipeline import PipelineSpec

Array = NDArray[np.float32]
SetKey = tuple[tuple[str, tuple[int, int], float], ...]
"""Of each LoRA: its file, the file's time and size, and its weight."""


@dataclass(frozen=True, slots=True, eq=False)
class StackedFactors:
    """One component's share of the set `key`: `down` [all inputs, rank], `up` [rank, all outputs]."""

    key: SetKey
    down: Array
    up: Array

    @property
    def rank(self) -> int:
        """Sum of the LoRAs' ranks."""
        return int(self.up.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class LoraSet:
    """What a request's rows carry. `components` has those that the LoRAs change."""

    key: SetKey
    components: Mapping[str, StackedFactors]

    @property
    def num_bytes(self) -> int:
        """Memory it takes."""
        return sum(part.down.nbytes + part.up.nbytes for part in self.components.values())


def factors_for(loras: LoraSet | None, component: str) -> StackedFactors | None:
    """What `loras` change of a component; None for nothing."""
    return loras.components.get(component) if loras is not None else None


def read_set(key: SetKey, spec: PipelineSpec) -> LoraSet:
    """Read the LoRAs of `key` for the pipeline `spec`.

    Raises:
        LoraFileError: a file that cannot be used with it.
    """
    opened = [(_open(Path(path), spec), weight) for path, _, weight in key]
    components = {}
    for component, layers in spec.lora_layers.items():
        parts = [
            (header, {layer: factors for layer, factors in found.items() if layer[0] == component}, weight)
            for (header, found), weight in opened
        ]
        used = [part for part in parts if part[1]]
        if used:
            down, up = _stacked(used, layers, spec.limits.max_lora_rank)
            components[component] = StackedFactors(key, down, up)
    return LoraSet(key, components)


def pack_rows(rows: Sequence[StackedFactors]) -> dict[str, Tensor]:
    """The inputs of a LoRA variant for rows with these factors: equal ones travel once, smaller ranks are filled up."""
    sets = list(dict.fromkeys(rows))
    numbers = {factors: number for number, factors in enumerate(sets)}
    rank = max(part.rank for part in sets)
    down = np.zeros((len(sets), sets[0].down.shape[0], rank), np.float32)
    up = np.zeros((len(sets), rank, sets[0].up.shape[1]), np.float32)
    for number, part in enumerate(sets):
        down[number, :, : part.rank] = part.down
        up[number, : part.rank] = part.up
    return {LORA_DOWN: down, LORA_UP: up, LORA_SET: np.array([numbers[row] for row in rows], np.int32)}


def _open(path: Path, spec: PipelineSpec) -> tuple[LoraHeader, dict[Layer, Factors]]:
    header = read_header(path)
    return header, factors_of(header, spec.lora_layers)


def _stacked(
    parts: Sequence[tuple[LoraHeader, Mapping[Layer, Factors], float]],
    layers: Mapping[str, tuple[int, int]],
    max_rank: int,
) -> tuple[Array, Array]:
    ranks = [max(factors.rank for factors in found.values()) for _, found, _ in parts]
    if sum(ranks) > max_rank:
        raise LoraFileError(parts[-1][0].path, f"ranks add up to {sum(ranks)}, at most {max_rank} are served")
    inputs, outputs = (sum(sizes) for sizes in zip(*layers.values(), strict=True))
    down, up = np.zeros((inputs, sum(ranks)), np.float32), np.zeros((sum(ranks), outputs), np.float32)
    start = 0
    for (header, found, weight), rank in zip(parts, ranks, strict=True):
        _fill(header, found, weight, layers, (down[:, start : start + rank], up[start : start + rank]))
        start += rank
    return down, up


def _fill(
    header: LoraHeader,
    found: Mapping[Layer, Factors],
    weight: float,
    layers: Mapping[str, tuple[int, int]],
    target: tuple[Array, Array],
) -> None:
    names = [name for f in found.values() for name in (f.down, f.up, f.alpha_name) if name]
    tensors, by_name = header.read(names), {layer[1]: factors for layer, factors in found.items()}
    row = column = 0
    for name, (inputs, outputs) in layers.items():
        factors = by_name.get(name)
        if factors is not None:
            alpha = float(tensors[factors.alpha_name].reshape(-1)[0]) if factors.alpha_name else factors.alpha
            scale = weight * (1.0 if alpha is None else alpha / factors.rank)
            target[0][row : row + inputs, : factors.rank] = tensors[factors.down].reshape(factors.rank, inputs).T
            target[1][: factors.rank, column : column + outputs] = tensors[factors.up].reshape(
                outputs, factors.rank
            ).T * np.float32(scale)
        row, column = row + inputs, column + outputs
