"""Pictures that look like something: a watermark must live in them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from diffusion.events import Pixels


def natural(height: int, width: int, seed: int = 0) -> Pixels:
    """Noise with the spectrum of photographs, 1/f."""
    random = np.random.default_rng(seed)
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None]
    falling = np.maximum(np.hypot(rows, columns), 1 / max(height, width))
    planes = [np.fft.ifft2(np.fft.fft2(random.standard_normal((height, width))) / falling).real for _ in range(3)]
    picture = np.stack(planes, -1)
    return np.clip((picture - picture.mean()) / picture.std() * 50 + 128, 0, 255).astype(np.uint8)


def flat(height: int, width: int, grey: int) -> Pixels:
    return np.full((height, width, 3), grey, np.uint8)


def gradient(height: int, width: int) -> Pixels:
    down, right = np.mgrid[0:height, 0:width]
    return np.stack([right * 255 / width, down * 255 / height, 255 - right * 255 / width], -1).astype(np.uint8)


def as_jpeg(pixels: Pixels, quality: int) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return opened(buffer.getvalue())


def scaled(pixels: Pixels, factor: float) -> Pixels:
    height, width = pixels.shape[:2]
    return np.asarray(Image.fromarray(pixels).resize((int(width * factor), int(height * factor))))


def opened(data: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
