"""Turning the main colour of a drawing into another, to give colour words examples of their own."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
NEAR_DEG = 38.0  # hues this close to the main one turn with it; the rest of the drawing keeps its colours


def main_hue(picture: Picture) -> float:
    """The hue (degrees) that covers most of the saturated part of an RGB picture [H, W, 3]."""
    hue, saturation, value = hsv(picture)
    weight = np.where((saturation > 0.3) & (value > 0.25), saturation, 0.0)
    counts = np.bincount((hue / 5).astype(int).ravel() % 72, weights=weight.ravel(), minlength=72)
    smooth = sum(np.roll(counts, shift) for shift in (-2, -1, 0, 1, 2))
    return float(np.argmax(smooth)) * 5 + 2.5


def turn(picture: Picture, target_deg: float) -> Picture:
    """The RGB picture [H, W, 3] with its main hue replaced by `target_deg`; shading, whites and other hues stay."""
    hue, saturation, value = hsv(picture)
    offset = (hue - main_hue(picture) + 180) % 360 - 180
    turns = np.abs(offset) <= NEAR_DEG
    hue = np.where(turns, (target_deg + 0.4 * offset) % 360, hue)
    if 300 < target_deg < 345:  # pink is a pale magenta
        saturation = np.where(turns, saturation * 0.62, saturation)
        value = np.where(turns, value + (1 - value) * 0.6, value)
    if 20 < target_deg < 60:  # dark orange and yellow read as brown
        value = np.where(turns, value + (1 - value) * 0.7, value)
    planes = np.stack([hue * (256 / 360), saturation * 255, value * 255], -1)
    turned = Image.fromarray(planes.round().clip(0, 255).astype(np.uint8), "HSV")
    return np.asarray(turned.convert("RGB"))


def hsv(picture: Picture) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Hue in degrees, saturation and value in 0..1 of an RGB picture [H, W, 3]."""
    planes = np.asarray(Image.fromarray(picture).convert("HSV")).astype(np.float64)
    return planes[..., 0] * (360 / 256), planes[..., 1] / 255, planes[..., 2] / 255
