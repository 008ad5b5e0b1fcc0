"""Image to image, high-resolution fix, guidance rescale and cut-off, eta: ours against diffusers' own pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion.events import Pixels
from diffusion.pipeline import PipelineSpec
from export.repository import install_pipeline
from tests.export.test_pipeline_parity import SAMPLERS, ours

MIN_PSNR = 50.0
STEPS = 10
PICTURE = np.random.default_rng(5).integers(0, 256, (16, 32, 3), np.uint8)
BASE: dict[str, Any] = {
    "prompt": "red",
    "negative_prompt": "green",
    "guidance_scale": 4.0,
    "num_inference_steps": STEPS,
    "seed": 11,
}


@pytest.fixture(scope="module")
def installed(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[PipelineSpec, Path]:
    repository = tmp_path_factory.mktemp("picture-parity") / "models"
    return install_pipeline(tiny, repository, "tiny"), repository


class Reference:
    """diffusers' pipelines over the same networks."""

    def __init__(self, folder: Path, kind: str = "StableDiffusionPipeline") -> None:
        import diffusers
        import torch

        self.diffusers: Any = diffusers
        self.torch: Any = torch
        base = getattr(self.diffusers, kind).from_pretrained(folder, safety_checker=None, dtype=torch.float32)
        self.trained_with = dict(base.scheduler.config)
        self.components = base.components

    def run(self, kind: str, sampler: str, seed: int = 11, **given: Any) -> Any:
        name, _, options = SAMPLERS[sampler]
        scheduler = getattr(self.diffusers, name).from_config(self.trained_with, **options)
        pipeline = getattr(self.diffusers, kind)(**{**self.components, "scheduler": scheduler})
        pipeline.set_progress_bar_config(disable=True)
        asked = {name: value for name, value in BASE.items() if name != "seed"}
        generator = self.torch.Generator().manual_seed(seed)
        return pipeline(**{**asked, "generator": generator, **given}).images


@pytest.fixture(scope="module")
def reference(tiny: Path) -> Reference:
    return Reference(tiny)


def psnr(first: Any, second: Any) -> float:
    error = float(np.mean((np.asarray(first, np.float64) - np.asarray(second, np.float64)) ** 2))
    return float("inf") if error == 0.0 else 10.0 * np.log10(255.0**2 / error)


def our_picture(installed: tuple[PipelineSpec, Path], sampler: str, **given: Any) -> Pixels:
    fields = {**BASE, "sampler": sampler, "schedule": SAMPLERS[sampler][1], **given}
    return ours(installed, fields)[0]


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("strength", [0.3, 0.7, 1.0])
def test_image_to_image_is_diffusers_own(installed, reference, sampler, strength) -> None:
    from PIL import Image

    picture = our_picture(installed, sampler, image=PICTURE, strength=strength)
    given = {"image": Image.fromarray(PICTURE), "strength": strength}
    (theirs,) = reference.run("StableDiffusionImg2ImgPipeline", sampler, **given)
    assert psnr(picture, theirs) >= MIN_PSNR


@pytest.mark.parametrize("sampler", ["euler", "euler_a", "ddim", "dpmpp_2m"])
def test_high_resolution_fix_is_two_pipelines_by_hand(installed, reference, sampler) -> None:
    hires = {"scale": 2.0, "num_inference_steps": 8, "strength": 0.6}
    picture = our_picture(installed, sampler, width=16, height=16, hires=hires)
    size = {"width": 16, "height": 16, "output_type": "latent"}
    latents = reference.run("StableDiffusionPipeline", sampler, **size)
    larger = reference.torch.nn.functional.interpolate(latents, scale_factor=2, mode="bilinear", antialias=False)
    given = {"image": larger, "strength": 0.6, "num_inference_steps": 8}
    (theirs,) = reference.run("StableDiffusionImg2ImgPipeline", sampler, **given)
    assert psnr(picture, theirs) >= MIN_PSNR


def test_guidance_rescale_is_diffusers_own(installed, reference) -> None:
    given = {"width": 16, "height": 16, "guidance_rescale": 0.7, "guidance_scale": 9.0}
    picture = our_picture(installed, "euler", **given)
    assert psnr(picture, reference.run("StableDiffusionPipeline", "euler", **given)[0]) >= MIN_PSNR


def test_guidance_that_ends_is_diffusers_callback(installed, reference) -> None:
    def switch_off(pipeline: Any, step: int, _: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        if step + 1 == 6:
            pipeline._guidance_scale = 0.0
            tensors["prompt_embeds"] = tensors["prompt_embeds"].chunk(2)[1]
        return tensors

    size = {"width": 16, "height": 16}
    picture = our_picture(installed, "euler", guidance_end=0.6, **size)
    given = {"callback_on_step_end": switch_off, "callback_on_step_end_tensor_inputs": ["prompt_embeds"]}
    assert psnr(picture, reference.run("StableDiffusionPipeline", "euler", **size, **given)[0]) >= MIN_PSNR


def test_eta_is_diffusers_own(installed, reference) -> None:
    size = {"width": 16, "height": 16, "eta": 0.6}
    picture = our_picture(installed, "ddim", **size)
    assert psnr(picture, reference.run("StableDiffusionPipeline", "ddim", **size)[0]) >= MIN_PSNR
