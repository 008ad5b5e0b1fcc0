"""One item of each list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


class Checkpoint(BaseModel):
    """A model; `title` is what clients show and send back."""

    title: str
    model_name: str
    hash: str
    sha256: str
    filename: str
    config: str | None = None


class Sampler(BaseModel):
    """A solver."""

    name: str
    aliases: list[str]
    options: dict[str, str]


class Scheduler(BaseModel):
    """A schedule of noise levels."""

    name: str
    label: str
    aliases: list[str] | None = None
    default_rho: float = -1
    need_inner_model: bool = False


class Upscaler(BaseModel):
    """How a picture is made larger."""

    name: str
    model_name: str | None = None
    model_path: str | None = None
    model_url: str | None = None
    scale: float = 4


class Named(BaseModel):
    """Something that has a name."""

    name: str


class Style(BaseModel):
    """A named addition to prompts."""

    name: str
    prompt: str
    negative_prompt: str


class Lora(BaseModel):
    """A low-rank addition to a model's weights."""

    name: str
    alias: str
    path: str
    metadata: Mapping[str, Any]


class Embeddings(BaseModel):
    """Words that were trained."""

    loaded: dict[str, dict[str, Any]] = {}
    skipped: dict[str, dict[str, Any]] = {}


class Scripts(BaseModel):
    """Names of extensions."""

    txt2img: list[str] = []
    img2img: list[str] = []


class ScriptInfo(BaseModel):
    """An extension whose arguments are sent in `alwayson_scripts`; they are objects, so none is listed."""

    name: str
    is_alwayson: bool = True
    is_img2img: bool
    args: list[dict[str, Any]] = []


class Memory(BaseModel):
    """Of the machine; not told here."""

    ram: dict[str, Any] = {}
    cuda: dict[str, Any] = {}
