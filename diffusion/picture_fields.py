"""The pictures that a request starts from, checked: their sizes, the mask and its options, the strength."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from diffusion.checks import (
    MAX_PIXELS,
    check_boolean,
    check_integer,
    check_mask,
    check_number,
    check_one_of,
    check_picture,
    check_size,
)
from diffusion.errors import InvalidFieldError
from diffusion.events import Pixels
from diffusion.pipeline import Limits, PipelineSpec
from diffusion.request import MaskContent, Outpaint
from diffusion.resampling import ResizeMode, resized

DEFAULT_STRENGTH = 0.75
DEFAULT_BLUR, MAX_BLUR = 4, 64
DEFAULT_PADDING, MAX_PADDING = 32, 1024
OUTPAINT_STRENGTH = 1.0  # nothing of what is added is to be kept
MAX_OUTPAINT = 4096
NEED_AN_IMAGE = {
    "strength": "to start from",
    "resize_mode": "to resize",
    "mask": "that it is for",
    "outpaint": "to extend",
}
MASK_OPTIONS = ("mask_blur", "mask_content", "invert_mask", "only_masked", "only_masked_padding")


def read_pictures(values: Mapping[str, Any], spec: PipelineSpec) -> dict[str, Any]:
    """Width and height, and the fields that concern the image.

    An image without a mask is brought to width × height. One with a mask keeps its size, unless `resize_mode` is given:
    the picture that comes out is as large, whatever size its part is generated at.

    Raises:
        InvalidFieldError: naming the field.
    """
    image = check_picture("image", values.get("image"))
    if image is None:
        for name, more in NEED_AN_IMAGE.items():
            if name in values:
                given = _size(values[name]) if isinstance(values[name], np.ndarray) else values[name]
                raise InvalidFieldError(name, given, f"none without an image {more}")
    masked = _read_mask(values, image)
    outpaint = masked.get("outpaint")
    if outpaint is not None and "resize_mode" in values:
        raise InvalidFieldError("resize_mode", values["resize_mode"], "none with outpaint, which gives the size")
    width, height = _generated_size(values, spec, None if masked.get("only_masked") else image, outpaint)
    mode = check_one_of("resize_mode", values.get("resize_mode", ResizeMode.CROP), tuple(ResizeMode))
    if image is not None and ("resize_mode" in values or not masked):
        image = resized(image, width, height, mode)
        if masked.get("mask") is not None:
            masked["mask"] = resized(masked["mask"], width, height, mode)
    return {
        "width": width,
        "height": height,
        "image": image,
        "strength": _strength(values, image, DEFAULT_STRENGTH if outpaint is None else OUTPAINT_STRENGTH),
        "resize_mode": mode if "resize_mode" in values else None,
        **masked,
    }


def _strength(values: Mapping[str, Any], image: Pixels | None, usual: float) -> float | None:
    return None if image is None else check_number("strength", values.get("strength", usual), 0.0, 1.0)


def _generated_size(
    values: Mapping[str, Any], spec: PipelineSpec, image: Pixels | None, outpaint: Outpaint | None
) -> tuple[int, int]:
    """Width and height as given; else those nearest to the extended image's that are served, or the pipeline's own."""
    limits = spec.limits
    usual = (spec.defaults.width, spec.defaults.height)
    if image is not None:
        rows, columns = extended_size(image, outpaint)
        ratio = min(1.0, limits.max_size / max(rows, columns))
        usual = (_served(columns * ratio, limits), _served(rows * ratio, limits))
    width = check_size("width", values.get("width", usual[0]), limits)
    return width, check_size("height", values.get("height", usual[1]), limits)


def _served(side: float, limits: Limits) -> int:
    step = limits.size_multiple
    lowest, highest = -(-limits.min_size // step) * step, limits.max_size // step * step
    return min(max(round(side / step) * step, lowest), highest)


def _read_mask(values: Mapping[str, Any], image: Pixels | None) -> dict[str, Any]:
    """The fields that concern the mask; none without one."""
    mask, outpaint = check_mask("mask", values.get("mask")), _read_outpaint(values, image)
    if mask is None and outpaint is None:
        for name in MASK_OPTIONS:
            if name in values:
                raise InvalidFieldError(name, values[name], "none without a mask or outpaint")
        return {}
    if mask is not None and image is not None and mask.shape != image.shape[:2]:
        raise InvalidFieldError("mask", _size(mask), f"a mask of the image's size, {_size(image)} pixels")
    invert = check_boolean("invert_mask", values.get("invert_mask", False))
    if mask is None and invert:
        raise InvalidFieldError("invert_mask", invert, "none without a mask")
    if mask is not None and not (mask < 255 if invert else mask > 0).any():
        raise InvalidFieldError("mask", "a mask without any", f"something {'black' if invert else 'white'} to paint")
    only = check_boolean("only_masked", values.get("only_masked", False))
    if not only and "only_masked_padding" in values:
        raise InvalidFieldError("only_masked_padding", values["only_masked_padding"], "none without only_masked")
    padding = check_integer("only_masked_padding", values.get("only_masked_padding", DEFAULT_PADDING), 0, MAX_PADDING)
    usual = MaskContent.ORIGINAL if outpaint is None else MaskContent.FILL
    return {
        "mask": mask,
        "outpaint": outpaint,
        "mask_blur": check_integer("mask_blur", values.get("mask_blur", DEFAULT_BLUR), 0, MAX_BLUR),
        "mask_content": check_one_of("mask_content", values.get("mask_content", usual), tuple(MaskContent)),
        "invert_mask": invert,
        "only_masked": only,
        "only_masked_padding": padding if only else None,
    }


def _read_outpaint(values: Mapping[str, Any], image: Pixels | None) -> Outpaint | None:
    given = values.get("outpaint")
    if given is None:
        return None
    sides = tuple(field.name for field in dataclasses.fields(Outpaint))
    if not isinstance(given, Mapping) or set(given) - set(sides):
        raise InvalidFieldError("outpaint", given, f"an object of {', '.join(sides)}")
    read = {side: check_integer(f"outpaint.{side}", given.get(side) or 0, 0, MAX_OUTPAINT) for side in sides}
    if not any(read.values()):
        raise InvalidFieldError("outpaint", given, "at least one side of at least 1 pixel")
    outpaint = Outpaint(**read)
    if image is not None:
        rows, columns = extended_size(image, outpaint)
        if rows * columns > MAX_PIXELS:
            raise InvalidFieldError("outpaint", f"{columns}×{rows} pixels in all", f"at most {MAX_PIXELS} pixels")
    return outpaint


def extended_size(image: Pixels, outpaint: Outpaint | None) -> tuple[int, int]:
    """(height, width) of the picture that comes out."""
    added = outpaint or Outpaint()
    return image.shape[0] + added.top + added.bottom, image.shape[1] + added.left + added.right


def _size(picture: np.ndarray[Any, Any]) -> str:
    return f"{picture.shape[1]}×{picture.shape[0]}"
