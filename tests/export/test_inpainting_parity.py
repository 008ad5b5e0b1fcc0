"""Inpainting, with UNets of 4 and of 9 channels: ours against diffusers' own pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from diffusion.pipeline import PipelineSpec
from export.checkpoint import Checkpoint
from export.repository import install_pipeline
from export.verify_pipeline import compare_with_diffusers
from tests.export.test_picture_parity import (  # noqa: F401 fixtures
    MIN_PSNR,
    PICTURE,
    Reference,
    installed,
    our_picture,
    psnr,
    reference,
)

MASK = np.zeros((16, 32), np.uint8)
MASK[3:12, 7:23] = 255
LARGE = np.random.default_rng(6).integers(0, 256, (60, 44, 3), np.uint8)
LARGE_MASK = np.zeros((60, 44), np.uint8)
LARGE_MASK[20:36, 12:28] = 255
KIND = "StableDiffusionInpaintPipeline"
SAMPLERS = ("euler", "euler_a", "ddim", "dpmpp_2m", "dpmpp_2m_sde", "lcm")


def composed(theirs: Any, picture: Any, mask: Any) -> Any:
    """diffusers gives the decoded picture whole; ours keeps what the mask does not cover."""
    return np.where(mask[..., None] > 0, np.asarray(theirs), picture)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("strength", [0.4, 1.0])
def test_blending_is_diffusers_own(installed, reference, sampler, strength) -> None:  # noqa: F811
    given = {"strength": strength, "height": 16, "width": 32}
    picture = our_picture(installed, sampler, image=PICTURE, mask=MASK, mask_blur=0, **given)
    images = {"image": Image.fromarray(PICTURE), "mask_image": Image.fromarray(MASK)}
    (theirs,) = reference.run(KIND, sampler, **images, **given)
    assert psnr(picture, composed(theirs, PICTURE, MASK)) >= MIN_PSNR


@pytest.mark.parametrize(("padding", "blur"), [(0, 0), (4, 0), (4, 2)])
def test_only_masked_is_diffusers_own(installed, reference, padding, blur) -> None:  # noqa: F811
    from diffusers.image_processor import VaeImageProcessor

    given = {"strength": 0.8, "height": 16, "width": 16}
    mine = {"only_masked": True, "only_masked_padding": padding, "mask_blur": blur}
    picture = our_picture(installed, "euler", image=LARGE, mask=LARGE_MASK, **mine, **given)
    mask = VaeImageProcessor.blur(Image.fromarray(LARGE_MASK), blur)
    images = {"image": Image.fromarray(LARGE), "mask_image": mask, "padding_mask_crop": padding}
    (theirs,) = reference.run(KIND, "euler", **images, **given)
    assert psnr(picture, theirs) >= MIN_PSNR


@pytest.fixture(scope="module")
def nine(inpainting: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[PipelineSpec, Path]:
    repository = tmp_path_factory.mktemp("inpainting-parity") / "models"
    return install_pipeline(inpainting, repository, "inpainting"), repository


@pytest.fixture(scope="module")
def nine_reference(inpainting: Path) -> Reference:
    return Reference(inpainting, KIND)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("strength", [0.4, 1.0])
def test_an_inpainting_unet_is_diffusers_own(nine, nine_reference, sampler, strength) -> None:
    given = {"strength": strength, "height": 16, "width": 32}
    picture = our_picture(nine, sampler, image=PICTURE, mask=MASK, mask_blur=0, **given)
    images = {"image": Image.fromarray(PICTURE), "mask_image": Image.fromarray(MASK)}
    (theirs,) = nine_reference.run(KIND, sampler, **images, **given)
    assert psnr(picture, composed(theirs, PICTURE, MASK)) >= MIN_PSNR


def test_an_inpainting_unet_keeps_whatever_size_the_picture_has(nine) -> None:
    picture = our_picture(nine, "euler", image=LARGE, mask=LARGE_MASK, mask_blur=0, only_masked=True)
    assert np.array_equal(picture[LARGE_MASK == 0], LARGE[LARGE_MASK == 0])
    assert (picture[LARGE_MASK > 0] != LARGE[LARGE_MASK > 0]).any()


def test_an_installed_inpainting_pipeline_is_verified_with_a_picture(nine, inpainting, tmp_path) -> None:
    spec, repository = nine
    page = tmp_path / "page.html"
    assert compare_with_diffusers(Checkpoint.read(inpainting), repository, spec.name, page)["passed"]
