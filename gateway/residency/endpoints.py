"""`/v1/admin/models`: what is installed and what is loaded."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request

from gateway.auth.dependencies import Admin
from gateway.residency.schemas import AdminModel
from gateway.residency.service import ResidencyService

router = APIRouter(prefix="/v1/admin/models", tags=["admin"])
Name = Annotated[str, Path(max_length=200)]


async def _residency(request: Request) -> ResidencyService:
    return cast(ResidencyService, request.state.residency)


Service = Annotated[ResidencyService, Depends(_residency)]


@router.get("")
async def list_models(caller: Admin, service: Service) -> list[AdminModel]:
    """Every installed pipeline, by name: where it is from, what it needs, and whether it is loaded."""
    return [AdminModel.of(model) for model in (await service.list()).values()]


@router.post("/{name}/load", status_code=202)
async def load(name: Name, caller: Admin, service: Service) -> AdminModel:
    """Load a pipeline on every server, as soon as there is a place; the least recently used one goes for it."""
    return AdminModel.of(await service.load(name))


@router.post("/{name}/unload", status_code=202)
async def unload(name: Name, caller: Admin, service: Service) -> AdminModel:
    """Unload a pipeline on every server, unless running jobs use it; the next job that asks for it loads it again."""
    return AdminModel.of(await service.unload(name))
