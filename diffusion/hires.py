"""High-resolution fix, checked: the size, steps and strength of the second pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diffusion.checks import check_integer, check_number, check_size
from diffusion.errors import InvalidFieldError
from diffusion.pipeline import Limits
from diffusion.request import HiRes

DEFAULT_SCALE, DEFAULT_STRENGTH = 2.0, 0.7
MAX_SCALE = 8.0
FIELDS = ("scale", "width", "height", "num_inference_steps", "strength")


def read_hires(given: object, size: tuple[int, int], steps: int, limits: Limits) -> HiRes:
    """The second pass after a first one of `size` (width, height) and `steps` steps.

    `scale` is rounded down to a size that the pipeline serves; `width` and `height`, given together, go before it.

    Raises:
        InvalidFieldError: naming the part, as in `hires.scale`.
    """
    if not isinstance(given, Mapping):
        raise InvalidFieldError("hires", given, f"an object of {', '.join(FIELDS)}")
    for name in given:
        if name not in FIELDS:
            raise InvalidFieldError(f"hires.{name}", given[name], f"one of {', '.join(FIELDS)}")
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    width, height = _size_of(values, size, limits)
    own_steps = check_integer(
        "hires.num_inference_steps", values.get("num_inference_steps", steps), 1, limits.max_steps
    )
    strength = check_number("hires.strength", values.get("strength", DEFAULT_STRENGTH), 0.0, 1.0)
    return HiRes(width=width, height=height, num_inference_steps=own_steps, strength=strength)


def _size_of(values: Mapping[str, Any], size: tuple[int, int], limits: Limits) -> tuple[int, int]:
    if "width" in values or "height" in values:
        width = check_size("hires.width", values.get("width"), limits)
        return width, check_size("hires.height", values.get("height"), limits)
    scale = check_number("hires.scale", values.get("scale", DEFAULT_SCALE), 1.0, MAX_SCALE)
    width, height = (int(side * scale) // limits.size_multiple * limits.size_multiple for side in size)
    if max(width, height) > limits.max_size:
        most = limits.max_size / max(size)
        raise InvalidFieldError(
            "hires.scale", scale, f"at most {most:.4g}: no side may exceed {limits.max_size} pixels"
        )
    return width, height
