"""What is generated both ways to compare whole pictures: three requests for each kind of prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diffusion.pipeline import PipelineSpec
from diffusion.solvers.noise_schedule import NoiseSchedule, PredictionType


@dataclass(frozen=True, slots=True)
class PictureCase:
    """One generation: what is asked for, and diffusers' class of the same solver with its settings."""

    prompt: str
    negative_prompt: str
    seed: int
    sampler: str
    schedule: str
    scheduler_class: str
    scheduler_settings: Mapping[str, Any]


_FLOW = "FlowMatchEulerDiscreteScheduler"
DIFFUSION_CASES = (
    PictureCase("a red apple", "", 0, "ddim", "trailing", "DDIMScheduler", {"timestep_spacing": "trailing"}),
    PictureCase(
        "a snowman on a hill",
        "blurred",
        1,
        "euler_a",
        "leading",
        "EulerAncestralDiscreteScheduler",
        {"timestep_spacing": "leading"},
    ),
    PictureCase(
        "a yellow flower", "", 2, "dpmpp_2m", "karras", "DPMSolverMultistepScheduler", {"use_karras_sigmas": True}
    ),
)
FLOW_CASES = (
    PictureCase("a red apple", "", 0, "flow_euler", "default", _FLOW, {}),
    PictureCase("a snowman on a hill", "blurred", 1, "flow_euler", "karras", _FLOW, {"use_karras_sigmas": True}),
    PictureCase("a yellow flower", "", 2, "flow_euler", "beta", _FLOW, {"use_beta_sigmas": True}),
)


def cases_for(spec: PipelineSpec) -> tuple[PictureCase, ...]:
    """The cases that the pipeline's networks can run."""
    prediction = NoiseSchedule.from_config(spec.noise_schedule).prediction_type
    return FLOW_CASES if prediction is PredictionType.FLOW else DIFFUSION_CASES
