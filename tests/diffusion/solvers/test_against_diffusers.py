"""Every solver's table against the diffusers scheduler of that name: solver x steps x schedule x prediction type."""

from dataclasses import replace
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from diffusion.solvers.base import NoiseSchedule, PredictionType
from diffusion.solvers.registry import build_table
from tests.diffusion.solvers.diffusers_oracle import COUNTERPARTS, assert_same, from_config, quiet, trace

STABLE_DIFFUSION = NoiseSchedule(
    beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, set_alpha_to_one=False
)
DEMO = NoiseSchedule(
    beta_start=0.00085,
    beta_end=0.020,
    beta_schedule="scaled_linear",
    steps_offset=1,
    set_alpha_to_one=False,
    timestep_spacing="trailing",
    prediction_type=PredictionType.V_PREDICTION,
)


CASES = [(solver, schedule) for solver, counterpart in COUNTERPARTS.items() for schedule in counterpart.schedules]


def reference(solver: str, schedule: str, noise: NoiseSchedule, num_steps: int) -> Any:
    counterpart = COUNTERPARTS[solver]
    scheduler = from_config(counterpart.scheduler, schedule, noise, **counterpart.arguments)
    with quiet():
        scheduler.set_timesteps(num_steps)
    return scheduler


@pytest.mark.parametrize("prediction", [PredictionType.EPSILON, PredictionType.V_PREDICTION])
@pytest.mark.parametrize("num_steps", [1, 2, 3, 7, 14, 15, 20, 50])
@pytest.mark.parametrize(("solver", "schedule"), CASES)
def test_table_equals_diffusers(solver: str, schedule: str, num_steps: int, prediction: PredictionType) -> None:
    for checkpoint in (STABLE_DIFFUSION, DEMO):
        noise = replace(checkpoint, prediction_type=prediction)
        scheduler = reference(solver, schedule, noise, num_steps)
        table = build_table(solver, schedule, noise, num_steps)
        assert table.init_noise_sigma == pytest.approx(float(scheduler.init_noise_sigma), rel=1e-5)
        assert_same(table, trace(scheduler))


@pytest.mark.parametrize("start", [1, 5, 11])
@pytest.mark.parametrize(("solver", "schedule"), CASES)
def test_image_to_image_starts_in_the_middle_as_diffusers_does(solver: str, schedule: str, start: int) -> None:
    for noise in (STABLE_DIFFUSION, DEMO):
        scheduler = reference(solver, schedule, noise, 12)
        table = build_table(solver, schedule, noise, 12, start=start)
        assert_same(table, trace(scheduler, start))
        assert table.num_steps == 12 - start


@pytest.mark.parametrize("start", [0, 3])
@pytest.mark.parametrize(("solver", "schedule"), CASES)
def test_known_latents_are_noised_as_diffusers_does(solver: str, schedule: str, start: int) -> None:
    """alpha and sigma: `add_noise` of image-to-image (entry 0) and of inpainting (the later entries)."""
    scheduler = reference(solver, schedule, DEMO, 10)
    table = build_table(solver, schedule, DEMO, 10, start=start)
    image, noise = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    for k, timestep in enumerate(scheduler.timesteps[start * scheduler.order :]):
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(start * scheduler.order + k)
        expected = scheduler.add_noise(image, noise, timestep[None]).numpy()[0]
        np.testing.assert_allclose([table.alpha[k], table.sigma[k]], expected, rtol=1e-5, atol=1e-6)
    assert (table.alpha[-1], table.sigma[-1]) == (1.0, 0.0)


@pytest.mark.parametrize("eta", [0.3, 1.0])
@pytest.mark.parametrize("num_steps", [1, 4, 20])
@pytest.mark.parametrize("schedule", COUNTERPARTS["ddim"].schedules)
def test_ddim_with_eta(schedule: str, num_steps: int, eta: float) -> None:
    for noise in (STABLE_DIFFUSION, DEMO):
        scheduler = reference("ddim", schedule, noise, num_steps)
        assert_same(build_table("ddim", schedule, noise, num_steps, eta=eta), trace(scheduler, eta=eta))


@pytest.mark.parametrize("beta_schedule", ["linear", "scaled_linear", "squaredcos_cap_v2"])
@pytest.mark.parametrize("rescaled", [False, True])
def test_alphas_cumprod_equal_diffusers(beta_schedule: str, *, rescaled: bool) -> None:
    noise = NoiseSchedule(beta_schedule=beta_schedule, rescale_betas_zero_snr=rescaled)
    expected = from_config(diffusers.DDIMScheduler, "default", noise).alphas_cumprod.double().numpy()
    np.testing.assert_allclose(noise.alphas_cumprod, expected, rtol=2e-6, atol=1e-9)
    if not rescaled:
        np.testing.assert_array_equal(noise.alphas_cumprod, expected)


RESCALED = {
    "euler": "trailing",
    "euler_a": "trailing",
    "ddim": "trailing",
    "dpmpp_2m": "trailing",
    "dpmpp_2m_sde": "karras",
    "lcm": "default",
}


@pytest.mark.parametrize("checkpoint", [STABLE_DIFFUSION, DEMO])
@pytest.mark.parametrize(("solver", "schedule"), RESCALED.items())
def test_zero_terminal_snr(solver: str, schedule: str, checkpoint: NoiseSchedule) -> None:
    noise = replace(checkpoint, rescale_betas_zero_snr=True, prediction_type=PredictionType.V_PREDICTION)
    for num_steps in (5, 20):
        scheduler = reference(solver, schedule, noise, num_steps)
        # Sigma starts at 4096, where float32, in which diffusers computes, has steps of 2.4e-4.
        assert_same(build_table(solver, schedule, noise, num_steps), trace(scheduler), rtol=3e-4)


@pytest.mark.parametrize("beta_schedule", ["linear", "squaredcos_cap_v2"])
@pytest.mark.parametrize(("solver", "schedule"), CASES)
def test_other_beta_schedules(solver: str, schedule: str, beta_schedule: str) -> None:
    noise = NoiseSchedule(beta_schedule=beta_schedule, prediction_type=PredictionType.V_PREDICTION)
    assert_same(build_table(solver, schedule, noise, 12), trace(reference(solver, schedule, noise, 12)), rtol=3e-4)
