"""The cases of the parity suite: what is asked of us, and how diffusers makes the same picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from diffusion.source import make_source
from export.verify_pipeline import psnr
from tests.diffusion.solvers.diffusers_oracle import COUNTERPARTS
from tests.export.parity_peer import Peer, Picture, composed, pictures

Fields = dict[str, Any]
BASE: Fields = {
    "prompt": "red apple",
    "negative_prompt": "green",
    "guidance_scale": 4.0,
    "num_inference_steps": 8,
    "seed": 11,
    "sampler": "euler",
    "schedule": "default",
}
CONTROLNETS = {"tiny": ("lines", "shapes"), "avila-demo": ("canny", "canny")}
MOST_ALIKE = 49.0  # dB between a picture and the one without what its row is about


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        feature: what it is about; with the pipeline it names the row.
        fields: of the request beside BASE.
        theirs: diffusers' picture for (peer, all fields of the request, the checked request).
        is_quick: it is in the subset that `make test` runs.
    """

    pipeline: str
    feature: str
    fields: Fields
    theirs: Callable[[Peer, Fields, GenerationRequest], Picture]
    is_quick: bool = False

    @property
    def name(self) -> str:
        return f"{self.pipeline}: {self.feature}"


class Kinds:
    """diffusers' classes of one family."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.text, self.image, self.paint = (f"{prefix}{kind}Pipeline" for kind in ("", "Img2Img", "Inpaint"))


SD, XL, SD3 = Kinds("StableDiffusion"), Kinds("StableDiffusionXL"), Kinds("StableDiffusion3")


def plain(kinds: Kinds = SD, **given: Any) -> Callable[[Peer, Fields, GenerationRequest], Picture]:
    return lambda peer, fields, _: peer.run(kinds.text, fields, **given)


def from_image(kinds: Kinds = SD) -> Callable[[Peer, Fields, GenerationRequest], Picture]:
    def run(peer: Peer, fields: Fields, request: GenerationRequest) -> Picture:
        del fields["image"], fields["width"], fields["height"]
        assert request.image is not None
        return peer.run(kinds.image, fields, **pictures(request.image))

    return run


def painted(kinds: Kinds = SD) -> Callable[[Peer, Fields, GenerationRequest], Picture]:
    def run(peer: Peer, fields: Fields, request: GenerationRequest) -> Picture:
        source = make_source(request, peer.base.vae_scale_factor)
        assert source is not None
        assert source.inpainting is not None
        for name in ("image", "mask", "mask_blur", "outpaint", "mask_content"):
            fields.pop(name, None)
        fields |= {"width": request.width, "height": request.height, "strength": request.strength}
        given = pictures(source.picture, source.inpainting.mask)
        if kinds is SD3:  # the class leaves the shift out where it decodes
            made = peer.decoded(peer.run(kinds.paint, fields, output_type="latent", **given))
        else:
            made = peer.run(kinds.paint, fields, **given)
        return composed(made, source.inpainting.canvas, source.inpainting.cover)

    return run


def only_masked(peer: Peer, fields: Fields, request: GenerationRequest) -> Picture:
    padding = fields.pop("only_masked_padding")
    for name in ("image", "mask", "mask_blur", "only_masked"):
        del fields[name]
    assert request.image is not None
    given = pictures(request.image, request.mask)
    return peer.run(SD.paint, fields, **given, padding_mask_crop=padding)


def consistent(peer: Peer, fields: Fields, _: GenerationRequest) -> Picture:
    del fields["negative_prompt"]  # the class takes none
    return peer.run("LatentConsistencyModelPipeline", fields)


def twice(kinds: Kinds = SD) -> Callable[[Peer, Fields, GenerationRequest], Picture]:
    def run(peer: Peer, fields: Fields, _: GenerationRequest) -> Picture:
        hires = fields.pop("hires")
        latents = peer.run(kinds.text, fields, output_type="latent")
        larger = peer.torch.nn.functional.interpolate(latents, scale_factor=2, mode="bilinear", antialias=False)
        del fields["width"], fields["height"]
        second = {"strength": hires["strength"], "num_inference_steps": hires["num_inference_steps"]}
        made: Picture = peer.run(kinds.image, {**fields, **second}, image=larger)
        return made

    return run


def ended(peer: Peer, fields: Fields, _: GenerationRequest) -> Picture:
    last = round(fields.pop("guidance_end") * fields["num_inference_steps"])

    def switch_off(pipeline: Any, step: int, _: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        if step + 1 == last:
            pipeline._guidance_scale = 0.0
            tensors["prompt_embeds"] = tensors["prompt_embeds"].chunk(2)[1]
        return tensors

    given = {"callback_on_step_end": switch_off, "callback_on_step_end_tensor_inputs": ["prompt_embeds"]}
    return peer.run(SD.text, fields, **given)


def skipped(peer: Peer, fields: Fields, _: GenerationRequest) -> Picture:
    return peer.run(SD.text, peer.embedded(fields, fields.pop("clip_skip")))


def controlled(peer: Peer, fields: Fields, request: GenerationRequest) -> Picture:
    """Text to image under ControlNets; they must have changed the picture."""
    without = peer.run(SD.text, {name: value for name, value in fields.items() if name != "controls"})
    made = peer.controlled(f"{SD.prefix}ControlNetPipeline", fields, field="image")
    assert psnr(made, without) < MOST_ALIKE, request.request_id
    return made


def controlled_image(peer: Peer, fields: Fields, request: GenerationRequest) -> Picture:
    del fields["image"], fields["width"], fields["height"]
    assert request.image is not None
    kind = f"{SD.prefix}ControlNetImg2ImgPipeline"
    return peer.controlled(kind, fields, field="control_image", **pictures(request.image))


def of_size(side: int) -> Fields:
    return {"width": side, "height": side}


def a_picture(side: int) -> tuple[Picture, Picture]:
    image = np.random.default_rng(side).integers(0, 256, (side // 8, side // 8, 3), np.uint8)
    mask = np.zeros((side, side), np.uint8)
    mask[side // 4 : side // 2 + 3, side // 4 + 1 : side - 3] = 255
    return image.repeat(8, axis=0).repeat(8, axis=1), mask


def cases(specs: dict[str, PipelineSpec], loras: Path, embeddings: Path) -> Iterator[Case]:
    """Every case, for the pipelines that are there."""
    for name, side in (("tiny", 16), ("avila-demo", 64)):
        if name in specs:
            yield from _of_stable_diffusion(name, side)
            yield from _of_adapters(name, side, loras, embeddings)
            yield from _of_controlnets(name, side)
    if "xl" in specs:
        yield from _of_xl()
    if "sd3" in specs:
        yield from _of_flow_matching()
    if "consistency" in specs:
        yield from _of_consistency_model()
    if "inpainting" in specs:
        image, mask = a_picture(16)
        for strength in (0.6, 1.0):
            fields = {"image": image, "mask": mask, "mask_blur": 0, "strength": strength}
            yield Case("inpainting", f"9-channel UNet, strength {strength:g}", fields, painted(), is_quick=True)


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


def _of_consistency_model() -> Iterator[Case]:
    """Rows with guidance of their own share each call."""
    few = {**of_size(16), "sampler": "lcm", "num_inference_steps": 4}
    for scale in (1.0, 2.5, 8.5):
        fields = {**few, "guidance_scale": scale}
        yield Case("consistency", f"guidance {scale:g} as an input", fields, consistent, is_quick=True)
    image, _ = a_picture(16)
    given = {**few, "image": image, "strength": 0.6, "guidance_scale": 5.0}
    # diffusers' own class for it runs all steps whatever the strength; the plain one leaves some out, as we do
    yield Case("consistency", "image to image", given, from_image())


def _of_xl() -> Iterator[Case]:
    size = of_size(16)
    yield Case("xl", "text to image", size, plain(XL))
    yield Case("xl", "text to image, oblong", {"width": 32, "height": 24}, plain(XL))
    image, mask = a_picture(16)
    yield Case("xl", "image to image", {**size, "image": image, "strength": 0.6}, from_image(XL))
    given = {"image": image, "mask": mask, "mask_blur": 0, "strength": 0.6}
    yield Case("xl", "inpainting", given, painted(XL))


def _of_flow_matching() -> Iterator[Case]:
    size, flow = of_size(16), {"sampler": "flow_euler"}
    yield Case("sd3", "text to image", {**size, **flow}, plain(SD3), is_quick=True)
    yield Case("sd3", "text to image, oblong", {**flow, "width": 32, "height": 24}, plain(SD3))
    for schedule in ("karras", "exponential", "beta"):
        yield Case("sd3", f"schedule {schedule}", {**size, **flow, "schedule": schedule}, plain(SD3))
    yield Case("sd3", "without guidance", {**size, **flow, "guidance_scale": 1.0}, plain(SD3))
    image, mask = a_picture(16)
    given = {**size, **flow, "image": image, "strength": 0.6}
    yield Case("sd3", "image to image", given, from_image(SD3), is_quick=True)
    for strength in (0.6, 1.0):
        given = {**flow, "image": image, "mask": mask, "mask_blur": 0, "strength": strength}
        yield Case("sd3", f"inpainting, strength {strength:g}", given, painted(SD3), is_quick=strength < 1.0)
    hires = {"scale": 2.0, "num_inference_steps": 6, "strength": 0.5}
    yield Case("sd3", "high-resolution fix", {**size, **flow, "hires": hires}, twice(SD3))
