"""From OpenAI's fields to a `GenerationRequest`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diffusion.admission import make_request
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from gateway.errors import InvalidRequestError
from gateway.openai.images.schemas import ImagesBody, TokenDetails, Usage
from gateway.prompts.advice import advice_of
from gateway.storage.encoding import Encoding, ImageFormat

_SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")
_QUALITY_STEPS = {"low": 0.5, "medium": 1.0, "standard": 1.0, "auto": 1.0, "high": 1.5, "hd": 1.5}
"""Steps of a quality, as a multiple of the model's own default."""

_PIXELS_PER_TOKEN = 1024  # 32 × 32 pixels, so that 1024² is 1024 output tokens; OpenAI's own tables differ per model


@dataclass(frozen=True, slots=True)
class Generation:
    """A request with what the answer needs beside it. `warnings` say what was asked and could not be honoured.

    Attributes:
        kind: what the names of its stream's events begin with.
        wants_links: pictures are answered as links.
        revised_prompt: the prompt with its variants and wildcards chosen, where it has some.
    """

    request: GenerationRequest
    encoding: Encoding
    quality: str
    partial_images: int
    warnings: tuple[str, ...]
    wants_progress: bool = False
    kind: str = "image_generation"
    wants_links: bool = False
    revised_prompt: str | None = None

    @property
    def output_size(self) -> tuple[int, int]:
        """Width and height of the pictures: with a mask, those of the picture that it lies on."""
        request = self.request
        if request.mask is not None and request.image is not None:
            return request.image.shape[1], request.image.shape[0]
        return request.output_width, request.output_height

    @property
    def size(self) -> str:
        """As OpenAI writes it."""
        return "{}x{}".format(*self.output_size)

    def usage(self, images: int) -> Usage:
        """What so many images of this request cost."""
        request = self.request
        pixels = self.output_size[0] * self.output_size[1]
        source = (
            0 if request.image is None else -(-request.image.shape[0] * request.image.shape[1] // _PIXELS_PER_TOKEN)
        )
        text = len(re.findall(r"\w+|[^\w\s]", request.prompt))
        output = images * -(-pixels // _PIXELS_PER_TOKEN)
        return Usage(
            total_tokens=text + source + output,
            input_tokens=text + source,
            output_tokens=output,
            input_tokens_details=TokenDetails(text_tokens=text, image_tokens=source),
            images=images,
            megapixel_steps=round(request.megapixel_steps * images / request.num_images, 6),
        )


def to_generation(
    body: ImagesBody, spec: PipelineSpec, *, owner: str, more: Mapping[str, Any] | None = None, has_links: bool = False
) -> Generation:
    """Translate and check.

    Args:
        body: what was sent.
        spec: of the pipeline that it names.
        owner: who sent it.
        more: fields of a request that do not come from the body alone, as its pictures.
        has_links: the installation knows the address under which its links work everywhere.

    Raises:
        InvalidRequestError: a field of OpenAI's own that cannot be honoured.
        InvalidFieldError: a value outside the pipeline's bounds, under its canonical name.
    """
    warnings: list[str] = []
    if body.moderation == "low":
        warnings.append("moderation: the policy of your role holds; it can only be made stricter (safety)")
    width, height = _size(body.size)
    quality = _nearest("quality", body.quality, tuple(_QUALITY_STEPS), "auto", warnings)
    request = make_request(
        spec,
        request_id="new",
        prompt=body.prompt,
        owner=owner,
        negative_prompt=body.negative_prompt,
        width=width,
        height=height,
        num_inference_steps=_steps(spec, quality) if body.num_inference_steps is None else body.num_inference_steps,
        guidance_scale=body.guidance_scale,
        seed=body.seed,
        num_images=body.n,
        sampler=body.sampler,
        schedule=body.schedule or body.scheduler,
        priority=body.priority,
        deadline_s=body.deadline_s,
        **(more or {}),
    )
    _check_answer_form(body)
    partial_images = (body.partial_images or 0) if body.stream else 0
    if partial_images:
        every = -(-request.num_inference_steps // (partial_images + 1))
        request = dataclasses.replace(request, preview_every=every)
    warnings += advice_of(request, spec)
    return Generation(
        request,
        _encoding(body, warnings),
        quality,
        partial_images,
        tuple(warnings),
        bool(body.stream_progress),
        wants_links=_wants_links(body, has_links),
    )


def _size(size: str | None) -> tuple[int | None, int | None]:
    if size is None or size == "auto":
        return None, None
    match = _SIZE.fullmatch(size)
    if match is None:
        raise InvalidRequestError(f"size: {size[:40]!r} is not allowed; expected 'auto' or WIDTHxHEIGHT", field="size")
    return int(match[1]), int(match[2])


def _steps(spec: PipelineSpec, quality: str) -> int:
    steps = round(spec.defaults.num_inference_steps * _QUALITY_STEPS[quality])
    return min(max(1, steps), spec.limits.max_steps)


def _nearest(field: str, given: str | None, known: tuple[str, ...], default: str, warnings: list[str]) -> str:
    if given is None or given in known:
        return given or default
    warnings.append(f"{field}: {given[:40]!r} is unknown here; {default} was used")
    return default


def _wants_links(body: ImagesBody, has_links: bool) -> bool:
    """As asked; a client of DALL-E that says nothing expects links, which must work wherever it is."""
    if body.response_format is None:
        return has_links and not body.stream and (body.model or "").startswith("dall-e-")
    return body.response_format == "url" and not body.stream


def _check_answer_form(body: ImagesBody) -> None:
    if body.background == "transparent":
        raise InvalidRequestError("background: this model paints opaque pictures only", field="background")
    if body.response_format not in (None, "b64_json", "url"):
        raise InvalidRequestError(
            f"response_format: {body.response_format[:40]!r} is not allowed; expected 'b64_json' or 'url'",
            field="response_format",
        )


def _encoding(body: ImagesBody, warnings: list[str]) -> Encoding:
    given = "jpeg" if body.output_format == "jpg" else body.output_format
    form = _nearest("output_format", given, tuple(ImageFormat), ImageFormat.PNG, warnings)
    return Encoding(ImageFormat(form), 100 if body.output_compression is None else body.output_compression)
