"""From a picture to the points of the people in it, by what OpenPose's network says (arXiv:1611.08050).

A heatmap has a peak where a point of somebody is; the field of a pair of points shows along the limb between them, so
that of all pairs of peaks those belong together between which the field points from one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from diffusion.events import Pixels
from diffusion.preprocessors import POINTS, POSE_STRIDE

Floats = NDArray[np.float32]
Person = dict[int, tuple[float, float]]
"""(x, y) in pixels of the points that were seen, by their number."""

GREY = 128
SMOOTHING = 3.0  # pixels of the network's square
LEAST_PEAK = 0.1
LEAST_FIELD = 0.05
SAMPLES = 10
LEAST_AGREEING = 0.8  # share of the samples
MAX_PEAKS = 64  # of one point: more people than anybody draws
LEAST_POINTS = 4
LEAST_SCORE = 0.4  # of a person, for each of its points
LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
    (1, 0), (0, 14), (14, 16), (0, 15), (15, 17), (2, 16), (5, 17),
)  # fmt: skip
FIELDS = (12, 20, 14, 16, 22, 24, 0, 2, 4, 6, 8, 10, 28, 30, 34, 32, 36, 18, 26)
"""The first of each limb's two channels: the share of x, then of y."""


@dataclass(frozen=True, slots=True)
class Framed:
    """A picture in the network's square: its longer side fills it, the rest is grey on the right or below."""

    pixels: Floats
    scale: float
    height: int
    width: int


def prepared(picture: Pixels, side: int) -> Framed:
    """[1, 3, side, side] in -0.5 … 0.5, and where the picture lies in it."""
    scale = side / max(picture.shape[:2])
    height, width = (max(1, round(length * scale)) for length in picture.shape[:2])
    square = np.full((side, side, 3), GREY, np.uint8)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    square[:height, :width] = cv2.resize(np.ascontiguousarray(picture), (width, height), interpolation=way)
    values = square.astype(np.float32).transpose(2, 0, 1)[None] / np.float32(256.0) - np.float32(0.5)
    return Framed(np.ascontiguousarray(values), scale, height, width)


def people(heatmaps: Floats, fields: Floats, framed: Framed) -> list[Person]:
    """Everybody who was seen, in the picture's own pixels.

    Args:
        heatmaps: [19, h, w] of the network's answer, h and w an eighth of its square.
        fields: [38, h, w].
        framed: what it looked at.
    """
    peaks = [_peaks(_enlarged(heatmap, framed)) for heatmap in heatmaps[:POINTS]]
    limbs = []
    for (start, end), channel in zip(LIMBS, FIELDS, strict=True):
        across, down = (_enlarged(fields[number], framed) for number in (channel, channel + 1))
        limbs.append(_joined(peaks[start], peaks[end], np.stack([across, down], axis=-1)))
    return [
        {point: (x / framed.scale, y / framed.scale) for point, (x, y) in person.items()}
        for person in _assembled(peaks, limbs)
    ]


def _enlarged(values: Floats, framed: Framed) -> Floats:
    height, width = (length * POSE_STRIDE for length in values.shape)
    whole = cv2.resize(np.ascontiguousarray(values), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(whole[: framed.height, : framed.width], np.float32)


def _peaks(heatmap: Floats) -> NDArray[np.float64]:
    """[n, 3]: x, y and height of each, the highest first."""
    smooth = cv2.GaussianBlur(heatmap, (0, 0), SMOOTHING)
    around = np.pad(smooth, 1, constant_values=-np.inf)
    is_peak = smooth > LEAST_PEAK
    for neighbour in (around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:]):
        is_peak &= smooth >= neighbour
    rows, columns = np.nonzero(is_peak)
    found = np.stack([columns, rows, heatmap[rows, columns]], axis=1).astype(np.float64)
    return _apart(found[np.argsort(-found[:, 2], kind="stable")])


def _apart(peaks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without those on the flat top of a higher one."""
    kept: list[NDArray[np.float64]] = []
    for peak in peaks:
        if all(np.hypot(*(peak[:2] - other[:2])) > SMOOTHING for other in kept):
            kept.append(peak)
        if len(kept) == MAX_PEAKS:
            break
    return np.array(kept).reshape(-1, 3)


def _joined(starts: NDArray[np.float64], ends: NDArray[np.float64], field: Floats) -> list[tuple[int, int, float]]:
    """(peak, peak, score) of each limb; no peak is in two of them."""
    candidates = []
    for i, start in enumerate(starts):
        for j, end in enumerate(ends):
            score = _score(start[:2], end[:2], field)
            if score is not None:
                candidates.append((score, i, j))
    found, used = [], (set[int](), set[int]())
    for score, i, j in sorted(candidates, reverse=True):
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            found.append((i, j, score))
    return found


def _score(start: NDArray[np.float64], end: NDArray[np.float64], field: Floats) -> float | None:
    """How well the field agrees with a limb between two peaks; None where it does not."""
    way = end - start
    length = float(np.hypot(*way))
    if length == 0.0:
        return None
    places = np.round(start + np.linspace(0.0, 1.0, SAMPLES)[:, None] * way).astype(int)
    agreeing = field[places[:, 1], places[:, 0]] @ (way / length)
    too_long = min(0.5 * field.shape[0] / length - 1.0, 0.0)
    score = float(agreeing.mean()) + too_long
    is_limb = (agreeing > LEAST_FIELD).mean() >= LEAST_AGREEING and score > 0.0
    return score if is_limb else None


def _assembled(peaks: list[NDArray[np.float64]], limbs: list[list[tuple[int, int, float]]]) -> list[Person]:
    """Limbs that share a peak are one person's."""
    persons: list[tuple[dict[int, int], float]] = []  # peak by point, and the score of its limbs
    for (start, end), found in zip(LIMBS, limbs, strict=True):
        for i, j, score in found:
            mine = [person for person in persons if person[0].get(start) == i or person[0].get(end) == j]
            if len(mine) == 2 and not mine[0][0].keys() & mine[1][0].keys():
                persons = [person for person in persons if person not in mine]
                persons.append((mine[0][0] | mine[1][0], mine[0][1] + mine[1][1] + score))
            elif len(mine) == 1:
                points, before = mine[0]
                if points.get(start, i) == i and points.get(end, j) == j:
                    persons[persons.index(mine[0])] = (points | {start: i, end: j}, before + score)
            elif not mine:
                persons.append(({start: i, end: j}, score))
    kept = []
    for points, score in persons:
        total = score + sum(float(peaks[point][number][2]) for point, number in points.items())
        if len(points) >= LEAST_POINTS and total / len(points) >= LEAST_SCORE:
            places = {point: peaks[point][number] for point, number in points.items()}
            kept.append({point: (float(x), float(y)) for point, (x, y, _) in places.items()})
    return kept


BONES = LIMBS[:17]
THICKNESS = 64  # of the shorter side, one part
BONE_STRENGTH = 0.6


def colour_of(number: int) -> tuple[int, int, int]:
    """Red to magenta in steps of 20 degrees of hue: the network tells left from right by them."""
    hue = number / 3  # in sixths of the circle
    channels = (abs(hue - 3) - 1, 2 - abs(hue - 2), 2 - abs(hue - 4))
    red, green, blue = (round(255 * min(1.0, max(0.0, share))) for share in channels)
    return red, green, blue


def skeletons(found: list[Person], size: tuple[int, int]) -> Pixels:
    """The people on black [height, width, 3] as pose ControlNets were trained on: bones, and the points over them."""
    height, width = size
    paper = np.zeros((height, width, 3), np.uint8)
    thickness = max(2, round(min(height, width) / THICKNESS))
    for person in found:
        for number, (start, end) in enumerate(BONES):
            if start in person and end in person:
                colour = tuple(round(BONE_STRENGTH * channel) for channel in colour_of(number))
                cv2.line(paper, _pixel(person[start]), _pixel(person[end]), colour, thickness, cv2.LINE_AA)
        for point, place in person.items():
            cv2.circle(paper, _pixel(place), max(1, thickness // 2), colour_of(point), -1, cv2.LINE_AA)
    return paper


def _pixel(place: tuple[float, float]) -> tuple[int, int]:
    return round(place[0]), round(place[1])
