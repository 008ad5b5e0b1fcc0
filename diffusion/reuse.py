"""Skipping work between steps: what the deep half of the UNet gave is used again up to the next whole evaluation.

DeepCache (Ma and others 2023, arXiv:2312.00858). A request asks for it with `cache_interval` k: of its evaluations the
first and then every k-th is whole, counted anew in each pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from diffusion.components import DEEP_FEATURES, Tensor
from diffusion.state import ImageState


def remembered(images: Sequence[ImageState], rows: Sequence[int]) -> Tensor:
    """The features of each row, [rows, C, h, w].

    Args:
        images: all have features of an earlier evaluation.
        rows: of each row, the number of its image; see `RowPlan`.
    """
    found = []
    for number, place in zip(rows, _places(rows), strict=True):
        features = images[number].features
        assert features is not None  # noqa: S101 the first evaluation of a pass is whole
        found.append(features[place])
    return np.stack(found)


def remember(images: Sequence[ImageState], rows: Sequence[int], outputs: Mapping[str, Tensor]) -> None:
    """Keep what a whole evaluation gave beside its prediction."""
    features = np.asarray(outputs[DEEP_FEATURES], np.float32)
    for number, image in enumerate(images):
        image.features = features[[row for row, of in enumerate(rows) if of == number]]


def _places(rows: Sequence[int]) -> list[int]:
    """Of each row, which of its image's it is. The unconditional one is the last, so it may be left out later on."""
    seen: dict[int, int] = {}
    places = []
    for number in rows:
        places.append(seen.get(number, 0))
        seen[number] = places[-1] + 1
    return places
