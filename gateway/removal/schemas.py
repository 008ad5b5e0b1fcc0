"""What deleting and taking back answer."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class DeletedModel(BaseModel):
    """A pipeline in the trash. `hash` is of its weights."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    hash: str
    size_bytes: int
    deleted_at: datetime


class ModelFileAnswer(BaseModel):
    """A LoRA or an embedding. `hash` is its file's SHA-256."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    file: str
    size_bytes: int
    hash: str


class ControlNetAnswer(BaseModel):
    """A ControlNet of a pipeline. `hash` is of its weights, `preprocessor` what makes the maps that it takes."""

    model_config = ConfigDict(from_attributes=True)

    pipeline: str
    name: str
    preprocessor: str
    size_bytes: int
    hash: str
