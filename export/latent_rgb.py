"""Fits the linear map from a latent to a colour that previews use, to the checkpoint's own autoencoder.

Pictures of soft colour patches are encoded, their latents decoded, and each latent cell paired with the mean colour of
the pixels it stands for; least squares gives the map. ONNX Runtime does it at installation in about a second, so the
map belongs to the very weights that are installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PICTURES = 8
SIDE = 64  # pixels of one picture; small, since decoders of the usual size need seconds for large ones
MIN_CELLS = 8  # latents per side

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class LatentRgb:
    """colour = latent @ matrix + bias, with colours in 0 … 1 and latents scaled as the UNet sees them.

    `share` is the part of the colours' variance that the map explains, 0 … 1.
    """

    matrix: tuple[Colour, ...]
    bias: Colour
    share: float


def fit(encoder: Path, decoder: Path, pixels: int, scaling_factor: float, shift_factor: float = 0.0) -> LatentRgb:
    """The map of the autoencoder whose graphs lie at `encoder` and `decoder`.

    Args:
        pixels: side of the square of pixels that one latent stands for.
        scaling_factor, shift_factor: latents in the UNet's scale are (mean - shift) * scaling.
    """
    cells = max(MIN_CELLS, SIDE // pixels)
    pictures = _soft_patches(cells * pixels)
    means = _run(encoder, "sample", pictures, "latent_mean")
    decoded = _run(decoder, "latent_sample", means, "sample")
    latents = ((means - shift_factor) * scaling_factor).transpose(0, 2, 3, 1).reshape(-1, means.shape[1])
    blocks = decoded.reshape(PICTURES, 3, cells, pixels, cells, pixels).mean(axis=(3, 5))
    colours = (blocks / 2 + 0.5).transpose(0, 2, 3, 1).reshape(-1, 3)
    return solve(latents, colours)


def solve(latents: NDArray[np.float32], colours: NDArray[np.float32]) -> LatentRgb:
    """Least squares of colours [n, 3] on latents [n, channels] and a constant."""
    design = np.concatenate([latents, np.ones((len(latents), 1), np.float32)], axis=1).astype(np.float64)
    solution, *_ = np.linalg.lstsq(design, colours.astype(np.float64), rcond=None)
    left = np.var(colours - design @ solution, axis=0).sum()
    rows = [_colour(row) for row in solution]
    return LatentRgb(tuple(rows[:-1]), rows[-1], share=float(1 - left / max(np.var(colours, axis=0).sum(), 1e-12)))


def _colour(row: NDArray[np.float64]) -> Colour:
    red, green, blue = (round(float(value), 5) for value in row)
    return red, green, blue


def _soft_patches(side: int) -> NDArray[np.float32]:
    """[PICTURES, 3, side, side] in -1 … 1: random colours on coarse grids, interpolated to full size."""
    generator = np.random.default_rng(0)
    pictures = np.empty((PICTURES, 3, side, side), np.float32)
    for index in range(PICTURES):
        grid = 3 + index
        knots = generator.uniform(-1, 1, (3, grid, grid))
        places = np.linspace(0, grid - 1, side)
        weights = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(grid)[None, :]))
        pictures[index] = weights @ knots @ weights.T
    return pictures


def _run(graph: Path, name: str, values: NDArray[np.float32], output: str) -> NDArray[np.float32]:
    """One picture at a time, so that memory does not grow with their number."""
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    rows = [session.run([output], {name: values[index : index + 1]})[0] for index in range(len(values))]
    return np.concatenate(rows).astype(np.float32)
