"""Inpainting: what it keeps, what shares its batch, what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.components import Component
from diffusion.errors import InvalidFieldError
from diffusion.source import make_source
from diffusion.wire import decode_request, encode_request
from tests.diffusion.engine_factory import Bench
from tests.fakes.pipeline import make_spec
from tests.fakes.pipeline import make_toy_request as request

PICTURE = np.random.default_rng(1).integers(0, 256, (32, 48, 3), np.uint8)
MASK = np.zeros((32, 48), np.uint8)
MASK[8:24, 12:36] = 255
LARGE = np.random.default_rng(2).integers(0, 256, (75, 101, 3), np.uint8)
LARGE_MASK = np.zeros((75, 101), np.uint8)
LARGE_MASK[40:52, 20:31] = 255


def painted(picture=PICTURE, mask=MASK, **fields: Any) -> np.ndarray[Any, Any]:
    bench = Bench()
    bench.submit(request("a", image=picture, mask=mask, **fields))
    bench.run()
    return bench.pictures("a")[0]


@pytest.mark.parametrize("fields", [{}, {"strength": 1.0}, {"only_masked": True}, {"mask_content": "fill"}])
@pytest.mark.parametrize(("picture", "mask"), [(PICTURE, MASK), (LARGE, LARGE_MASK)])
def test_untouched_pixels_are_kept_exactly_at_any_size(fields, picture, mask) -> None:
    result = painted(picture, mask, mask_blur=0, **fields)
    assert result.shape == picture.shape
    assert np.array_equal(result[mask == 0], picture[mask == 0])
    assert (result[mask > 0] != picture[mask > 0]).any()


def test_the_seam_is_feathered_and_the_rest_kept() -> None:
    result = painted(mask_blur=1)
    assert np.array_equal(result[:4], PICTURE[:4])
    assert (result[7, 12:36] != PICTURE[7, 12:36]).any()


def test_an_inverted_mask_paints_everything_else() -> None:
    assert np.array_equal(painted(mask=255 - MASK, invert_mask=True, mask_blur=0), painted(mask_blur=0))


def test_what_lies_under_the_mask_is_not_seen_once_it_is_filled_or_noise() -> None:
    other = PICTURE.copy()
    other[MASK > 0] = 255
    assert not np.array_equal(painted(other, mask_blur=0), painted(mask_blur=0))
    assert np.array_equal(painted(other, mask_blur=0, mask_content="fill"), painted(mask_blur=0, mask_content="fill"))
    assert not np.array_equal(painted(mask_content="latent_noise"), painted())


def test_a_resize_mode_brings_picture_and_mask_to_the_size_first() -> None:
    assert painted(LARGE, LARGE_MASK, width=32, height=32, resize_mode="stretch").shape == (32, 32, 3)


EXTENDED = {"left": 11, "bottom": 24}


@pytest.mark.parametrize("fields", [{}, {"only_masked": True}, {"mask": MASK}, {"mask_content": "latent_noise"}])
def test_outpainting_extends_the_picture_and_keeps_what_it_had(fields) -> None:
    result = painted(**{"mask": None, "outpaint": EXTENDED, "mask_blur": 1, **fields})
    assert result.shape == (32 + 24, 48 + 11, 3)
    kept = result[:24, 11 + 8 :] == PICTURE[:24, 8:]
    assert kept.all() == ("mask" not in fields)
    assert (result[:26, 11 + 46] == PICTURE[:26, 46]).all()
    assert result[32:].std() > 0


def test_nothing_is_seen_of_the_border_that_is_repeated_under_what_is_added() -> None:
    white, black = np.full_like(PICTURE, 255), np.zeros_like(PICTURE)
    for picture in (white, black):
        made = request("a", image=picture, outpaint={"right": 16}, mask_blur=4)
        inpainting = make_source(made, 4).inpainting
        assert (inpainting.cover[:, 48:] == 255).all()
        assert (inpainting.cover[:, : 48 - 24] == 0).all()
        assert np.all(np.diff(inpainting.cover[5, 20:].astype(int)) >= 0)


def test_company_changes_nothing_and_pictures_are_encoded_together() -> None:
    bench = Bench()
    bench.submit(
        request("a", image=PICTURE, mask=MASK, num_images=2), request("b", image=PICTURE), request("c", width=48)
    )
    bench.run()
    assert bench.runner.calls[Component.VAE_ENCODER] == 1
    assert max(bench.runner.rows) > 2
    for number, picture in enumerate(bench.pictures("a")):
        assert np.array_equal(picture, painted(seed=7 + number))


@pytest.mark.parametrize(
    ("picture", "mask", "fields"),
    [
        (PICTURE, MASK, {"mask_blur": 2, "mask_content": "fill", "invert_mask": True}),
        (LARGE, LARGE_MASK, {"only_masked": True, "only_masked_padding": 5, "strength": 0.7}),
        (LARGE, LARGE_MASK, {"resize_mode": "fit", "width": 64}),
        (LARGE, None, {"outpaint": {"left": 8, "top": 3}, "strength": 0.9}),
    ],
)
def test_it_survives_the_wire(picture, mask, fields) -> None:
    there = request("a", image=picture, mask=mask, **fields)
    back = make_request(make_spec(), request_id="a", **decode_request(encode_request(there)))
    assert back == there
    for name in ("image", "mask"):
        assert np.array_equal(getattr(back, name), getattr(there, name))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"mask": MASK}, "mask"),
        ({"image": PICTURE, "mask": "x"}, "mask"),
        ({"image": PICTURE, "mask": PICTURE}, "mask"),
        ({"image": PICTURE, "mask": MASK[:8]}, "mask"),
        ({"image": PICTURE, "mask": MASK * 0}, "mask"),
        ({"image": PICTURE, "mask": MASK * 0 + 255, "invert_mask": True}, "mask"),
        ({"image": PICTURE, "mask": MASK, "mask_blur": 65}, "mask_blur"),
        ({"image": PICTURE, "mask": MASK, "mask_content": "noise"}, "mask_content"),
        ({"image": PICTURE, "mask": MASK, "invert_mask": 1}, "invert_mask"),
        ({"image": PICTURE, "mask": MASK, "only_masked_padding": 8}, "only_masked_padding"),
        ({"image": PICTURE, "mask": MASK, "only_masked": True, "only_masked_padding": -1}, "only_masked_padding"),
        ({"image": PICTURE, "mask": MASK, "hires": {"scale": 2.0}}, "hires"),
        ({"image": PICTURE, "mask_blur": 4}, "mask_blur"),
        ({"outpaint": {"left": 8}}, "outpaint"),
        ({"image": PICTURE, "outpaint": 8}, "outpaint"),
        ({"image": PICTURE, "outpaint": {}}, "outpaint"),
        ({"image": PICTURE, "outpaint": {"up": 8}}, "outpaint"),
        ({"image": PICTURE, "outpaint": {"left": -8}}, "outpaint.left"),
        ({"image": LARGE, "outpaint": {"left": 4096, "top": 4096}}, "outpaint"),
        ({"image": PICTURE, "outpaint": {"left": 8}, "resize_mode": "crop"}, "resize_mode"),
        ({"image": PICTURE, "outpaint": {"left": 8}, "invert_mask": True}, "invert_mask"),
        ({"image": PICTURE, "only_masked": True}, "only_masked"),
    ],
)
def test_a_value_outside_is_refused_by_its_name(fields, field) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        request("a", **fields)
    assert caught.value.field == field
