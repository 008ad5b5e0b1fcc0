"""`GET /v1/models` and `GET /v1/models/{id}`; ids may hold slashes."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.auth.dependencies import Viewer
from gateway.models.dependencies import Models
from gateway.openai.models.schemas import Model, ModelList

router = APIRouter(tags=["openai"])


@router.get("/v1/models")
async def list_models(caller: Viewer, models: Models) -> ModelList:
    """The installed pipelines."""
    return ModelList(data=[Model.of(spec) for spec in models.list()])


@router.get("/v1/models/{model_id:path}")
async def get_model(model_id: str, caller: Viewer, models: Models) -> Model:
    """One pipeline, by name or alias."""
    return Model.of(models.resolve(model_id))
