"""Sheets that show what the options do: seeds, guidance, negative prompts, steps, image-to-image and inpainting."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline, StableDiffusionPipeline
from PIL import Image

from training import grid
from training.evaluate import generate, load_pipeline
from training.recolour import Picture

Shown = tuple[str, Picture]


def options(pipeline: StableDiffusionPipeline) -> Iterator[Shown]:
    """Text to image under different options; (title, picture [H, W, 3])."""
    for seed in (1, 2, 3, 4):
        yield f"star seed {seed}", generate(pipeline, ["star"], seed)[0]
    for scale in (1.0, 2.0, 4.0, 7.0):
        yield f"cat cfg {scale:g}", generate(pipeline, ["cat"], 1, guidance_scale=scale)[0]
    for steps in (4, 8, 20, 40):
        yield f"house {steps} steps", generate(pipeline, ["house"], 1, num_inference_steps=steps)[0]
    for negative in ("", "red", "green", "yellow"):
        yield f"heart -{negative}", generate(pipeline, ["heart"], 3, negative_prompt=[negative])[0]


def edits(pipeline: StableDiffusionPipeline) -> Iterator[Shown]:
    """A drawn apple, changed from picture to picture and inside a mask; (title, picture [H, W, 3])."""
    source = generate(pipeline, ["red apple, noto style"], 1)[0]
    image, parts = Image.fromarray(source), pipeline.components
    yield "red apple", source
    to_image = StableDiffusionImg2ImgPipeline(**parts, requires_safety_checker=False)
    inpaint = StableDiffusionInpaintPipeline(**parts, requires_safety_checker=False)
    for changed in (to_image, inpaint):
        changed.set_progress_bar_config(disable=True)
    for strength in (0.4, 0.6, 0.8):
        noise = torch.Generator().manual_seed(1)
        options = {"strength": strength, "num_inference_steps": 20, "guidance_scale": 3.0, "generator": noise}
        drawn = to_image("green apple, noto style", image=image, output_type="np", **options).images[0]
        yield f"green {strength:g}", np.asarray((drawn * 255).round(), np.uint8)
    mask = np.zeros(source.shape[:2], np.uint8)
    mask[:, mask.shape[1] // 2 :] = 255
    for prompt in ("green apple", "orange", "star"):
        drawn = inpaint(
            prompt, image=image, mask_image=Image.fromarray(mask), width=64, height=64, strength=1.0,
            num_inference_steps=20, guidance_scale=3.0, generator=torch.Generator().manual_seed(1), output_type="np",
        ).images[0]  # fmt: skip
        yield f"right: {prompt}", np.asarray((drawn * 255).round(), np.uint8)


def main() -> None:
    """Write options.png and edits.png into `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/avila-demo"))
    parser.add_argument("--out", type=Path, default=Path("training/results"))
    args = parser.parse_args()
    pipeline = load_pipeline(args.model)
    for name, shown in (("options", options(pipeline)), ("edits", edits(pipeline))):
        titles, pictures = zip(*shown, strict=True)
        grid.save_grid(args.out / f"{name}.png", np.stack(pictures), list(titles), columns=4)


if __name__ == "__main__":
    main()
