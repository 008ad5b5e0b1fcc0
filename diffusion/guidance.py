"""Guidance is rows: which text conditions each row of a denoising call, and how an image's rows become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffusion.state import ImageState, Latents, RequestState


@dataclass(frozen=True, slots=True)
class RowPlan:
    """The rows of one call: the conditional rows of all images first, then the unconditional ones.

    Attributes:
        conditional: of each conditional row, the number of its image; unconditional: likewise.
        texts: of each row, its image's request and the number of the text that conditions it now.
        weights: of each conditional row, how hard it pulls beside the others of its image.
        scales: of each image, how far to go from the unconditional prediction.
        rescale: of each image, how far its deviation is brought back to the conditional prediction's.
    """

    conditional: tuple[int, ...]
    unconditional: tuple[int, ...]
    texts: tuple[tuple[RequestState, int], ...]
    weights: NDArray[np.float32]
    scales: NDArray[np.float32]
    rescale: tuple[float, ...]

    @property
    def images(self) -> list[int]:
        """Number of each row's image."""
        return [*self.conditional, *self.unconditional]


def plan_rows(images: Sequence[ImageState]) -> RowPlan:
    """The rows that `images` need in their next step."""
    conditional, unconditional, weights = [], [], []
    texts: list[tuple[RequestState, int]] = []
    negatives: list[tuple[RequestState, int]] = []
    for number, image in enumerate(images):
        prompt, step = image.parent.prompt, image.prompt_step
        for track in prompt.positive:
            conditional.append(number)
            texts.append((image.parent, track.at(step)))
            weights.append(track.weight)
        if needs_unconditional(image.parent, is_guided=image.is_guided):
            unconditional.append(number)
            negatives.append((image.parent, prompt.negative.at(step)))
    return RowPlan(
        tuple(conditional),
        tuple(unconditional),
        (*texts, *negatives),
        np.array(weights, np.float32),
        np.array([scale_of(image.parent, is_guided=image.is_guided) for image in images], np.float32),
        tuple(image.parent.request.guidance_rescale if image.is_guided else 0.0 for image in images),
    )


def embedded_scales(scales: Sequence[float], width: int) -> NDArray[np.float32]:
    """What tells a UNet each row's guidance scale, float32 [rows, width].

    Meng et al. 2023, arXiv 2210.03142, as in Luo et al. 2023, arXiv 2310.04378; frequencies as of a timestep.
    A scale of 1 is no guidance.
    """
    half = width // 2
    frequencies = np.exp(np.arange(half, dtype=np.float32) * -(np.log(np.float32(10000.0)) / np.float32(half - 1)))
    weights = (np.array(scales, np.float64) - 1.0).astype(np.float32) * np.float32(1000.0)
    angles = weights[:, None] * frequencies[None, :]
    embedded = np.zeros((len(weights), width), np.float32)
    embedded[:, :half], embedded[:, half : 2 * half] = np.sin(angles), np.cos(angles)
    return embedded


def scale_of(state: RequestState, *, is_guided: bool) -> float:
    """Guidance scale; 1 when guidance is off."""
    return state.request.guidance_scale if is_guided else 1.0


def needs_unconditional(state: RequestState, *, is_guided: bool) -> bool:
    """Whether the unconditional prediction has any share in the result."""
    return scale_of(state, is_guided=is_guided) * sum(track.weight for track in state.prompt.positive) != 1.0


def rows_per_image(state: RequestState, *, is_guided: bool) -> int:
    """Rows that an image of `state` has in a step with guidance or without."""
    return len(state.prompt.positive) + needs_unconditional(state, is_guided=is_guided)


def combine(rows: RowPlan, output: Latents) -> Latents:
    """One prediction per image from the rows of a call: u + scale · Σ weight · (c - u), u 0 where not needed.

    `output` is float32 [rows, C, h, w].
    """
    count, split = len(rows.scales), len(rows.conditional)
    conditional, unconditional = output[:split], output[split:]
    if len(unconditional) == count:
        base = unconditional
    else:
        base = np.zeros((count, *output.shape[1:]), np.float32)
        base[list(rows.unconditional)] = unconditional
    if split == count:
        pull = _column(rows.weights) * (conditional - base)
    else:
        pull = np.zeros_like(base)
        numbers = list(rows.conditional)
        np.add.at(pull, numbers, _column(rows.weights) * (conditional - base[numbers]))
    combined: Latents = base + _column(rows.scales) * pull
    return combined


def rescaled(rows: RowPlan, output: Latents, combined: Latents) -> Latents:
    """`combined` with the deviation of each image brought back to its conditional prediction's, as far as it asks.

    Lin et al. 2023, arXiv 2305.08891, section 3.4: strong guidance without washed-out contrast. `output` and
    `combined` as in `combine`; neither is changed.
    """
    if not any(rows.rescale):
        return combined
    result = combined.copy()
    for image, amount in enumerate(rows.rescale):
        if amount:
            of_image = [row for row, number in enumerate(rows.conditional) if number == image]
            conditional = (_column(rows.weights[of_image]) * output[of_image]).sum(axis=0)
            deviation = combined[image].std(dtype=np.float64)
            ratio = conditional.std(dtype=np.float64) / deviation if deviation else 1.0
            result[image] *= np.float32(amount * ratio + (1.0 - amount))
    return result


def _column(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values[:, None, None, None]
