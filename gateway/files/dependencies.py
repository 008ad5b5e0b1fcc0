"""Links in an endpoint's signature."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from gateway.files.service import FileService, LinkMaker
from gateway.settings import Settings


async def file_service(request: Request) -> FileService:
    """The application's file service."""
    return cast(FileService, request.state.files)


async def link_maker(request: Request, files: Annotated[FileService, Depends(file_service)]) -> LinkMaker:
    """Makes links that work where this request came from."""
    base = cast(Settings, request.state.settings).public_url or str(request.base_url)
    return lambda image_id: files.link(image_id, base)


Files = Annotated[FileService, Depends(file_service)]
Links = Annotated[LinkMaker, Depends(link_maker)]
