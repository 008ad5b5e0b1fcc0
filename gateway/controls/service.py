"""Preprocessors: from a picture to the map that a ControlNet follows. Slow work: use a thread."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np

from diffusion.control_fields import NO_PREPROCESSOR
from diffusion.errors import InvalidFieldError
from diffusion.events import Pixels
from diffusion.request import GenerationRequest

CANNY_THRESHOLDS = (100, 200)
"""Weak and strong edges; the usual ones of canny ControlNets."""


def canny(picture: Pixels) -> Pixels:
    """White edges on black, both RGB [height, width, 3]."""
    edges = cv2.Canny(np.ascontiguousarray(picture), *CANNY_THRESHOLDS)
    return np.repeat(edges[:, :, None], 3, axis=2).astype(np.uint8)


INSTALLED: Mapping[str, Callable[[Pixels], Pixels]] = {NO_PREPROCESSOR: lambda picture: picture, "canny": canny}
NEEDING_A_MODEL = {"depth": "no depth model is installed", "pose": "no pose model is installed"}
"""Preprocessors that are a network: a component of this project takes RGB and gives the map, and none ships yet."""
PREPROCESSORS = (*INSTALLED, *NEEDING_A_MODEL)


def check_preprocessor(field: str, name: str) -> None:
    """Raise InvalidFieldError unless a preprocessor of this name can run."""
    if name not in INSTALLED:
        usable = ", ".join(INSTALLED)
        reason = NEEDING_A_MODEL.get(name)
        raise InvalidFieldError(
            field, name, f"one of {usable}" + (f": {reason}; send a ready-made map" if reason else "")
        )


def map_of(picture: Pixels, preprocessor: str) -> Pixels:
    """The map of a picture, as large. Raises what `check_preprocessor` raises."""
    check_preprocessor("preprocessor", preprocessor)
    return INSTALLED[preprocessor](picture)


def with_maps(request: GenerationRequest, preprocessors: Sequence[str]) -> GenerationRequest:
    """`request`, whose controls hold pictures of its size, with their maps."""
    controls = tuple(
        dataclasses.replace(control, image=INSTALLED[name](control.image)) if control.image is not None else control
        for control, name in zip(request.controls, preprocessors, strict=True)
    )
    return dataclasses.replace(request, controls=controls)
