"""Sheets that show what the options do: seeds, guidance, negative prompts, steps, edits, LoRAs and the ControlNet."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    ControlNetModel,
    StableDiffusionControlNetPipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
)
from PIL import Image

from training import controlnet, grid
from training.evaluate import generate, load_pipeline
from training.judge import varied
from training.recolour import Picture, main_colour

Shown = tuple[str, Picture]
LORA_WEIGHT = 0.7


def options(pipeline: StableDiffusionPipeline) -> Iterator[Shown]:
    """Text to image under different options; (title, picture [H, W, 3])."""
    for noun in ("umbrella", "car"):
        for seed in (1, 2, 3, 4):
            yield f"{noun} seed {seed}", generate(pipeline, [noun], seed)[0]
    for scale in (1.0, 2.0, 4.0, 7.0):
        yield f"cat cfg {scale:g}", generate(pipeline, ["cat"], 1, guidance_scale=scale)[0]
    for steps in (4, 8, 20, 40):
        yield f"house {steps} steps", generate(pipeline, ["house"], 1, num_inference_steps=steps)[0]
    plain = generate(pipeline, ["car"], 3)[0]
    yield "car", plain
    for negative in (main_colour(plain) or "red", "car, noto style", "car, fluent style"):
        yield f"car -{negative}", generate(pipeline, ["car"], 3, negative=[negative])[0]


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


def loras(model: Path) -> Iterator[Shown]:
    """The same prompts without and with each LoRA in `<model>/../loras`; (title, picture [H, W, 3])."""
    prompts = ["house", "cat", "grinning face", "red apple"]
    pipeline = load_pipeline(model)
    for prompt, picture in zip(prompts, generate(pipeline, prompts, 1), strict=True):
        yield prompt, picture
    for path in sorted(model.parent.glob("loras/*.safetensors")):
        pipeline.load_lora_weights(path.parent, weight_name=path.name, adapter_name=path.stem)
        pipeline.set_adapters([path.stem], [LORA_WEIGHT])
        for prompt, picture in zip(prompts, generate(pipeline, prompts, 1), strict=True):
            yield f"{prompt} {path.stem} {LORA_WEIGHT:g}", picture
        pipeline.delete_adapters([path.stem])


def edge_agreement(picture: Picture, edges: Picture) -> float:
    """Share (0..1) of the edge pixels of a map [H, W, 3] that have an edge of the picture within one pixel."""
    drawn = np.pad(controlnet.edges(picture[None])[0, 0].numpy() > 0, 1)
    near = sum(
        drawn[1 + dy : drawn.shape[0] - 1 + dy, 1 + dx : drawn.shape[1] - 1 + dx]
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
    )
    wanted = edges[..., 0] > 0
    return float((near > 0)[wanted].mean()) if wanted.any() else 1.0


def controlled(model: Path) -> Iterator[Shown]:
    """Edges of drawn pictures, and what other seeds make of them with and without the ControlNet in
    `<model>/../controlnets/canny`; the titles have `edge_agreement`."""
    pipeline = load_pipeline(model)
    net = ControlNetModel.from_pretrained(model.parent / "controlnets" / "canny", torch_dtype=torch.float32)
    guided = StableDiffusionControlNetPipeline(**pipeline.components, controlnet=net, requires_safety_checker=False)
    guided.set_progress_bar_config(disable=True)
    rng = np.random.default_rng(3)
    for prompt, source in (
        ("green apple", "red apple"),
        ("blue house", "house"),
        ("dog", "cat"),
        ("orange car", "car"),
    ):
        drawn = varied(generate(pipeline, [source], 1)[0], rng)  # moved: by heart the model knows only where it was
        edges = (controlnet.edges(drawn[None])[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
        options = {"num_inference_steps": 20, "guidance_scale": 3.0, "output_type": "np"}
        plain = generate(pipeline, [prompt], 7)[0]
        image = guided(
            prompt, image=Image.fromarray(edges), generator=torch.Generator().manual_seed(7), **options
        ).images[0]
        followed = np.asarray((image * 255).round(), np.uint8)
        yield f"edges of {source}", edges
        yield f"{prompt} {edge_agreement(plain, edges):.2f}", plain
        yield f"guided {edge_agreement(followed, edges):.2f}", followed


def main() -> None:
    """Write options.png, edits.png, loras.png and controlled.png into `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/avila-demo"))
    parser.add_argument("--out", type=Path, default=Path("training/results"))
    args = parser.parse_args()
    pipeline = load_pipeline(args.model)
    sheets = [("options", options(pipeline), 4), ("edits", edits(pipeline), 4)]
    sheets += [("loras", loras(args.model), 4), ("controlled", controlled(args.model), 3)]
    for name, shown, columns in sheets:
        titles, pictures = zip(*shown, strict=True)
        grid.save_grid(args.out / f"{name}.png", np.stack(pictures), list(titles), columns=columns)


if __name__ == "__main__":
    main()
