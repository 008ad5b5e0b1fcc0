"""The main colour of a drawing: its name, and turning it into another, to give colour words examples of their own."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
Planes = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
HUES = {
    "red": (345, 14),
    "orange": (14, 42),
    "yellow": (42, 68),
    "green": (68, 172),
    "blue": (178, 256),
    "purple": (256, 300),
}
MAIN_SHARE = 0.6  # of the coloured area, for a colour to be a drawing's main one
COLOURED_SHARE = 0.1  # of the whole picture must be coloured for it to have one
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


def hsv(picture: Picture) -> Planes:
    """Hue in degrees, saturation and value in 0..1 of an RGB picture [H, W, 3]."""
    planes = np.asarray(Image.fromarray(picture).convert("HSV")).astype(np.float64)
    return planes[..., 0] * (360 / 256), planes[..., 1] / 255, planes[..., 2] / 255


def colour_share(picture: Picture, colour: str) -> float:
    """Share (0..1) of the coloured area of an RGB picture [H, W, 3] that has the named colour."""
    planes = hsv(picture)
    return _share(planes, _coloured(planes), colour)


def main_colour(picture: Picture) -> str:
    """The name of the colour that covers most of an RGB drawing [H, W, 3], or "" where none does."""
    planes = hsv(picture)
    coloured = _coloured(planes)
    if coloured.mean() < COLOURED_SHARE:
        return ""
    shares = {colour: _share(planes, coloured, colour) for colour in (*HUES, "pink")}
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] >= MAIN_SHARE else ""


def _coloured(planes: Planes) -> NDArray[np.bool_]:
    _, saturation, value = planes
    return np.asarray((saturation > 0.22) & (value > 0.25))


def _share(planes: Planes, coloured: NDArray[np.bool_], colour: str) -> float:
    if not coloured.any():
        return 0.0
    hue, saturation, value = planes
    is_pink = (hue > 300) & (hue < 345) | ((hue >= 345) | (hue < 10)) & (saturation < 0.5) & (value > 0.8)
    if colour == "pink":
        matches = is_pink
    else:
        low, high = HUES[colour]
        inside = (hue >= low) & (hue < high) if low < high else (hue >= low) | (hue < high)
        matches = inside & ~is_pink
    return float((matches & coloured).sum() / coloured.sum())
