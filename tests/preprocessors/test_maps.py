"""What becomes of the networks' answers, with answers that are known."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from diffusion.preprocessors import FIELD_CHANNELS, POINTS, POSE_STRIDE
from gateway.controls import depth
from gateway.controls.pose import FIELDS, LIMBS, Framed, colour_of, people, prepared, skeletons

SIDE = 256
STANDING = {
    0: (0.50, 0.16), 1: (0.50, 0.27), 2: (0.41, 0.28), 3: (0.36, 0.42), 4: (0.34, 0.55), 5: (0.59, 0.28),
    6: (0.64, 0.42), 7: (0.66, 0.55), 8: (0.45, 0.54), 9: (0.44, 0.73), 10: (0.43, 0.92), 11: (0.55, 0.54),
    12: (0.56, 0.73), 13: (0.57, 0.92),
}  # fmt: skip


def somebody(aside: float, size: float = 0.6) -> dict[int, tuple[float, float]]:
    """Points in pixels of a square of `SIDE`."""
    return {point: ((x * size + aside) * SIDE, y * SIDE) for point, (x, y) in STANDING.items()}


def seen(*figures: dict[int, tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """What a network that sees exactly these people says."""
    side = SIDE // POSE_STRIDE
    rows, columns = np.mgrid[:side, :side] * POSE_STRIDE + POSE_STRIDE / 2 - 0.5
    heatmaps = np.zeros((POINTS + 1, side, side), np.float32)
    fields = np.zeros((FIELD_CHANNELS, side, side), np.float32)
    for figure in figures:
        for point, (x, y) in figure.items():
            spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 9.0**2))
            heatmaps[point] = np.maximum(heatmaps[point], spot)
        for (start, end), channel in zip(LIMBS, FIELDS, strict=True):
            if start in figure and end in figure:
                first, way = np.array(figure[start]), np.subtract(figure[end], figure[start])
                length = np.hypot(*way)
                along = ((columns - first[0]) * way[0] + (rows - first[1]) * way[1]) / length
                beside = np.abs((columns - first[0]) * way[1] - (rows - first[1]) * way[0]) / length
                near = (along > -8) & (along < length + 8) & (beside < 9)
                fields[channel][near], fields[channel + 1][near] = way / length
    return heatmaps, fields


def whole(height: int = SIDE, width: int = SIDE, scale: float = 1.0) -> Framed:
    return Framed(np.zeros((1, 3, SIDE, SIDE), np.float32), scale, height, width)


class TestPeople:
    def test_one_is_found_where_it_stands(self):
        (found,) = people(*seen(somebody(0.2)), whole())
        assert found.keys() == STANDING.keys()
        for point, place in somebody(0.2).items():
            assert np.hypot(*np.subtract(found[point], place)) < 3.0, point

    def test_two_side_by_side_keep_their_own_limbs(self):
        both = [somebody(-0.05, 0.5), somebody(0.5, 0.5)]
        found = sorted(people(*seen(*both), whole()), key=lambda person: person[1][0])
        assert len(found) == 2
        for person, right in zip(found, both, strict=True):
            for point, place in right.items():
                assert np.hypot(*np.subtract(person[point], place)) < 3.0, point

    def test_points_that_no_field_joins_are_nobody(self):
        heatmaps, fields = seen(somebody(0.2))
        assert people(heatmaps, np.zeros_like(fields), whole()) == []
        assert people(np.zeros_like(heatmaps), fields, whole()) == []

    def test_a_limb_whose_field_points_the_other_way_is_none(self):
        heatmaps, fields = seen(somebody(0.2))
        assert people(heatmaps, -fields, whole()) == []

    def test_places_are_of_the_picture_and_not_of_the_network(self):
        (found,) = people(*seen(somebody(0.2)), whole(scale=0.5))
        assert found[1] == pytest.approx(np.multiply(somebody(0.2)[1], 2), abs=6.0)

    def test_what_lies_in_the_grey_beside_the_picture_is_not_found(self):
        assert people(*seen(somebody(0.2)), whole(width=64)) == []


def test_a_picture_is_framed_with_its_longer_side():
    framed = prepared(np.full((60, 120, 3), 255, np.uint8), 64)
    assert (framed.height, framed.width) == (32, 64)
    assert framed.scale == pytest.approx(64 / 120)
    assert framed.pixels.shape == (1, 3, 64, 64)
    assert framed.pixels[0, :, :32].min() == pytest.approx(255 / 256 - 0.5)
    assert (framed.pixels[0, :, 32:] == 0).all(), "grey"


class TestSkeletons:
    def test_colours_go_round_in_steps_of_twenty_degrees(self):
        for number in range(POINTS):
            right = [round(255 * share) for share in colorsys.hsv_to_rgb(number / 18, 1.0, 1.0)]
            assert colour_of(number) == tuple(right)

    def test_bones_are_where_their_points_are_and_nothing_else_is(self):
        person = {1: (40.0, 40.0), 2: (20.0, 40.0), 3: (20.0, 80.0)}
        drawn = skeletons([person], (100, 64))
        assert drawn.shape == (100, 64, 3)
        assert tuple(drawn[60, 20]) == tuple(round(0.6 * channel) for channel in colour_of(2))  # from 2 to 3
        assert tuple(drawn[40, 30]) == tuple(round(0.6 * channel) for channel in colour_of(0))  # from 1 to 2
        assert tuple(drawn[80, 20]) == colour_of(3)
        assert not drawn[:30].any()
        assert not drawn[:, 50:].any()

    def test_nobody_is_black(self):
        assert not skeletons([], (16, 16)).any()


class TestDepth:
    def test_the_range_is_stretched_over_black_to_white_and_near_is_white(self):
        slope = np.linspace(3.0, 11.0, 16, dtype=np.float32)[None].repeat(16, 0)
        drawn = depth.drawn(slope, (32, 64), is_metric=False)
        assert drawn.shape == (32, 64, 3)
        assert (drawn[:, 0].max(), drawn[:, -1].min()) == (0, 255)
        assert (np.diff(drawn[5, :, 0].astype(int)) >= 0).all()
        assert abs(int(drawn[5, 32, 0]) - 128) <= 6
        assert np.array_equal(depth.drawn(slope, (32, 64), is_metric=True), 255 - drawn)

    def test_scale_and_offset_of_the_network_do_not_matter(self):
        values = np.random.default_rng(0).random((16, 16), np.float32)
        first, second = (depth.drawn(array, (24, 24), is_metric=False) for array in (values, 40 * values - 7))
        assert np.abs(first.astype(int) - second).max() <= 1

    @pytest.mark.parametrize("is_metric", [False, True])
    def test_all_of_one_depth_is_black(self, is_metric):
        assert not depth.drawn(np.full((8, 8), 4.0, np.float32), (16, 16), is_metric=is_metric).any()
