"""Every solver's table against the diffusers scheduler of that name: solver x steps x schedule x prediction type."""

from dataclasses import replace

import diffusers
import numpy as np
import pytest
import torch

from diffusion.solvers.base import NoiseSchedule, PredictionType
from diffusion.solvers.registry import build_table
from tests.diffusion.solvers.diffusers_oracle import COUNTERPARTS, assert_same, from_config, reference, trace

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
RESTARTING_CASES = [(solver, schedule) for solver, schedule in CASES if COUNTERPARTS[solver].restarts]


def assert_equal(
    solver: str, schedule: str, noise: NoiseSchedule, num_steps: int, start: int = 0, rtol: float = 0.0
) -> None:
    table = build_table(solver, schedule, noise, num_steps, start=start)
    scheduler = reference(solver, schedule, noise, num_steps)
    if start == 0:
        assert table.init_noise_sigma == pytest.approx(float(scheduler.init_noise_sigma), rel=1e-5)
    assert_same(table, trace(scheduler, start), max(rtol, COUNTERPARTS[solver].rtol))


@pytest.mark.parametrize("prediction", [PredictionType.EPSILON, PredictionType.V_PREDICTION])
@pytest.mark.parametrize("num_steps", [1, 2, 3, 4, 14, 15, 30])
@pytest.mark.parametrize(("solver", "schedule"), CASES)
def test_table_equals_diffusers(solver: str, schedule: str, num_steps: int, prediction: PredictionType) -> None:
    for checkpoint in (STABLE_DIFFUSION, DEMO):
        assert_equal(solver, schedule, replace(checkpoint, prediction_type=prediction), num_steps)


@pytest.mark.parametrize("start", [1, 5, 11])
@pytest.mark.parametrize(("solver", "schedule"), RESTARTING_CASES)
def test_image_to_image_starts_in_the_middle_as_diffusers_does(solver: str, schedule: str, start: int) -> None:
    for noise in (STABLE_DIFFUSION, DEMO):
        assert_equal(solver, schedule, noise, 12, start)


@pytest.mark.parametrize("start", [0, 3])
@pytest.mark.parametrize(("solver", "schedule"), RESTARTING_CASES)
def test_known_latents_are_noised_as_diffusers_does(solver: str, schedule: str, start: int) -> None:
    """alpha and sigma: `add_noise` of image-to-image (entry 0) and of inpainting (the later entries)."""
    scheduler = reference(solver, schedule, DEMO, 10)
    table = build_table(solver, schedule, DEMO, 10, start=start)
    image, noise = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    # Half-way through a step of DPM2 the latents are half-way; diffusers noises known ones for the step's end.
    stride = 2 if solver in {"dpm2", "dpm2_a"} else 1
    for k, timestep in list(enumerate(scheduler.timesteps[start * scheduler.order :]))[::stride]:
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(start * scheduler.order + k)
        expected = scheduler.add_noise(image, noise, timestep[None]).numpy()[0]
        np.testing.assert_allclose([table.alpha[k], table.sigma[k]], expected, rtol=1e-5, atol=1e-6)
    assert (table.alpha[-1], table.sigma[-1]) == (1.0, 0.0)


@pytest.mark.parametrize("checkpoint", [STABLE_DIFFUSION, DEMO])
def test_lcm_with_all_its_steps(checkpoint: NoiseSchedule) -> None:
    """Its boundary condition shows at small timesteps, which only many steps reach."""
    assert_equal("lcm", "default", checkpoint, 50)


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


# diffusers' other classes do not know rescaled betas; test_closed_forms.py has them all.
RESCALED = {
    "euler": "trailing",
    "euler_a": "trailing",
    "ddim": "trailing",
    "ddpm": "trailing",
    "dpmpp_2m": "trailing",
    "dpmpp_2m_sde": "karras",
    "dpmpp_3m_sde": "exponential",
    "unipc": "trailing",
    "lcm": "default",
}


@pytest.mark.parametrize("checkpoint", [STABLE_DIFFUSION, DEMO])
@pytest.mark.parametrize(("solver", "schedule"), RESCALED.items())
def test_zero_terminal_snr(solver: str, schedule: str, checkpoint: NoiseSchedule) -> None:
    noise = replace(checkpoint, rescale_betas_zero_snr=True, prediction_type=PredictionType.V_PREDICTION)
    for num_steps in (5, 20):
        # Sigma starts at 4096, where float32, in which diffusers computes, has steps of 2.4e-4.
        assert_equal(solver, schedule, noise, num_steps, rtol=3e-4)


@pytest.mark.parametrize("beta_schedule", ["linear", "squaredcos_cap_v2"])
@pytest.mark.parametrize(("solver", "schedule"), CASES)
def test_other_beta_schedules(solver: str, schedule: str, beta_schedule: str) -> None:
    if solver == "dpm2_a" and beta_schedule == "squaredcos_cap_v2":
        pytest.skip("float32 leaves diffusers no digits of sigma_down here; the closed form is in test_closed_forms.py")
    # The cosine's sigma starts at 20291: see above.
    noise = NoiseSchedule(beta_schedule=beta_schedule, prediction_type=PredictionType.V_PREDICTION)
    assert_equal(solver, schedule, noise, 12, rtol=1e-3 if beta_schedule == "squaredcos_cap_v2" else 0.0)
