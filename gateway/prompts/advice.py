"""What a request's prompts ask for and will not get from its model, in the words that every surface tells."""

from __future__ import annotations

from diffusion.pipeline import PipelineSpec
from diffusion.prompt.advice import advice_on
from diffusion.request import GenerationRequest

_FIELDS = ("prompt", "negative_prompt", "num_inference_steps", "guidance_scale", "emphasis")


def advice_of(request: GenerationRequest, spec: PipelineSpec) -> tuple[str, ...]:
    """Warnings, each beginning with its field; the request runs all the same."""
    fields = {name: getattr(request, name) for name in _FIELDS}
    return advice_on(fields, is_guided_by_rows=not spec.guidance_width)
