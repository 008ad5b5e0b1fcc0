"""PNG files that other readers take for what they are."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from gateway.storage.png import write_png


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_every_pixel_comes_back(height, width, seed):
    pixels = picture(height, width, seed)
    with Image.open(io.BytesIO(write_png(pixels))) as read:
        assert (read.format, read.mode, read.size) == ("PNG", "RGB", (width, height))
        assert np.array_equal(np.asarray(read), pixels)


@pytest.mark.parametrize("size", [(300, 300), (301, 600), (512, 512), (1, 400_000), (1100, 1024)])
def test_what_is_compressed_in_parts_is_one_stream(size):
    pixels = picture(*size)
    file = write_png(pixels)
    assert np.array_equal(cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR_RGB), pixels)
    with Image.open(io.BytesIO(file)) as read:
        assert np.array_equal(np.asarray(read), pixels)


def test_another_decoder_reads_the_same():
    pixels = picture(48, 64)
    assert np.array_equal(cv2.imdecode(np.frombuffer(write_png(pixels), np.uint8), cv2.IMREAD_COLOR_RGB), pixels)


def test_what_is_written_beside_the_pixels_is_read_back():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("parameters", "a red apple")
    texts.add_itxt("recipe", "ein Apfel, é")
    with Image.open(io.BytesIO(write_png(picture(8, 8), texts))) as read:
        assert read.info["parameters"] == "a red apple"
        assert read.info["recipe"] == "ein Apfel, é"


def test_a_smooth_picture_is_compressed():
    ramp = np.repeat(np.add.outer(np.arange(256), np.arange(256)).astype(np.uint8)[..., None], 3, axis=2)
    assert len(write_png(ramp)) < ramp.nbytes / 20
