"""The parity suite's rows of the families beside Stable Diffusion 1. A field of None is left to the checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from tests.export.parity_kinds import (
    SD3,
    XL,
    Case,
    Fields,
    a_picture,
    consistent,
    from_image,
    of_size,
    painted,
    plain,
    refined,
    twice,
)

ITS_OWN: Fields = dict.fromkeys(("sampler", "schedule", "num_inference_steps", "guidance_scale"))
STRONG: Fields = {"guidance_scale": 9.0}
"""So that small differences in what the networks are told are seen in the picture."""

XL_PICTURE = Case("xl", "text to image", of_size(16), plain(XL))


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
    yield XL_PICTURE
    yield Case("xl", "text to image, oblong", {"width": 32, "height": 24}, plain(XL))
    image, mask = a_picture(16)
    yield Case("xl", "image to image", {**size, "image": image, "strength": 0.6}, from_image(XL))
    given = {"image": image, "mask": mask, "mask_blur": 0, "strength": 0.6}
    yield Case("xl", "inpainting", given, painted(XL))
    hires = {"scale": 2.0, "num_inference_steps": 6, "strength": 0.5}
    yield Case("xl", "high-resolution fix", {**size, "hires": hires}, twice(XL))
    lightning = {**size, "schedule": "trailing", "guidance_scale": 0.0}
    for steps in (2, 4, 8):
        yield Case("xl", f"Lightning, {steps} steps", {**lightning, "num_inference_steps": steps}, plain(XL))
    given = {**lightning, "image": image, "strength": 0.75, "num_inference_steps": 4}
    yield Case("xl", "Lightning, image to image", given, from_image(XL))


def _of_turbo() -> Iterator[Case]:
    """Its scheduler's config and `serving.json` say how it is asked."""
    asked = {**ITS_OWN, **of_size(16)}
    yield Case("turbo", "as its checkpoint says: 1 step", asked, plain(XL), is_quick=True)
    for steps in (2, 4):
        yield Case("turbo", f"{steps} steps", {**asked, "num_inference_steps": steps}, plain(XL))
    image, _ = a_picture(16)
    given = {**asked, "image": image, "num_inference_steps": 2, "strength": 0.5}
    yield Case("turbo", "image to image, the last of 2 steps", given, from_image(XL), is_quick=True)


def _of_refiner() -> Iterator[Case]:
    image, _ = a_picture(16)
    given = {**of_size(16), **STRONG, "image": image, "strength": 0.3, "num_inference_steps": 20}
    yield Case("refiner", "image to image", given, refined, is_quick=True)
    yield Case("refiner", "without a negative prompt", {**given, "negative_prompt": ""}, from_image(XL))
    yield Case("refiner", "without guidance", {**given, "guidance_scale": 1.0}, from_image(XL))
    yield Case("refiner", "dpmpp_2m_sde", {**given, "sampler": "dpmpp_2m_sde"}, from_image(XL))
    oblong = {**given, "image": image[:, :8], "width": 16, "height": 32}
    yield Case("refiner", "oblong", oblong, from_image(XL))
    second = {name: value for name, value in given.items() if name != "image"}
    yield Case("refiner", "second pass over a picture of xl", second, refined, after=XL_PICTURE)


def _of_stable_diffusion_2() -> Iterator[Case]:
    """It predicts the velocity; its text encoder lacks the last layer and is padded with "!"."""
    size = of_size(16)
    for solver in ("euler", "euler_a", "ddim", "dpmpp_2m", "dpmpp_2m_sde", "heun", "unipc", "lms", "pndm"):
        quick = solver in ("ddim", "euler_a")
        yield Case("sd2", f"text to image, {solver}", {**size, "sampler": solver}, plain(), quick)
    karras = {**size, "sampler": "dpmpp_2m", "schedule": "karras"}
    yield Case("sd2", "schedule karras, dpmpp_2m", karras, plain())
    yield Case("sd2", "guidance rescale 0.7", {**size, "guidance_rescale": 0.7, "guidance_scale": 9.0}, plain())
    yield Case("sd2", "without guidance", {**size, "guidance_scale": 1.0}, plain())
    image, mask = a_picture(16)
    for solver in ("euler", "ddim"):
        given = {**size, "image": image, "strength": 0.6, "sampler": solver}
        yield Case("sd2", f"image to image, {solver}", given, from_image(), is_quick=solver == "euler")
    given = {"image": image, "mask": mask, "mask_blur": 0, "strength": 0.6}
    yield Case("sd2", "inpainting", given, painted())


def _of_zero_snr() -> Iterator[Case]:
    """The same networks under betas whose last timestep is noise alone, as arXiv 2305.08891 asks."""
    size = {**of_size(16), **STRONG}
    for solver in ("ddim", "euler", "euler_a", "dpmpp_2m", "unipc"):
        asked = {**size, "sampler": solver}
        yield Case("zero_snr", f"text to image, {solver}", asked, plain(), is_quick=solver == "ddim")
    rescaled = {**size, "sampler": "ddim", "guidance_rescale": 0.7}
    yield Case("zero_snr", "guidance rescale 0.7, ddim", rescaled, plain())
    image, _ = a_picture(16)
    given = {**size, "image": image, "strength": 0.6, "sampler": "ddim"}
    yield Case("zero_snr", "image to image, ddim", given, from_image())


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


def _of_inpainting() -> Iterator[Case]:
    image, mask = a_picture(16)
    for strength in (0.6, 1.0):
        fields = {"image": image, "mask": mask, "mask_blur": 0, "strength": strength}
        yield Case("inpainting", f"9-channel UNet, strength {strength:g}", fields, painted(), is_quick=True)


FAMILIES: Mapping[str, Callable[[], Iterator[Case]]] = MappingProxyType(
    {
        "sd2": _of_stable_diffusion_2,
        "zero_snr": _of_zero_snr,
        "xl": _of_xl,
        "turbo": _of_turbo,
        "refiner": _of_refiner,
        "sd3": _of_flow_matching,
        "consistency": _of_consistency_model,
        "inpainting": _of_inpainting,
    }
)
