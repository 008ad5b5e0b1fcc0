"""From OpenAI's pictures and masks to the fields of a request. Slow work: use a thread."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from diffusion.events import Pixels
from gateway.openai.images.forms import IMAGE, MASK, B, Given
from gateway.openai.images.schemas import EditBody, VariationBody
from gateway.storage.data_urls import opened

WHOLE_STRENGTH, MASKED_STRENGTH, FAITHFUL_STRENGTH, VARIED_STRENGTH = 0.75, 1.0, 0.5, 0.6
"""Of an edit without a mask, with one, without one but with `input_fidelity: high`, and of a variation."""


def edit_fields(given: Given[EditBody]) -> tuple[dict[str, Any], list[str]]:
    """The fields of a request, and what was not honoured.

    Raises:
        InvalidFieldError: a picture cannot be read, or is too large.
    """
    body, warnings = given.body, _warnings(given)
    picture = opened(IMAGE, given.images[0].data)
    fields: dict[str, Any] = {IMAGE: np.array(picture.convert("RGB"))}
    mask = _mask_of(given, picture, warnings)
    usual = FAITHFUL_STRENGTH if body.input_fidelity == "high" else WHOLE_STRENGTH
    if mask is not None:
        usual, fields[MASK] = MASKED_STRENGTH, mask
        options = ("mask_blur", "mask_content", "only_masked", "only_masked_padding")
        fields |= {name: getattr(body, name) for name in options}
        if given.mask is None and body.mask_content is None:
            fields["mask_content"] = "fill"  # what lies under transparent pixels was never meant to be seen
    fields["strength"] = usual if body.strength is None else body.strength
    return fields | _resizing(body.size, body.resize_mode), warnings


def variation_fields(given: Given[VariationBody]) -> tuple[dict[str, Any], list[str]]:
    """The same for a variation. Raises InvalidFieldError."""
    strength = given.body.strength
    fields = {
        IMAGE: np.array(opened(IMAGE, given.images[0].data).convert("RGB")),
        "strength": VARIED_STRENGTH if strength is None else strength,
    }
    return fields | _resizing(given.body.size, None), _warnings(given)


def _warnings(given: Given[B]) -> list[str]:
    more = len(given.images) - 1
    return [f"image: the first picture was used; {more} more did nothing"] if more else []


def _resizing(size: str | None, mode: str | None) -> dict[str, Any]:
    """A size that was asked for is what the picture is cropped to, even where there is a mask."""
    is_free = size in (None, "auto")
    return {"resize_mode": mode if is_free else mode or "crop"}


def _mask_of(given: Given[EditBody], picture: Image.Image, warnings: list[str]) -> Pixels | None:
    """255 where it is painted: where the mask is transparent, or, without a mask, where the picture is."""
    if given.mask is None:
        alpha = _alpha_of(picture)
        return 255 - alpha if alpha is not None and alpha.min() == 0 else None
    mask = opened(MASK, given.mask.data)
    alpha = _alpha_of(mask)
    if alpha is not None:
        return 255 - alpha
    warnings.append("mask: it has no transparent part; what is white in it was painted")
    return np.array(mask.convert("L"))


def _alpha_of(picture: Image.Image) -> Pixels | None:
    return np.array(picture.convert("RGBA").getchannel("A")) if picture.has_transparency_data else None
