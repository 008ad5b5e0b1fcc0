"""Prompt to pixels: an installed pipeline through our engine against diffusers' own pipeline, same seed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.engine import Engine
from diffusion.events import Event, ImageDone, Pixels
from diffusion.pipeline import PipelineSpec, component_specs
from diffusion.scheduling.costs import CostModel
from diffusion.scheduling.scheduler import Scheduler, SchedulerConfig
from diffusion.tokenizer import Tokenizer
from export.repository import install_pipeline
from gateway.backend.onnx_runner import OnnxRunner

PROMPTS = ("red", "a red thing, of many words and \N{SNOWMAN}", "")
SAMPLERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "euler": ("EulerDiscreteScheduler", "default", {}),
    "euler_a": ("EulerAncestralDiscreteScheduler", "default", {}),
    "ddim": ("DDIMScheduler", "default", {}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", "karras", {"use_karras_sigmas": True}),
    "dpmpp_2m_sde": ("DPMSolverMultistepScheduler", "default", {"algorithm_type": "sde-dpmsolver++"}),
    "lcm": ("LCMScheduler", "default", {}),
}
STEPS = 6


@pytest.fixture(scope="module")
def installed(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[PipelineSpec, Path]:
    repository = tmp_path_factory.mktemp("parity") / "models"
    return install_pipeline(tiny, repository, "tiny"), repository


@pytest.fixture(scope="module")
def reference(tiny: Path) -> Any:
    import diffusers
    import torch

    untyped: Any = diffusers
    pipeline = untyped.StableDiffusionPipeline.from_pretrained(tiny, safety_checker=None, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.trained_with = dict(pipeline.scheduler.config)  # a scheduler made from another keeps its options
    return pipeline


def ours(installed: tuple[PipelineSpec, Path], *asked: dict[str, Any]) -> list[Pixels]:
    """The pictures of the requests, which all run together."""
    done = {event.request_id: event.pixels for event in events_of(installed, *asked) if isinstance(event, ImageDone)}
    return [done[f"{number}"] for number in range(len(asked))]


def events_of(installed: tuple[PipelineSpec, Path], *asked: dict[str, Any], apart: int = 0) -> list[Event]:
    """What happens to the requests, which come so many of the engine's steps after each other."""
    spec, repository = installed
    runner = OnnxRunner(component_specs(spec))
    runner.load(repository, spec.name, 1)
    cap = spec.max_rows[spec.denoiser]
    config = SchedulerConfig(
        max_waiting=64, row_cap=lambda _: cap, encode_cap=8, decode_cap=8, costs=CostModel(spec.max_rows)
    )
    tokenizer = Tokenizer(repository / spec.name / "1" / "tokenizer.json")
    engine = Engine(spec, Scheduler(config, time.monotonic), runner, tokenizer, time.monotonic)
    events: list[Event] = []
    for number, fields in enumerate(asked):
        events += engine.submit(make_request(spec, request_id=f"{number}", **fields))
        for _ in range(apart):
            events += engine.step()
    while engine.has_work:
        events += engine.step()
    return events


def theirs(pipeline: Any, sampler: str, fields: dict[str, Any]) -> Pixels:
    import diffusers
    import torch

    name, _, options = SAMPLERS[sampler]
    pipeline.scheduler = getattr(diffusers, name).from_config(pipeline.trained_with, **options)
    image = pipeline(
        prompt=fields["prompt"],
        negative_prompt=fields["negative_prompt"],
        num_inference_steps=STEPS,
        guidance_scale=fields["guidance_scale"],
        width=fields["width"],
        height=fields["height"],
        generator=torch.Generator().manual_seed(fields["seed"]),
    ).images[0]
    return np.asarray(image)


def asked_for(sampler: str, prompt: str, guidance_scale: float, side: int) -> dict[str, Any]:
    return {
        "prompt": prompt,
        "negative_prompt": "green",
        "guidance_scale": guidance_scale,
        "seed": 11,
        "sampler": sampler,
        "schedule": SAMPLERS[sampler][1],
        "num_inference_steps": STEPS,
        "width": side,
        "height": 16,
    }


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_picture_is_diffusers_own(sampler: str, installed: tuple[PipelineSpec, Path], reference: Any) -> None:
    cases = [asked_for(sampler, prompt, 4.0, 16) for prompt in PROMPTS]
    cases += [asked_for(sampler, "red", 1.0, 16), asked_for(sampler, "red", 7.5, 32)]
    for fields, picture in zip(cases, ours(installed, *cases), strict=True):
        difference = np.abs(picture.astype(int) - theirs(reference, sampler, fields))
        assert difference.max() <= 1, fields
