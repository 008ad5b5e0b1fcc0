"""A case of the parity suite: what is asked of us, and how diffusers makes the same picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffusion.request import GenerationRequest
from diffusion.source import make_source
from export.verify_pipeline import psnr
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
MOST_ALIKE = 49.0  # dB between a picture and the one without what its row is about


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        feature: what it is about; with the pipeline it names the row.
        fields: of the request beside BASE.
        theirs: diffusers' picture for (peer, all fields of the request, the checked request).
        is_quick: it is in the subset that `make test` runs.
        after: the case whose picture this one starts from, on each side that side's own.
    """

    pipeline: str
    feature: str
    fields: Fields
    theirs: Callable[[Peer, Fields, GenerationRequest], Picture]
    is_quick: bool = False
    after: Case | None = None

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


def refined(peer: Peer, fields: Fields, request: GenerationRequest) -> Picture:
    """What the refiner makes of a picture; the aesthetic score that it is told must have changed it."""
    made = from_image(XL)(peer, dict(fields), request)
    otherwise = from_image(XL)(peer, {**fields, "aesthetic_score": 1.0}, request)
    assert psnr(made, otherwise) < MOST_ALIKE, request.request_id
    return made


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
