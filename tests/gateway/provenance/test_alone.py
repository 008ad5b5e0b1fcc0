"""Each image of a request has a recipe that makes it again alone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gateway.jobs.records import REQUEST_FIELDS
from gateway.provenance.recipe import recipe_of
from tests.diffusion.engine_factory import Bench
from tests.fakes.pipeline import make_toy_request

NOT_OF_A_REQUEST = {"format", "software", "model", "model_fingerprint"}


def pictures(request) -> list[np.ndarray]:
    bench = Bench()
    bench.submit(request)
    bench.run()
    return bench.pictures(request.request_id)


@pytest.mark.parametrize(
    "fields",
    [
        {"sampler": "euler_a"},
        {"variation_seed": 2**32 - 1, "variation_strength": 0.3},
        {"sampler": "ddim", "eta": 0.5, "guidance_rescale": 0.4, "guidance_end": 0.5},
        {"hires": {"scale": 1.5, "num_inference_steps": 4, "strength": 0.5}},
    ],
    ids=["seed", "variation", "options", "hires"],
)
def test_the_recipe_of_each_image_makes_it_alone(fields) -> None:
    request = make_toy_request("r", seed=5, num_images=3, **fields)
    values = dataclasses.asdict(request)
    stored = {name: values[name] for name in REQUEST_FIELDS}
    together = pictures(request)
    assert not np.array_equal(together[0], together[1])
    for image, picture in enumerate(together):
        recipe = recipe_of(stored, "toy", "f", request.seed_of(image), image)
        given = {name: value for name, value in recipe.items() if name not in NOT_OF_A_REQUEST}
        (alone,) = pictures(make_toy_request("r", **given))
        assert np.array_equal(alone, picture)
