"""Deleting and taking back: `/v1/admin/models/{name}`, its `controlnets`, and `/v1/admin/model-files`."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request

from gateway.auth.dependencies import Admin
from gateway.errands.service import Errands
from gateway.removal import acts
from gateway.removal.schemas import ControlNetAnswer, DeletedModel, ModelFileAnswer
from gateway.removal.service import FileKind, RemovalService

router = APIRouter(prefix="/v1/admin", tags=["admin"])
Name = Annotated[str, Path(max_length=200)]


async def _removal(request: Request) -> RemovalService:
    return cast(RemovalService, request.state.removal)


async def _errands(request: Request) -> Errands:
    return cast(Errands, request.state.errands)


Service = Annotated[RemovalService, Depends(_removal)]
Asked = Annotated[Errands, Depends(_errands)]


@router.get("/models/deleted")
async def list_deleted(caller: Admin, service: Service) -> list[DeletedModel]:
    """Pipelines that can be taken back, youngest first."""
    return [DeletedModel.model_validate(entry) for entry in await service.deleted()]


@router.delete("/models/{name}")
async def delete(name: Name, caller: Admin, errands: Asked, purge: bool = False) -> DeletedModel:
    """Take a pipeline out of service, unless jobs of it run or wait. With `purge` it cannot be taken back."""
    return DeletedModel.model_validate(await errands.ask(acts.DELETE_MODEL, name=name, purge=purge))


@router.post("/models/{name}/restore")
async def restore(name: Name, caller: Admin, errands: Asked) -> DeletedModel:
    """Put the pipeline back that was deleted last under this name."""
    return DeletedModel.model_validate(await errands.ask(acts.RESTORE_MODEL, name=name))


@router.get("/models/{name}/controlnets")
async def list_controlnets(name: Name, caller: Admin, service: Service) -> list[ControlNetAnswer]:
    """The ControlNets that a pipeline is served with."""
    return [ControlNetAnswer.model_validate(one) for one in await service.controlnets(name)]


@router.delete("/models/{name}/controlnets/{controlnet}")
async def delete_controlnet(
    name: Name, controlnet: Name, caller: Admin, errands: Asked, purge: bool = False
) -> ControlNetAnswer:
    """Take a ControlNet out of its pipeline, unless jobs of that run or wait."""
    answer = await errands.ask(acts.DELETE_CONTROLNET, pipeline=name, name=controlnet, purge=purge)
    return ControlNetAnswer.model_validate(answer)


@router.post("/models/{name}/controlnets/{controlnet}/restore")
async def restore_controlnet(name: Name, controlnet: Name, caller: Admin, errands: Asked) -> ControlNetAnswer:
    """Put back what was deleted last under this name, unless jobs of its pipeline run or wait."""
    return ControlNetAnswer.model_validate(await errands.ask(acts.RESTORE_CONTROLNET, pipeline=name, name=controlnet))


@router.get("/model-files/{kind}")
async def list_files(kind: FileKind, caller: Admin, service: Service) -> list[ModelFileAnswer]:
    """Every LoRA or embedding, with its size and hash."""
    return [ModelFileAnswer.model_validate(file) for file in await service.files(kind)]


@router.delete("/model-files/{kind}/{name}")
async def delete_file(
    kind: FileKind, name: Name, caller: Admin, errands: Asked, purge: bool = False
) -> ModelFileAnswer:
    """Take a LoRA or an embedding out of service."""
    return ModelFileAnswer.model_validate(await errands.ask(acts.DELETE_FILE, kind=kind, name=name, purge=purge))


@router.post("/model-files/{kind}/{name}/restore")
async def restore_file(kind: FileKind, name: Name, caller: Admin, errands: Asked) -> ModelFileAnswer:
    """Put back what was deleted last under this name."""
    return ModelFileAnswer.model_validate(await errands.ask(acts.RESTORE_FILE, kind=kind, name=name))
