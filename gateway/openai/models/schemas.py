"""OpenAI's model object, with what else a client may want to know of one of ours."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from diffusion.pipeline import Capability, PipelineSpec
from diffusion.solvers.noise_schedule import NoiseSchedule
from diffusion.solvers.registry import solvers_for


class Capabilities(BaseModel):
    """What a pipeline can do, and its bounds. `supports` is the whole answer; `txt2img` … `lora` say the same each.

    `samplers` are those that its network can run.
    """

    supports: list[Capability]
    txt2img: bool
    img2img: bool
    inpaint: bool
    controlnet: list[str]
    lora: bool
    negative_prompt: bool
    prompt_weights: bool = True
    transparent: bool = False
    min_size: int
    max_size: int
    size_multiple: int
    max_pixels: int
    max_steps: int
    max_images: int
    max_prompt_chars: int
    max_prompt_chunks: int
    max_clip_skip: int
    default_size: str
    default_steps: int
    default_guidance_scale: float
    samplers: list[str]
    default_sampler: str
    default_schedule: str


class Model(BaseModel):
    """One model."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "avila"
    family: str
    fingerprint: str
    capabilities: Capabilities

    @classmethod
    def of(cls, spec: PipelineSpec) -> Model:
        """From the pipeline's own description."""
        limits, defaults = spec.limits, spec.defaults
        supports = spec.capabilities
        capabilities = Capabilities(
            supports=list(supports),
            txt2img=Capability.TEXT_TO_IMAGE in supports,
            img2img=Capability.IMAGE_TO_IMAGE in supports,
            inpaint=Capability.INPAINTING in supports,
            controlnet=sorted(spec.controlnets),
            lora=Capability.LORAS in supports,
            negative_prompt=not spec.guidance_width,
            min_size=limits.min_size,
            max_size=limits.max_size,
            size_multiple=limits.size_multiple,
            max_pixels=limits.max_size**2,
            max_steps=limits.max_steps,
            max_images=limits.max_images,
            max_prompt_chars=limits.max_prompt_chars,
            max_prompt_chunks=limits.max_prompt_chunks,
            max_clip_skip=spec.text.max_clip_skip,
            default_size=f"{defaults.width}x{defaults.height}",
            default_steps=defaults.num_inference_steps,
            default_guidance_scale=defaults.guidance_scale,
            samplers=list(solvers_for(NoiseSchedule.from_config(spec.noise_schedule))),
            default_sampler=defaults.sampler,
            default_schedule=defaults.schedule,
        )
        return cls(id=spec.name, family=spec.family, fingerprint=spec.fingerprint, capabilities=capabilities)


class ModelList(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[Model]
