"""Tiled decoding: the bound of one call holds, and no seam is seen."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from diffusion.components import Component
from diffusion.tiles import Tiling
from tests.diffusion.engine_factory import Bench
from tests.fakes.pipeline import make_spec
from tests.fakes.pipeline import make_toy_request as request

RANDOM = np.random.default_rng(4)
TILED = make_spec(limits=dataclasses.replace(make_spec().limits, decode_tile=32))


@pytest.mark.parametrize("size", [(8, 8), (9, 8), (16, 8), (40, 17), (64, 64)])
def test_tiles_cover_everything_overlap_by_a_quarter_and_join_without_a_trace(size) -> None:
    tiling = Tiling.of(*size, 8)
    grid = RANDOM.standard_normal((3, *size)).astype(np.float32)
    enlarged = [tile.repeat(2, axis=1).repeat(2, axis=2) for tile in tiling.cut(grid)]
    assert all(max(tile.shape[1:]) <= 16 for tile in enlarged)
    for starts, length in ((tiling.tops, size[0]), (tiling.lefts, size[1])):
        assert starts[-1] + min(8, length) == length
        assert all(after - before <= 6 for before, after in itertools.pairwise(starts))
    whole = grid.repeat(2, axis=1).repeat(2, axis=2)
    assert np.abs(tiling.joined(enlarged, 2) - whole).max() < 1e-5


def test_no_call_of_the_decoder_is_larger_than_the_bound() -> None:
    sizes = []

    def before(component, inputs) -> None:
        if component is Component.VAE_DECODER:
            sizes.append(inputs["latent_sample"].shape)

    bench = Bench(TILED, before=before)
    bench.submit(request("a", spec=TILED, width=64, height=48), request("b", spec=TILED, width=16, height=16))
    bench.run()
    assert {shape[2:] for shape in sizes} == {(8, 8), (4, 4)}
    assert max(shape[0] for shape in sizes) <= TILED.max_rows[Component.VAE_DECODER]
    plain = Bench()
    plain.submit(request("a", width=64, height=48))
    plain.run()
    # the toy decoder looks at single cells: tiles change nothing
    assert np.abs(bench.pictures("a")[0].astype(int) - plain.pictures("a")[0]).max() <= 1


def test_a_tile_that_is_not_finite_fails_its_own_request() -> None:
    def poisoned(component, inputs) -> None:
        if component is Component.VAE_DECODER:
            inputs["latent_sample"][0] = np.nan

    bench = Bench(TILED, before=poisoned)
    bench.submit(request("a", spec=TILED, width=64, height=64))
    bench.run()
    assert bench.types("a")[-1] == "Failed"
