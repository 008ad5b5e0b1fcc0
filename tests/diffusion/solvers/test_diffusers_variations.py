"""Against diffusers where its class has to be helped: other grids, cut schedules, flow matching, a Brownian tree."""

import importlib
import sys
import types
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import diffusers
import numpy as np
import pytest
import scipy.stats  # type: ignore[import-untyped]
import torch
from diffusers.schedulers import scheduling_utils

from diffusion.solvers.base import NoiseSchedule, PredictionType
from diffusion.solvers.beta_distribution import beta_quantiles
from diffusion.solvers.errors import InvalidSolverOptionError
from diffusion.solvers.registry import build_table
from tests.diffusion.solvers.diffusers_oracle import RTOL, assert_same, expand, from_config, quiet, reference, trace

DEMO = NoiseSchedule(
    beta_start=0.00085,
    beta_end=0.020,
    beta_schedule="scaled_linear",
    steps_offset=1,
    set_alpha_to_one=False,
    timestep_spacing="trailing",
    prediction_type=PredictionType.V_PREDICTION,
)
STABLE_DIFFUSION = NoiseSchedule(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1)


@pytest.mark.parametrize("schedule", ["karras", "exponential", "beta"])
def test_euler_ancestral_on_the_grids_of_euler(schedule: str) -> None:
    """diffusers' class has no such grids of its own; it runs on those of its sibling."""
    for noise in (STABLE_DIFFUSION, DEMO):
        grid, scheduler = reference("euler", schedule, noise, 15), reference("euler_a", "default", noise, 15)
        scheduler.sigmas, scheduler.timesteps = grid.sigmas, grid.timesteps
        assert_same(build_table("euler_a", schedule, noise, 15), trace(scheduler))


@pytest.mark.parametrize("start", [1, 4, 9])
@pytest.mark.parametrize("schedule", ["default", "karras"])
def test_lms_from_the_middle_is_lms_on_the_rest_of_the_grid(schedule: str, start: int) -> None:
    for noise in (STABLE_DIFFUSION, DEMO):
        scheduler = reference("lms", schedule, noise, 10)
        scheduler.sigmas, scheduler.timesteps = scheduler.sigmas[start:], scheduler.timesteps[start:]
        assert_same(build_table("lms", schedule, noise, 10, start=start), trace(scheduler))


@pytest.mark.parametrize("start", [1, 4, 9])
@pytest.mark.parametrize("schedule", ["leading", "trailing"])
def test_plms_from_the_middle_is_plms_on_the_rest_of_the_timesteps(schedule: str, start: int) -> None:
    for noise in (STABLE_DIFFUSION, DEMO):
        scheduler = reference("pndm", schedule, noise, 10)
        rest = torch.cat([scheduler.timesteps[:2], scheduler.timesteps[3:]])[start:]
        scheduler.timesteps = torch.cat([rest[:2], rest[1:]])
        assert_same(build_table("pndm", schedule, noise, 10, start=start), trace(scheduler))


@pytest.mark.parametrize(
    ("schedule", "table"),
    [("align_your_steps", "StableDiffusionTimesteps"), ("align_your_steps_sdxl", "StableDiffusionXLTimesteps")],
)
@pytest.mark.parametrize("solver", ["euler", "heun", "dpmpp_2m", "dpmpp_2m_sde"])
def test_align_your_steps(solver: str, schedule: str, table: str) -> None:
    scheduler = reference(solver, "default", STABLE_DIFFUSION, 10)
    with quiet():
        scheduler.set_timesteps(timesteps=scheduling_utils.AysSchedules[table])
    assert_same(build_table(solver, schedule, STABLE_DIFFUSION, 10), trace(scheduler))


def sde_scheduler_class() -> Any:
    """diffusers imports torchsde for its Brownian tree alone, which the test replaces."""
    with patch.dict(sys.modules, {"torchsde": types.ModuleType("torchsde")}):
        return importlib.import_module("diffusers.schedulers.scheduling_dpmsolver_sde").DPMSolverSDEScheduler


@pytest.mark.parametrize("num_steps", [1, 2, 12])
@pytest.mark.parametrize("schedule", ["default", "linspace", "karras", "exponential", "beta"])
@pytest.mark.parametrize("noise", [STABLE_DIFFUSION, DEMO])
def test_dpmpp_sde_but_for_the_coupling_of_its_noise(noise: NoiseSchedule, schedule: str, num_steps: int) -> None:
    """The coefficients of the start and of all outputs; test_closed_forms.py has the noise."""
    scheduler = from_config(sde_scheduler_class(), schedule, noise)
    with quiet():
        scheduler.set_timesteps(num_steps)
    count = len(scheduler.timesteps)
    scheduler.noise_sampler = lambda *_sigmas: torch.zeros(1, 1, 1, 1 + 3 * count, dtype=torch.float64)
    theirs = trace(scheduler)
    table = build_table("dpmpp_sde", schedule, noise, num_steps)
    np.testing.assert_allclose(table.timesteps, theirs.timesteps, rtol=1e-5, atol=0.05)
    np.testing.assert_allclose(table.input_scale, theirs.input_scale, rtol=1e-5)
    assert table.init_noise_sigma == pytest.approx(float(scheduler.init_noise_sigma), rel=1e-5)
    for mine, reference_sample in zip(expand(table)[:, : 1 + count], theirs.samples[:, : 1 + count], strict=True):
        np.testing.assert_allclose(mine, reference_sample, atol=RTOL * max(1.0, np.abs(reference_sample).max()))


FLOW_CLASS: Any = diffusers.FlowMatchEulerDiscreteScheduler
FLOW_CONFIGS: tuple[dict[str, Any], ...] = (
    {},
    {"shift": 3.0},
    {"shift": 1.7, "use_karras_sigmas": True},
    {"shift": 3.0, "use_exponential_sigmas": True},
    {"shift": 3.0, "use_beta_sigmas": True},
    {"shift": 3.0, "shift_terminal": 0.1},
)


@pytest.mark.parametrize("start", [0, 3])
@pytest.mark.parametrize("num_steps", [4, 28])
@pytest.mark.parametrize("config", FLOW_CONFIGS)
def test_flow_matching(config: dict[str, Any], num_steps: int, start: int) -> None:
    config = {"_class_name": "FlowMatchEulerDiscreteScheduler", **config}
    scheduler = FLOW_CLASS.from_config(config)
    with quiet():
        scheduler.set_timesteps(num_steps)
    noise = NoiseSchedule.from_config(config)
    assert noise.prediction_type is PredictionType.FLOW
    placed = [key.split("_")[1] for key in config if key.endswith("_sigmas")]
    table = build_table("flow_euler", (*placed, "default")[0], noise, num_steps, start=start)
    scheduler.scale_model_input = lambda sample, _: sample
    scheduler.set_begin_index(start)
    known = scheduler.scale_noise(torch.tensor([[1.0, 0.0]]), scheduler.timesteps[:1], torch.tensor([[0.0, 1.0]]))
    np.testing.assert_allclose([table.alpha[0], table.sigma[0]], known.numpy()[0], atol=1e-6)
    assert_same(table, trace(scheduler, start))


@pytest.mark.parametrize("kind", ["exponential", "linear"])
@pytest.mark.parametrize("tokens", [256, 1024, 4096])
def test_flow_matching_with_a_shift_that_depends_on_the_size(tokens: int, kind: str) -> None:
    """The way the FLUX pipeline drives its scheduler."""
    config = {
        "_class_name": "FlowMatchEulerDiscreteScheduler",
        "use_dynamic_shifting": True,
        "time_shift_type": kind,
        "base_shift": 0.5,
        "max_shift": 1.15,
    }
    scheduler = FLOW_CLASS.from_config(config)
    with quiet():
        scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / 20, 20), mu=0.5 + 0.65 * (tokens - 256) / 3840)
    noise = NoiseSchedule.from_config(config)
    scheduler.scale_model_input = lambda sample, _: sample
    assert_same(build_table("flow_euler", "simple", noise.for_image_tokens(tokens), 20), trace(scheduler))
    with pytest.raises(InvalidSolverOptionError, match="for_image_tokens"):
        build_table("flow_euler", "simple", noise, 20)
    assert replace(noise, dynamic_shift=None).for_image_tokens(tokens).shift == 1.0


@pytest.mark.parametrize("count", [1, 2, 3, 50, 1000])
def test_beta_quantiles_equal_scipy(count: int) -> None:
    probabilities = 1.0 - np.linspace(0, 1, count)
    expected = scipy.stats.beta.ppf(probabilities, 0.6, 0.6)
    np.testing.assert_allclose(beta_quantiles(probabilities, 0.6), expected, rtol=1e-12)
