"""`/v1/prompts` on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from diffusion.prompt.emphasis import Emphasis
from gateway.prompts.items import Name, Value
from gateway.prompts.suggestions import Category, Language

Prompt = Annotated[str, Field(max_length=32_000)]


class Body(BaseModel):
    """Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class FillBody(Body):
    """The values of a template's places."""

    values: Annotated[dict[str, Value], Field(max_length=50)] = {}


class ExpandBody(Body):
    """Prompts to look at before they are sent."""

    prompt: Prompt
    negative_prompt: Prompt = ""
    styles: Annotated[list[Name], Field(max_length=10)] = []
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


class TokensBody(Body):
    """Prompts to count."""

    model: Name | None = None
    prompt: Prompt
    negative_prompt: Prompt = ""
    num_inference_steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    guidance_scale: Annotated[float, Field(ge=0, le=1000)] | None = None
    emphasis: Emphasis = Emphasis.ORIGINAL


class PreparedPrompts(BaseModel):
    """Prompts as a job would have them."""

    prompt: str
    negative_prompt: str
    warnings: list[str] = []


class FoundTag(BaseModel):
    """A tag to put into a prompt, and the word by which it was found; LoRAs' words are of no language."""

    tag: str
    category: Category
    word: str
    language: Language | None


class Wildcard(BaseModel):
    """A wildcard: `__name__` stands for one of its choices."""

    name: str
    choices: int
    examples: list[str]


class CountedText(BaseModel):
    """One text that a prompt has over its steps and parts. `marks` are the places in it where a new chunk begins."""

    field: str
    text: str
    tokens: int
    chunks: list[int]
    marks: list[int]


class EncoderCount(BaseModel):
    """How one text encoder sees the prompts. A chunk holds `chunk_tokens`; a text may have `max_chunks`."""

    encoder: str
    chunk_tokens: int
    max_chunks: int
    fits: bool
    texts: list[CountedText]


class Count(BaseModel):
    """The answer of `POST /v1/prompts/tokens`."""

    model: str
    encoders: list[EncoderCount]
    warnings: list[str]
