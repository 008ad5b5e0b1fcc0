"""Preprocessors: from a picture to the map that a ControlNet follows. Slow work: use a thread."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np

from diffusion.control_fields import NO_PREPROCESSOR
from diffusion.errors import InvalidFieldError
from diffusion.events import Pixels
from diffusion.request import GenerationRequest

CANNY_THRESHOLDS = (100, 200)
"""Weak and strong edges; the usual ones of canny ControlNets."""


Thresholds = tuple[int, int]


def canny(picture: Pixels, thresholds: Thresholds = CANNY_THRESHOLDS) -> Pixels:
    """White edges on black, both RGB [height, width, 3]."""
    edges = cv2.Canny(np.ascontiguousarray(picture), *thresholds)
    return np.repeat(edges[:, :, None], 3, axis=2).astype(np.uint8)


INSTALLED: Mapping[str, Callable[[Pixels, Thresholds], Pixels]] = {
    NO_PREPROCESSOR: lambda picture, thresholds: picture,
    "canny": canny,
}
NEEDING_A_MODEL = {"depth": "no depth model is installed", "pose": "no pose model is installed"}
"""Preprocessors that are a network: a component of this project takes RGB and gives the map, and none ships yet."""
PREPROCESSORS = (*INSTALLED, *NEEDING_A_MODEL)


def check_preprocessor(field: str, name: str) -> None:
    """Raise InvalidFieldError unless a preprocessor of this name can run."""
    if name not in INSTALLED:
        usable, near = ", ".join(INSTALLED), difflib.get_close_matches(name, INSTALLED, n=1)
        reason = next((why for kind, why in NEEDING_A_MODEL.items() if kind in name), None)
        hint = f": {reason}; send a ready-made map" if reason else f" (did you mean {near[0]}?)" if near else ""
        raise InvalidFieldError(field, name, f"one of {usable}{hint}")


def map_of(picture: Pixels, preprocessor: str, thresholds: Thresholds = CANNY_THRESHOLDS) -> Pixels:
    """The map of a picture, as large. Raises what `check_preprocessor` raises."""
    check_preprocessor("preprocessor", preprocessor)
    return INSTALLED[preprocessor](picture, thresholds)


def with_maps(request: GenerationRequest, preprocessors: Sequence[str]) -> GenerationRequest:
    """`request`, whose controls hold pictures of its size, with their maps."""
    controls = tuple(
        dataclasses.replace(control, image=map_of(control.image, name)) if control.image is not None else control
        for control, name in zip(request.controls, preprocessors, strict=True)
    )
    return dataclasses.replace(request, controls=controls)
