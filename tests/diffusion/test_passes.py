"""Guidance that ends early, variations, and a second, larger pass."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffusion.errors import InvalidFieldError
from diffusion.events import StepDone
from diffusion.guidance import RowPlan, combine, rescaled
from diffusion.resize import resized_latents
from diffusion.start_noise import spherical_mix
from tests.diffusion.engine_factory import Bench
from tests.fakes.pipeline import make_toy_request as request


def run(**fields) -> Bench:
    bench = Bench()
    bench.submit(request("a", **fields))
    bench.run()
    return bench


class TestGuidanceEnd:
    def test_its_unconditional_rows_leave_the_batch(self) -> None:
        assert run(num_inference_steps=10, guidance_end=0.7).runner.rows == [2] * 7 + [1] * 3

    def test_at_0_it_is_as_without_guidance(self) -> None:
        cut, plain = run(guidance_end=0.0), run(guidance_scale=1.0)
        assert cut.runner.rows == plain.runner.rows
        assert np.array_equal(cut.pictures("a"), plain.pictures("a"))

    def test_a_two_evaluation_solver_is_cut_between_steps(self) -> None:
        bench = run(sampler="heun", num_inference_steps=4, guidance_end=0.5)
        assert bench.runner.rows == [2] * 4 + [1] * 3

    def test_freed_rows_are_given_to_others(self) -> None:
        bench = Bench(row_cap=3)
        bench.submit(request("a", num_inference_steps=4, guidance_end=0.5), request("b", num_inference_steps=4))
        bench.run()
        assert 3 in bench.runner.rows


def test_guidance_rescale_is_diffusers_own_for_each_row() -> None:
    from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg

    text, free = torch.randn(2, 3, 4, 6, 5, generator=torch.Generator().manual_seed(3)).unbind()
    amounts, scales = (0.0, 0.7, 1.0), torch.tensor([5.0, 7.5, 2.0])
    plan = RowPlan((0, 1, 2), (0, 1, 2), (), np.ones(3, np.float32), scales.numpy(), amounts)
    output = np.concatenate([text.numpy(), free.numpy()])
    ours = rescaled(plan, output, combine(plan, output))
    for row, amount in enumerate(amounts):
        combined = (free + scales[:, None, None, None] * (text - free))[row : row + 1]
        theirs = rescale_noise_cfg(combined, text[row : row + 1], guidance_rescale=amount)
        assert np.abs(ours[row] - theirs[0].numpy()).max() < 1e-4


class TestVariations:
    def test_strength_0_is_the_seed_itself_and_1_the_other(self) -> None:
        plain = run(seed=5).pictures("a")
        assert np.array_equal(run(seed=5, variation_seed=9, variation_strength=0.0).pictures("a"), plain)
        other = run(seed=9).pictures("a")[0].astype(int)
        assert np.abs(run(seed=5, variation_seed=9, variation_strength=1.0).pictures("a")[0] - other).max() <= 1

    def test_each_image_of_several_can_be_made_alone(self) -> None:
        together = run(seed=5, variation_seed=9, variation_strength=0.4, num_images=3).pictures("a")
        for number, picture in enumerate(together):
            alone = run(seed=5, variation_seed=9 + number, variation_strength=0.4).pictures("a")[0]
            assert np.array_equal(picture, alone)
        assert not np.array_equal(together[0], together[1])

    @pytest.mark.parametrize("amount", [0.0, 0.3, 0.8, 1.0])
    def test_the_mixture_is_slerp_along_axis_1(self, amount) -> None:
        low, high = torch.randn(2, 4, 6, 5, generator=torch.Generator().manual_seed(3))
        unit_low, unit_high = low / torch.norm(low, dim=1, keepdim=True), high / torch.norm(high, dim=1, keepdim=True)
        omega = torch.acos((unit_low * unit_high).sum(1))
        first = (torch.sin((1.0 - amount) * omega) / torch.sin(omega)).unsqueeze(1)
        second = (torch.sin(amount * omega) / torch.sin(omega)).unsqueeze(1)
        expected = (first * low + second * high).numpy()
        assert np.abs(spherical_mix(amount, low.numpy(), high.numpy()) - expected).max() < 1e-5


class TestHires:
    def test_the_second_pass_has_another_shape_and_counts_on(self) -> None:
        bench = run(num_inference_steps=4, hires={"scale": 2, "num_inference_steps": 6, "strength": 0.5})
        assert bench.pictures("a")[0].shape == (64, 64, 3)
        steps = [event for event in bench.events["a"] if isinstance(event, StepDone)]
        assert [event.step for event in steps] == list(range(1, 8))
        assert {event.num_steps for event in steps} == {7}

    def test_it_shares_batches_with_a_large_request(self) -> None:
        bench = Bench()
        bench.submit(
            request("small", num_inference_steps=2, hires={"scale": 2, "num_inference_steps": 4, "strength": 1.0}),
            request("large", width=64, height=64, num_inference_steps=12),
        )
        bench.run()
        assert 4 in bench.runner.rows

    def test_company_changes_nothing(self) -> None:
        fields = {"sampler": "euler_a", "hires": {"scale": 1.5}, "num_inference_steps": 4}
        alone = run(seed=3, **fields).pictures("a")[0]
        bench = Bench()
        bench.submit(request("a", seed=3, **fields), request("b", seed=8, **fields), request("c", width=48, height=48))
        bench.run()
        assert np.array_equal(bench.pictures("a")[0], alone)


@pytest.mark.parametrize("size", [(12, 10), (7, 5), (9, 16)])
def test_latents_are_resized_as_torch_does(size) -> None:
    latents = torch.randn(1, 4, 6, 8, generator=torch.Generator().manual_seed(1))
    expected = torch.nn.functional.interpolate(latents, size=size, mode="bilinear", antialias=False)[0].numpy()
    assert np.abs(resized_latents(latents[0].numpy(), *size) - expected).max() < 1e-5


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"eta": 1.5}, "eta"),
        ({"eta": 0.5, "sampler": "euler"}, "eta"),
        ({"guidance_rescale": -0.1}, "guidance_rescale"),
        ({"guidance_end": 1.1}, "guidance_end"),
        ({"variation_strength": 2}, "variation_strength"),
        ({"variation_seed": -1}, "variation_seed"),
        ({"hires": 2}, "hires"),
        ({"hires": {"factor": 2}}, "hires.factor"),
        ({"hires": {"scale": 3}}, "hires.scale"),
        ({"hires": {"scale": 0.5}}, "hires.scale"),
        ({"hires": {"width": 64}}, "hires.height"),
        ({"hires": {"num_inference_steps": 0}}, "hires.num_inference_steps"),
        ({"hires": {"num_inference_steps": 4, "strength": 0.2}}, "hires.strength"),
        ({"sampler": "lcm", "hires": {"num_inference_steps": 60}}, "hires.num_inference_steps"),
    ],
)
def test_a_value_outside_is_refused_by_its_name(fields, field) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        request("a", **fields)
    assert caught.value.field == field
