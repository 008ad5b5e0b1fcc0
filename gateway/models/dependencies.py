"""The catalogue in an endpoint's signature."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from gateway.models.lora_files import LoraFiles
from gateway.models.service import Catalogue


async def catalogue_of(request: Request) -> Catalogue:
    """The application's catalogue."""
    return cast(Catalogue, request.state.catalogue)


async def _loras(request: Request) -> LoraFiles:
    return cast(LoraFiles, request.state.loras)


InstalledLoras = Annotated[LoraFiles, Depends(_loras)]
Models = Annotated[Catalogue, Depends(catalogue_of)]
