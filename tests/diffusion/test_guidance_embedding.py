"""Guidance as an input of the UNet, as latent consistency models have it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from diffusion.errors import InvalidFieldError
from diffusion.events import Queued
from diffusion.guidance import embedded_scales
from tests.diffusion.engine_factory import Bench
from tests.fakes.pipeline import make_spec, make_toy_request

SPEC = make_spec(guidance_width=8)


@pytest.mark.parametrize("width", [4, 32, 33, 256])
def test_it_is_diffusers_own(width: int) -> None:
    import torch
    from diffusers.pipelines.latent_consistency_models.pipeline_latent_consistency_text2img import (
        LatentConsistencyModelPipeline,
    )

    scales = [0.0, 1.0, 1.5, 8.5, 30.0]
    weights = torch.tensor([scale - 1 for scale in scales])
    theirs = LatentConsistencyModelPipeline.get_guidance_scale_embedding(None, weights, width)  # type: ignore[arg-type]
    ours = embedded_scales(scales, width)
    assert ours.dtype == np.float32
    # a unit in the last place of an angle of 29,000 is 2e-3 of its sine
    np.testing.assert_allclose(ours, theirs.numpy(), atol=4e-3)
    np.testing.assert_allclose(ours[:4], theirs.numpy()[:4], atol=1e-3)


def test_each_row_has_its_own_and_none_is_unconditional() -> None:
    seen: list[np.ndarray] = []
    bench = Bench(SPEC, before=lambda _, inputs: seen.append(inputs["timestep_cond"]) if "sample" in inputs else None)
    for name, scale in (("a", 1.0), ("b", 8.5)):
        bench.submit(make_toy_request(name, SPEC, guidance_scale=scale, num_inference_steps=2, num_images=2))
    bench.run()
    rows = [array for array in seen if array.shape[0] == 4]
    assert len(rows) == 2
    for given in rows:
        np.testing.assert_array_equal(given, embedded_scales([1.0, 1.0, 8.5, 8.5], 8))
    assert bench.runner.rows == [4, 4]


def test_a_negative_prompt_is_said_to_have_no_effect() -> None:
    bench = Bench(SPEC)
    bench.submit(make_toy_request("a", SPEC, negative_prompt="b", guidance_scale=8.5))
    (queued,) = bench.events["a"]
    assert isinstance(queued, Queued)
    assert queued.warnings == ("negative_prompt: has no effect: the pipeline guides itself",)


@pytest.mark.parametrize(("field", "value", "neutral"), [("guidance_rescale", 0.7, "0"), ("guidance_end", 0.5, "1")])
def test_what_changes_unconditional_rows_is_refused(field: str, value: float, neutral: str) -> None:
    with pytest.raises(
        InvalidFieldError, match=f"{field}: {value} is not allowed; expected {neutral}: the UNet of toy"
    ):
        make_toy_request("a", SPEC, **{field: value})
    neutral_request = make_toy_request("a", SPEC, **{field: float(neutral)})
    assert dataclasses.asdict(neutral_request)[field] == float(neutral)
