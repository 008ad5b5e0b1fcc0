"""What of a body goes beyond a plain picture: variation, second pass, clip skip, eta, a picture to start from."""

from __future__ import annotations

from typing import Any

from diffusion.checks import check_size
from diffusion.picture_fields import MAX_BLUR, MAX_PADDING
from diffusion.pipeline import PipelineSpec
from gateway.a1111.options import Options
from gateway.a1111.pictures import ResizeMode, mask_of, picture_of, resized
from gateway.a1111.schemas import GenerationBody, Img2ImgBody, Txt2ImgBody
from gateway.errors import InvalidRequestError

_FILLS = ("fill", "original", "latent_noise")
_WITH_ETA = frozenset({"ddim"})


def extras_of(
    body: GenerationBody, options: Options, spec: PipelineSpec, solver: str, warnings: list[str]
) -> dict[str, Any]:
    """Fields of a request; what cannot be honoured is left out with a warning.

    Raises:
        InvalidRequestError, InvalidFieldError: naming what cannot be.
    """
    extras: dict[str, Any] = {}
    if body.subseed_strength:
        extras["variation_strength"] = body.subseed_strength
        extras["variation_seed"] = None if body.subseed < 0 else body.subseed
    if skip := _clip_skip(body, options, spec, warnings):
        extras["clip_skip"] = skip
    if body.eta:
        if solver in _WITH_ETA:
            extras["eta"] = body.eta
        else:
            warnings.append(f"eta: only {', '.join(sorted(_WITH_ETA))} takes it here")
    if isinstance(body, Txt2ImgBody) and body.enable_hr:
        extras["hires"] = _hires(body, warnings)
    if isinstance(body, Img2ImgBody):
        extras |= _start(body, spec, warnings)
    return extras


def _clip_skip(body: GenerationBody, options: Options, spec: PipelineSpec, warnings: list[str]) -> int:
    """Layers to leave out; their number 1 stands for the last layer, which leaves out none."""
    asked = max(1, body.clip_skip or options.CLIP_stop_at_last_layers) - 1
    if asked > spec.text.max_clip_skip:
        warnings.append(f"clip_skip: {spec.name} can leave out at most {spec.text.max_clip_skip} layers")
    return min(asked, spec.text.max_clip_skip)


def _hires(body: Txt2ImgBody, warnings: list[str]) -> dict[str, Any]:
    if body.hr_upscaler and not body.hr_upscaler.casefold().startswith("latent"):
        warnings.append(f"hr_upscaler: there is no {body.hr_upscaler[:60]!r} here; the latents were enlarged")
    second = {"strength": body.denoising_strength, "num_inference_steps": body.hr_second_pass_steps or None}
    if body.hr_resize_x and body.hr_resize_y:
        return {**second, "width": body.hr_resize_x, "height": body.hr_resize_y}
    return {**second, "scale": body.hr_scale}


def _start(body: Img2ImgBody, spec: PipelineSpec, warnings: list[str]) -> dict[str, Any]:
    if not body.init_images:
        raise InvalidRequestError("init_images: expected a picture to start from", field="init_images")
    if len(body.init_images) > 1:
        warnings.append("init_images: only the first one was used")
    mode = ResizeMode(body.resize_mode)
    if mode is ResizeMode.LATENT:
        warnings.append("resize_mode: the picture was stretched, not its latents")
    size = check_size("width", body.width, spec.limits), check_size("height", body.height, spec.limits)
    picture = picture_of("init_images", body.init_images[0])
    mask = None if body.mask is None else mask_of("mask", body.mask, picture)
    if mask is None or not body.inpaint_full_res:
        picture, mask = resized(picture, size, mode), None if mask is None else resized(mask, size, mode)
    start = {"image": picture, "strength": body.denoising_strength}
    return start if mask is None else start | {"mask": mask} | _inpainting(body, warnings)


def _inpainting(body: Img2ImgBody, warnings: list[str]) -> dict[str, Any]:
    blur = max(body.mask_blur_x, body.mask_blur_y) if body.mask_blur is None else body.mask_blur
    if blur > MAX_BLUR:
        warnings.append(f"mask_blur: {MAX_BLUR} was used, the most there is")
    if body.inpainting_fill == len(_FILLS):
        warnings.append("inpainting_fill: latent nothing was done as fill")
    return {
        "mask_blur": min(blur, MAX_BLUR),
        "mask_content": _FILLS[body.inpainting_fill % len(_FILLS)],
        "invert_mask": bool(body.inpainting_mask_invert),
        "only_masked": body.inpaint_full_res,
        "only_masked_padding": min(body.inpaint_full_res_padding, MAX_PADDING) if body.inpaint_full_res else None,
    }
