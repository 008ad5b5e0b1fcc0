"""OpenAI's model object, with what else a client may want to know of one of ours."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from diffusion.pipeline import PipelineSpec


class Capabilities(BaseModel):
    """What a pipeline can do, and its bounds."""

    txt2img: bool = True
    img2img: bool = False
    inpaint: bool = False
    controlnet: list[str] = []
    lora: bool = False
    negative_prompt: bool = True
    transparent: bool = False
    min_size: int
    max_size: int
    size_multiple: int
    max_pixels: int
    max_steps: int
    max_images: int
    max_prompt_chars: int
    default_size: str
    default_steps: int
    default_guidance_scale: float
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
        capabilities = Capabilities(
            min_size=limits.min_size,
            max_size=limits.max_size,
            size_multiple=limits.size_multiple,
            max_pixels=limits.max_size**2,
            max_steps=limits.max_steps,
            max_images=limits.max_images,
            max_prompt_chars=limits.max_prompt_chars,
            default_size=f"{defaults.width}x{defaults.height}",
            default_steps=defaults.num_inference_steps,
            default_guidance_scale=defaults.guidance_scale,
            default_sampler=defaults.sampler,
            default_schedule=defaults.schedule,
        )
        return cls(id=spec.name, family=spec.family, fingerprint=spec.fingerprint, capabilities=capabilities)


class ModelList(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[Model]
