"""diffusers' schedulers, driven so that they show their coefficients.

The start sample, each network output and each noise draw is a unit vector of its own, so that every sample a scheduler
returns is its list of coefficients. Our tables, multiplied out, must give the same vectors.
"""

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from unittest.mock import patch

import diffusers
import numpy as np
import torch

from diffusion.solvers.base import NoiseSchedule, SolverTable

RTOL = 1e-4


SPACINGS = ("default", "leading", "linspace", "trailing")
ALL = (*SPACINGS, "karras", "exponential", "beta")


@dataclass(frozen=True)
class Counterpart:
    """A scheduler class, its arguments, and those of our schedules that it has.

    rtol: how far apart samples may be. Where it is more than the usual, the class loses digits in float32: by the
    difference of near squares (ancestral DPM2), or by differences of close logarithms (third order).
    restarts: whether a run from the middle begins as ours does (see lms.py and pndm.py).
    """

    scheduler: Any
    arguments: Mapping[str, Any] = field(default_factory=dict)
    schedules: tuple[str, ...] = ALL
    rtol: float = RTOL
    restarts: bool = True


SDE = {"algorithm_type": "sde-dpmsolver++"}
COUNTERPARTS = {
    "euler": Counterpart(diffusers.EulerDiscreteScheduler),
    "euler_a": Counterpart(diffusers.EulerAncestralDiscreteScheduler, schedules=SPACINGS),
    "ddim": Counterpart(diffusers.DDIMScheduler, schedules=SPACINGS),
    "dpmpp_2m": Counterpart(diffusers.DPMSolverMultistepScheduler),
    "dpmpp_2m_sde": Counterpart(diffusers.DPMSolverMultistepScheduler, SDE),
    "dpmpp_2m_sde_heun": Counterpart(diffusers.DPMSolverMultistepScheduler, {**SDE, "solver_type": "heun"}),
    "dpmpp_3m_sde": Counterpart(diffusers.DPMSolverMultistepScheduler, {**SDE, "solver_order": 3}, rtol=3e-4),
    "heun": Counterpart(diffusers.HeunDiscreteScheduler),
    "dpm2": Counterpart(diffusers.KDPM2DiscreteScheduler),
    "dpm2_a": Counterpart(diffusers.KDPM2AncestralDiscreteScheduler, rtol=5e-4),
    "lms": Counterpart(diffusers.LMSDiscreteScheduler, restarts=False),
    "unipc": Counterpart(diffusers.UniPCMultistepScheduler),
    "deis": Counterpart(diffusers.DEISMultistepScheduler),
    "ddpm": Counterpart(diffusers.DDPMScheduler, schedules=SPACINGS),
    "pndm": Counterpart(diffusers.PNDMScheduler, {"skip_prk_steps": True}, schedules=SPACINGS, restarts=False),
    "lcm": Counterpart(diffusers.LCMScheduler, schedules=("default",)),
}
FLOW = Counterpart(diffusers.FlowMatchEulerDiscreteScheduler)


@dataclass
class Trace:
    """samples[k] is the sample before evaluation k, in the basis (start, outputs 0…N-1, noises 0…)."""

    timesteps: np.ndarray
    samples: np.ndarray
    input_scale: np.ndarray
    draws: np.ndarray


@contextmanager
def replaced_noise(draw: Callable[[], torch.Tensor]) -> Iterator[None]:
    """Let every scheduler module take its noise from `draw`."""
    modules = [
        m for name, m in sys.modules.items() if name.startswith("diffusers.schedulers.") and hasattr(m, "randn_tensor")
    ]
    with ExitStack() as patches:
        for module in modules:
            patches.enter_context(patch.object(module, "randn_tensor", lambda *_args, **_kwargs: draw()))
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """diffusers' own code raises deprecation and division warnings, which our settings turn into errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def from_config(scheduler_class: Any, schedule: str, noise: NoiseSchedule, **extra: Any) -> Any:
    """The diffusers scheduler of a class for a checkpoint's configuration and one of our schedules."""
    config: dict[str, Any] = {
        "num_train_timesteps": noise.num_train_timesteps,
        "beta_start": noise.beta_start,
        "beta_end": noise.beta_end,
        "beta_schedule": noise.beta_schedule,
        "trained_betas": None if noise.trained_betas is None else list(noise.trained_betas),
        "prediction_type": str(noise.prediction_type),
        "steps_offset": noise.steps_offset,
        "rescale_betas_zero_snr": noise.rescale_betas_zero_snr,
        "clip_sample": False,
        **extra,
    }
    if noise.timestep_spacing is not None:
        config["timestep_spacing"] = noise.timestep_spacing
    if noise.set_alpha_to_one is not None:
        config["set_alpha_to_one"] = noise.set_alpha_to_one
    if schedule in {"leading", "linspace", "trailing"}:
        config["timestep_spacing"] = schedule
    elif schedule in {"karras", "exponential", "beta"}:
        config[f"use_{schedule}_sigmas"] = True
    set_timesteps = scheduler_class.set_timesteps
    # Some constructors compute a grid of a thousand steps, one by one; two do until the number of steps is set.
    with quiet(), patch.object(scheduler_class, "set_timesteps", lambda self, *_arguments: set_timesteps(self, 2)):
        return scheduler_class.from_config(config)


@lru_cache(maxsize=256)
def _constructed(solver: str, schedule: str, noise: NoiseSchedule) -> Any:
    counterpart = COUNTERPARTS[solver]
    return from_config(counterpart.scheduler, schedule, noise, **counterpart.arguments)


def reference(solver: str, schedule: str, noise: NoiseSchedule, num_steps: int) -> Any:
    """The counterpart of one of our solvers, ready to run."""
    scheduler = _constructed(solver, schedule, noise)
    with quiet():
        scheduler.set_timesteps(num_steps)
    return scheduler


def trace(scheduler: Any, start: int = 0, **step_arguments: Any) -> Trace:
    """Run a scheduler whose timesteps are set, from step `start`."""
    timesteps = scheduler.timesteps[start * scheduler.order :]
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(start * scheduler.order)
    count = len(timesteps)
    size = 1 + 3 * count
    used = [0]

    def unit(index: int) -> torch.Tensor:
        vector = torch.zeros(1, 1, 1, size, dtype=torch.float64)
        vector[..., index] = 1.0
        return vector

    def noise_draw() -> torch.Tensor:
        used[0] += 1
        return unit(count + used[0])

    sample = unit(0)
    samples, scales, draws = [sample.double().numpy().ravel()], [], []
    with quiet(), replaced_noise(noise_draw):
        for k, timestep in enumerate(timesteps):
            before = used[0]
            scales.append(scheduler.scale_model_input(torch.ones(1, dtype=torch.float64), timestep).item())
            sample = scheduler.step(unit(1 + k), timestep, sample, return_dict=False, **step_arguments)[0]
            samples.append(sample.double().numpy().ravel())
            draws.append(used[0] - before)
    return Trace(timesteps.double().numpy(), np.array(samples), np.array(scales), np.array(draws))


def expand(table: SolverTable) -> np.ndarray:
    """Our table multiplied out in the same basis."""
    count = table.num_evaluations
    size = 1 + 3 * count
    basis = np.eye(size)
    samples, converted, noises = [basis[0]], [], 0
    for k in range(count):
        converted.append(table.sample_coef[k] * samples[k] + table.output_coef[k] * basis[1 + k])
        following = table.a[k] * samples[k]
        for age in range(min(table.history, k + 1)):
            following = following + table.b[k, age] * converted[k - age]
        if table.draws_noise[k]:
            noises += 1
            following = following + table.c[k] * basis[count + noises]
        samples.append(following)
    return np.array(samples)


def assert_same(table: SolverTable, reference: Trace, rtol: float = RTOL) -> None:
    """Compare timesteps, input scale, draws of noise, and every sample's coefficients."""
    np.testing.assert_allclose(table.timesteps, reference.timesteps, rtol=rtol / 10, atol=0.05)
    np.testing.assert_allclose(table.input_scale, reference.input_scale, rtol=rtol / 5)
    np.testing.assert_array_equal(table.draws_noise.astype(int), reference.draws)
    ours = expand(table)
    assert ours.shape == reference.samples.shape
    for k, (mine, theirs) in enumerate(zip(ours, reference.samples, strict=True)):
        allowed = rtol * max(1.0, float(np.abs(theirs).max()))
        worst = float(np.abs(mine - theirs).max())
        assert worst <= allowed, f"sample {k}: differs by {worst:.2e}, allowed {allowed:.2e}"
