from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.provenance.watermark import embed, read
from tests.gateway.provenance.pictures import as_jpeg, flat, gradient, natural, scaled

ID = 0xDEADBEEF
PICTURES = {
    "128": natural(128, 128),
    "small and long": natural(128, 320, 1),
    "256": natural(256, 256, 2),
    "512": natural(512, 512, 3),
    "wide": natural(512, 768, 4),
    "grey": flat(512, 512, 128),
    "white": flat(512, 512, 255),
    "black": flat(256, 256, 0),
    "gradient": gradient(512, 512),
}


@pytest.fixture(scope="module", params=PICTURES)
def marked(request):
    original = PICTURES[request.param]
    return original, embed(original, ID)


class TestSurvival:
    @pytest.mark.parametrize("attack", [lambda p: p, lambda p: as_jpeg(p, 75), lambda p: scaled(p, 0.5)])
    def test_it_survives_jpeg_75_and_half_the_size(self, marked, attack):
        found = read(attack(marked[1]))
        assert found is not None
        assert found.id == ID

    def test_large_pictures_survive_both_at_once(self, marked):
        if min(marked[0].shape[:2]) >= 256:
            assert read(as_jpeg(scaled(marked[1], 0.5), 75)).id == ID

    def test_it_is_hard_to_see(self, marked):
        original, picture = marked
        error = np.mean((original.astype(float) - picture) ** 2)
        least = 40 if min(original.shape[:2]) >= 512 else 31  # dB
        assert 10 * np.log10(255**2 / error) > least

    def test_the_same_picture_gets_the_same_mark(self):
        assert np.array_equal(embed(PICTURES["128"], 5), embed(PICTURES["128"], 5))


class TestAbsence:
    def test_pictures_without_a_mark_have_none(self, marked):
        assert read(marked[0]) is None

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.sampled_from([64, 96, 200]))
    def test_no_random_picture_seems_marked(self, seed, side):
        assert read(natural(side, side, seed)) is None

    @pytest.mark.parametrize("side", [1, 2, 17])
    def test_the_smallest_pictures_break_nothing(self, side):
        assert embed(flat(side, side, 9), ID).shape == (side, side, 3)
        assert read(flat(side, side, 9)) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_id_is_read_as_it_was_written(id):
    assert read(embed(PICTURES["256"], id)).id == id
