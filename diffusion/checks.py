"""Checks of single values: each gives the value back, or names the field, what was given and what is allowed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from diffusion.errors import InvalidFieldError
from diffusion.events import Pixels
from diffusion.pipeline import Limits

MAX_PIXELS = 16_777_216
"""Of a picture that a request brings."""


def check_text(field: str, value: object, max_chars: int) -> str:
    """A text of at most so many characters, without NUL."""
    if not isinstance(value, str):
        raise InvalidFieldError(field, value, "a text")
    if len(value) > max_chars:
        raise InvalidFieldError(field, value, f"at most {max_chars} characters")
    if "\x00" in value:
        raise InvalidFieldError(field, value, "a text without NUL characters")
    return value


def check_one_of(field: str, value: object, known: tuple[str, ...]) -> str:
    """One of the known words."""
    if not isinstance(value, str) or value not in known:
        raise InvalidFieldError(field, value, f"one of {', '.join(known)}")
    return str(value)


def check_integer(field: str, value: object, low: int, high: int) -> int:
    """A whole number, both bounds included."""
    allowed = f"a whole number from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidFieldError(field, value, allowed)
    return value


def check_number(field: str, value: object, low: float, high: float) -> float:
    """A finite number, both bounds included."""
    allowed = f"a number from {low:g} to {high:g}"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidFieldError(field, value, allowed)
    if not math.isfinite(value) or not low <= value <= high:
        raise InvalidFieldError(field, value, allowed)
    return float(value)


def check_size(field: str, value: object, limits: Limits) -> int:
    """A width or height in pixels that the pipeline serves."""
    low, high, multiple = limits.min_size, limits.max_size, limits.size_multiple
    allowed = f"a multiple of {multiple} from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high or value % multiple:
        raise InvalidFieldError(field, value, allowed)
    return value


def check_boolean(field: str, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InvalidFieldError(field, value, "true or false")
    return value


def check_picture(field: str, value: object) -> Pixels | None:
    """An RGB picture, uint8 [height, width, 3], or None."""
    return _check_pixels(field, value, ("height", "width", 3))


def check_mask(field: str, value: object) -> NDArray[np.uint8] | None:
    """A mask, uint8 [height, width], or None."""
    return _check_pixels(field, value, ("height", "width"))


def _check_pixels(field: str, value: object, axes: tuple[str | int, ...]) -> NDArray[np.uint8] | None:
    allowed = f"uint8 [{', '.join(map(str, axes))}]"
    if value is None:
        return None
    if not isinstance(value, np.ndarray):
        raise InvalidFieldError(field, type(value).__name__, f"a picture, {allowed}")
    if value.dtype != np.uint8 or value.ndim != len(axes) or value.shape[2:] != axes[2:] or not value.size:
        raise InvalidFieldError(field, f"{value.dtype}{list(value.shape)}", allowed)
    if value.shape[0] * value.shape[1] > MAX_PIXELS:
        raise InvalidFieldError(field, f"{value.shape[1]}×{value.shape[0]} pixels", f"at most {MAX_PIXELS} pixels")
    return value
