"""Stable Diffusion XL from prompt to pixels: the real Triton, our engine, and diffusers' own pipeline, same seed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.conditioning import repadded
from diffusion.events import ImageDone, Pixels
from diffusion.pipeline import TextSpec
from export.repository import install_pipeline
from export.verify_pipeline import psnr
from gateway.backend.triton.backend import TritonBackend
from tests.e2e.running import running_triton

STEPS = 5
PROMPTS = ("red", "a red thing, of many words and \N{SNOWMAN}", "")
CASES: tuple[dict[str, Any], ...] = (
    *({"prompt": prompt, "negative_prompt": "green", "guidance_scale": 5.0} for prompt in PROMPTS),
    {"prompt": "red", "negative_prompt": "", "guidance_scale": 5.0},  # its negative is zeros
    {"prompt": "red", "negative_prompt": "", "guidance_scale": 1.0},
    {"prompt": "red", "negative_prompt": "green", "guidance_scale": 3.0, "height": 24, "width": 32},  # sizes count
)


def fields_of(number: int) -> dict[str, Any]:
    return {"seed": number, "num_inference_steps": STEPS, "height": 16, "width": 16} | CASES[number]


async def ours(url: str) -> list[Pixels]:
    """All at once, so that they share the steps."""
    backend = TritonBackend(url)
    await backend.start()

    async def picture(number: int) -> Pixels:
        request = make_request(
            backend.pipelines["xl"], request_id=str(number), sampler="euler", schedule="leading", **fields_of(number)
        )
        async with aclosing(backend.submit(request)) as stream:
            (done,) = [event async for event in stream if isinstance(event, ImageDone)]
        return done.pixels

    try:
        return await asyncio.gather(*(picture(number) for number in range(len(CASES))))
    finally:
        await backend.aclose()


def theirs(folder: Path) -> list[Pixels]:
    import diffusers
    import torch

    untyped: Any = diffusers
    pipeline = untyped.StableDiffusionXLPipeline.from_pretrained(folder, dtype=torch.float32, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    pictures = []
    for number in range(len(CASES)):
        fields = fields_of(number)
        generator = torch.Generator().manual_seed(fields.pop("seed"))
        fields["negative_prompt"] = fields["negative_prompt"] or None
        pictures.append(np.asarray(pipeline(**fields, generator=generator).images[0]))
    return pictures


@pytest.mark.triton
async def test_the_picture_is_diffusers_own(xl: Path, triton_environment: Path, tmp_path: Path) -> None:
    repository = tmp_path / "models"
    install_pipeline(xl, repository, "xl")
    with running_triton(triton_environment, repository, tmp_path, component_threads=1, max_queue=8) as server:
        mine = await ours(server.url)
    for fields, picture, right in zip(CASES, mine, theirs(xl), strict=True):
        assert picture.shape == right.shape
        assert psnr(picture, right) >= 50, fields
    assert psnr(mine[0], mine[3]) < 50, "the negative prompt has an effect"


def test_the_second_encoder_gets_its_own_padding() -> None:
    first = TextSpec(chunk_tokens=6, width=1, bos=1, eos=2, pad=2)
    ids = np.array([[1, 7, 2, 2, 2, 2], [1, 2, 2, 2, 2, 2], [1, 7, 8, 9, 7, 2]], np.int32)
    second = TextSpec(chunk_tokens=6, width=1, bos=1, eos=2, pad=0)
    wanted = [[1, 7, 2, 0, 0, 0], [1, 2, 0, 0, 0, 0], [1, 7, 8, 9, 7, 2]]
    np.testing.assert_array_equal(repadded(ids, first, second), wanted)
    np.testing.assert_array_equal(repadded(np.array(wanted, np.int32), second, first), ids)
    assert repadded(ids, first, first) is ids
