"""The fields of `/v1/images/…`: OpenAI's, and ours beside them. Null and unknown fields are welcome.

Bounds that depend on the model are checked by `diffusion.admission`; here are only those that hold for every one.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Word = Annotated[str, Field(max_length=200)]


class ImagesBody(BaseModel):
    """What a client sends. OpenAI's enums are open: newer values are read as the nearest that exist here."""

    model_config = ConfigDict(extra="ignore")

    prompt: Annotated[str, Field(max_length=32_000)]
    model: Word | None = None
    n: int | None = None
    size: Word | None = None
    quality: Word | None = None
    response_format: Word | None = None
    output_format: Word | None = None
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    background: Word | None = None
    moderation: Word | None = None
    safety: Literal["off", "blur", "block"] | None = None
    style: Word | None = None
    stream: bool | None = None
    partial_images: Annotated[int, Field(ge=0, le=3)] | None = None
    user: Annotated[str, Field(max_length=1000)] | None = None

    negative_prompt: Annotated[str, Field(max_length=32_000)] | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    seed: int | None = None
    sampler: Word | None = None
    scheduler: Word | None = None
    schedule: Word | None = None
    priority: int | None = None
    deadline_s: float | None = None
    store: bool | None = None
    stream_progress: bool | None = None
    embed_recipe: bool | None = None


class GenerationBody(ImagesBody):
    """Pictures of a prompt."""

    prompt: Annotated[str, Field(min_length=1, max_length=32_000)]


class EditBody(ImagesBody):
    """Pictures of a prompt and a picture. The pictures themselves are read apart."""

    prompt: Annotated[str, Field(min_length=1, max_length=32_000)]
    input_fidelity: Word | None = None

    strength: float | None = None
    resize_mode: Word | None = None
    mask_blur: int | None = None
    mask_content: Word | None = None
    only_masked: bool | None = None
    only_masked_padding: int | None = None


class VariationBody(ImagesBody):
    """Pictures like a picture."""

    prompt: Annotated[str, Field(max_length=32_000)] = ""
    strength: float | None = None


class ImageData(BaseModel):
    """One image, as itself or as a link, and the seed that makes it again. `revised_prompt`: with its choices made."""

    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str | None = None
    seed: int
    moderation: str | None = None


class TokenDetails(BaseModel):
    """Of the input."""

    text_tokens: int
    image_tokens: int = 0


class Usage(BaseModel):
    """What the request cost, in OpenAI's terms and ours. Text tokens are counted as words and signs, an estimate."""

    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_tokens_details: TokenDetails
    images: int
    megapixel_steps: float


class ImagesAnswer(BaseModel):
    """The whole answer."""

    created: int
    data: list[ImageData]
    background: str = "opaque"
    output_format: str
    quality: str
    size: str
    usage: Usage
    moderation: list[dict[str, Any]] | None = None


StreamEvent = dict[str, Any]
