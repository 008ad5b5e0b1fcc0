"""The cases of the parity suite: every feature with the tiny and the shipped pipeline, and every other family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from tests.diffusion.solvers.diffusers_oracle import COUNTERPARTS
from tests.export.parity_families import FAMILIES
from tests.export.parity_kinds import (
    SD,
    Case,
    Fields,
    a_picture,
    controlled,
    controlled_image,
    ended,
    from_image,
    of_size,
    only_masked,
    painted,
    plain,
    skipped,
    twice,
)
from tests.export.parity_peer import Peer, Picture

CONTROLNETS = {"tiny": ("lines", "shapes"), "avila-demo": ("canny", "canny")}


def cases(specs: dict[str, PipelineSpec], loras: Path, embeddings: Path) -> Iterator[Case]:
    """Every case, for the pipelines that are there."""
    for name, side in (("tiny", 16), ("avila-demo", 64)):
        if name in specs:
            yield from _of_stable_diffusion(name, side)
            yield from _of_adapters(name, side, loras, embeddings)
            yield from _of_controlnets(name, side)
    for name, rows in FAMILIES.items():
        if name in specs:
            yield from rows()


def _of_stable_diffusion(name: str, side: int) -> Iterator[Case]:
    is_quick, size = name == "tiny", of_size(side)
    for solver in COUNTERPARTS:
        quick = is_quick and solver in ("euler", "dpmpp_2m_sde", "heun")
        yield Case(name, f"text to image, {solver}", {**size, "sampler": solver}, plain(), quick)
    for solver, schedule in (("dpmpp_2m", "karras"), ("euler", "exponential"), ("unipc", "beta"), ("ddim", "trailing")):
        yield Case(name, f"schedule {schedule}, {solver}", {**size, "sampler": solver, "schedule": schedule}, plain())
    yield Case(name, "without guidance", {**size, "guidance_scale": 1.0}, plain())
    yield Case(name, "eta 0.6, ddim", {**size, "sampler": "ddim", "eta": 0.6}, plain())
    rescaled = {**size, "guidance_rescale": 0.7, "guidance_scale": 9.0}
    yield Case(name, "guidance rescale 0.7", rescaled, plain(), is_quick)
    yield Case(name, "guidance off after half", {**size, "guidance_end": 0.5}, ended, is_quick)
    yield Case(name, "clip skip 1", {**size, "clip_skip": 1}, skipped)
    image, mask = a_picture(side)
    for solver in ("euler", "euler_a", "dpmpp_2m", "lcm"):
        given = {**size, "image": image, "strength": 0.6, "sampler": solver}
        yield Case(name, f"image to image, {solver}", given, from_image(), is_quick and solver == "euler")
        given = {"image": image, "mask": mask, "mask_blur": 0, "strength": 0.6, "sampler": solver}
        yield Case(name, f"inpainting, {solver}", given, painted(), is_quick and solver == "euler_a")
    given = {"image": image, "mask": mask, "mask_blur": 0, "strength": 1.0}
    yield Case(name, "inpainting, strength 1", given, painted(), is_quick)
    large, spot = np.tile(image, (2, 2, 1)), np.pad(mask[:-3, :-3], ((9, side - 6), (5, side - 2)))
    given = {"image": large, "mask": spot, "mask_blur": 0, "only_masked": True, "only_masked_padding": 2, **size}
    yield Case(name, "only the masked part", {**given, "strength": 0.8}, only_masked, is_quick)
    yield Case(name, "outpainting", {"image": image, "mask_blur": 0, "outpaint": {"right": side}}, painted())
    hires = {"scale": 2.0, "num_inference_steps": 6, "strength": 0.5}
    yield Case(name, "high-resolution fix", {**size, "hires": hires}, twice(), is_quick)


def _of_adapters(name: str, side: int, loras: Path, embeddings: Path) -> Iterator[Case]:
    size = of_size(side)

    def under(weights: dict[str, float]) -> Callable[[Peer, Fields, GenerationRequest], Picture]:
        def run(peer: Peer, fields: Fields, _: GenerationRequest) -> Picture:
            del fields["loras"]
            return peer.with_loras(loras, weights, SD.text, fields)

        return run

    for weights in ({f"{name}-a": 0.8}, {f"{name}-a": 0.5, f"{name}-b": -0.6}):
        given = [{"name": lora, "weight": weight} for lora, weight in weights.items()]
        feature = "LoRA" if len(weights) == 1 else "two LoRAs at once"
        yield Case(name, feature, {**size, "loras": given}, under(weights))
    word = f"word{name.replace('-', '')}"
    path = embeddings / f"{word}.safetensors"
    prompt = {**size, "prompt": f"a red {word}"}
    yield Case(name, "textual inversion", prompt, lambda peer, fields, _: peer.with_embedding(path, SD.text, fields))


def _of_controlnets(name: str, side: int) -> Iterator[Case]:
    """The tiny pipeline has two of random weights; the shipped one has canny, which may act twice."""
    is_quick, size = name == "tiny", of_size(side)
    first, second = CONTROLNETS[name]
    lines, blocks = edges_of(side)
    one = {"model": first, "image": lines}
    both = [{**one, "weight": 0.7, "end": 0.75}, {"model": second, "image": blocks, "weight": 0.5, "start": 0.25}]
    middle = {"model": second, "image": blocks, "weight": 1.5, "start": 0.25, "end": 0.75}
    yield Case(name, "ControlNet", {**size, "controls": [one]}, controlled, is_quick)
    yield Case(name, "ControlNet, weight 1.5 in the middle half", {**size, "controls": [middle]}, controlled, is_quick)
    yield Case(name, "two ControlNets", {**size, "controls": both}, controlled, is_quick)
    again = {**size, "sampler": "euler_a", "controls": both}
    yield Case(name, "two ControlNets, euler_a", again, controlled)
    image, _ = a_picture(side)
    given = {**size, "image": image, "strength": 0.6}
    yield Case(name, "image to image, ControlNet", {**given, "controls": [one]}, controlled_image, is_quick)
    yield Case(name, "image to image, two ControlNets", {**given, "controls": both}, controlled_image)


def edges_of(side: int) -> tuple[Picture, Picture]:
    """Two maps of white lines on black."""
    lines, blocks = (np.zeros((side, side, 3), np.uint8) for _ in range(2))
    lines[side // 4, side // 8 : -side // 8] = lines[side // 8 : -side // 8, side // 3] = 255
    blocks[side // 2 : -side // 8, side // 2 : -side // 8] = 255
    return lines, blocks
