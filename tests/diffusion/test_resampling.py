"""Resampling, blur and crops: Pillow and diffusers are the reference."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from diffusion.masks import blurred, filled, latent_mask, region_around
from diffusion.resampling import ResizeMode, resized

RANDOM = np.random.default_rng(3)
PICTURE = np.asarray(
    Image.fromarray(RANDOM.integers(0, 256, (9, 11, 3), np.uint8)).resize((97, 60), Image.Resampling.BICUBIC)
)


@pytest.mark.parametrize("size", [(97, 60), (64, 64), (200, 31), (12, 170), (48, 48)])
def test_a_resampled_picture_is_pillows(size) -> None:
    theirs = np.asarray(Image.fromarray(PICTURE).resize(size, Image.Resampling.LANCZOS)).astype(int)
    assert np.abs(resized(PICTURE, *size).astype(int) - theirs).max() <= 1
    mask = PICTURE[..., 0]
    theirs = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.LANCZOS)).astype(int)
    assert np.abs(resized(mask, *size).astype(int) - theirs).max() <= 1


def test_crop_keeps_the_middle_fit_the_whole_and_both_the_shape() -> None:
    picture = np.zeros((10, 20, 3), np.uint8)
    picture[:, 5:15] = 200
    assert (resized(picture, 10, 10, ResizeMode.CROP) == 200).all()
    fitted = resized(picture, 20, 20, ResizeMode.FIT)
    assert np.array_equal(fitted[5:15], picture)
    assert np.array_equal(fitted[0], picture[0])


@pytest.mark.parametrize("radius", [0, 1, 4, 9])
def test_a_blurred_mask_is_pillows(radius) -> None:
    mask = np.zeros((40, 52), np.uint8)
    mask[3:20, 10:30] = 255
    mask[30:, 45:] = 255
    theirs = np.asarray(Image.fromarray(mask).filter(ImageFilter.GaussianBlur(radius))).astype(int)
    assert np.abs(blurred(mask, radius).astype(int) - theirs).max() <= 2


@pytest.mark.parametrize("size", [(64, 64), (64, 32), (32, 64), (128, 128)])
@pytest.mark.parametrize("padding", [0, 5, 32])
@pytest.mark.parametrize("box", [(3, 4, 20, 9), (0, 0, 97, 60), (80, 40, 97, 60), (40, 2, 45, 58), (50, 30, 51, 31)])
def test_the_part_around_a_mask_is_diffusers_own(size, padding, box) -> None:
    from diffusers.image_processor import VaeImageProcessor

    left, top, right, bottom = box
    mask = np.zeros((60, 97), np.uint8)
    mask[top:bottom, left:right] = 255
    theirs = VaeImageProcessor.get_crop_region(Image.fromarray(mask), *size, pad=padding)
    assert region_around(mask, padding, *size) == tuple(theirs)


def test_a_small_spot_in_a_large_mask_is_blurred_as_all_of_it_would_be() -> None:
    mask = np.zeros((120, 140), np.uint8)
    mask[60:63, 70:80] = 200
    corner = mask.copy()
    corner[0, 0] = corner[-1, -1] = 1  # too little to be seen after the blur, but the bounds are the whole mask
    assert np.abs(blurred(mask, 3).astype(int) - blurred(corner, 3)).max() <= 1
    assert np.array_equal(blurred(mask, 3)[40:80, 40:110], blurred(corner, 3)[40:80, 40:110])


def test_filling_takes_the_colours_of_the_surroundings_and_leaves_the_rest() -> None:
    picture = np.full((33, 50, 3), (200, 100, 50), np.uint8)
    mask = np.zeros((33, 50), np.uint8)
    mask[5:30, 10:40] = 255
    picture[mask > 0] = 0
    assert (filled(picture, mask) == (200, 100, 50)).all()
    assert (filled(picture, np.full_like(mask, 255)) == 128).all()
    mixed = RANDOM.integers(0, 256, picture.shape, np.uint8)
    assert np.array_equal(filled(mixed, mask)[mask == 0], mixed[mask == 0])


def test_a_thin_mask_is_not_lost_between_the_latents() -> None:
    mask = np.zeros((32, 32), np.uint8)
    mask[17, 9:12] = 255
    assert np.argwhere(latent_mask(mask, 8)[0]).tolist() == [[2, 1]]
