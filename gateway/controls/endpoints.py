"""`/v1/controls`: the ControlNets, and the map of a picture before it is used."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from diffusion.events import Pixels
from diffusion.resampling import ResizeMode, resized
from gateway.auth.dependencies import Maker, Viewer
from gateway.controls.dependencies import Maps
from gateway.controls.schemas import ControlPreviewBody, Controls, InstalledControl, PreprocessorState
from gateway.controls.service import PREPROCESSORS, Wanted
from gateway.models.dependencies import Models
from gateway.storage.data_urls import pixels_of, png_of
from gateway.uploads.dependencies import Uploads

router = APIRouter(prefix="/v1/controls", tags=["models"])
PNG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("")
async def list_controls(caller: Viewer, models: Models, maps: Maps) -> Controls:
    """Every ControlNet of every model, and the preprocessors."""
    found = [
        InstalledControl(name=name, model=spec.name, preprocessor=net.preprocessor)
        for spec in models.list()
        for name, net in sorted(spec.controlnets.items())
    ]
    usable = maps.usable
    states = [PreprocessorState(name=name, is_installed=name in usable) for name in PREPROCESSORS]
    return Controls(controls=found, preprocessors=states)


@router.post("/preview", response_class=Response, responses=PNG)
async def preview_control(body: ControlPreviewBody, caller: Maker, uploads: Uploads, maps: Maps) -> Response:
    """The map of a picture, as a PNG of its size, or of the given one."""
    maps.check("preprocessor", body.preprocessor)
    source = await uploads.source(caller.owner, "image", body.image)
    picture = await asyncio.to_thread(_sized, body, source.data)
    made = await maps.map_of(picture, Wanted(body.preprocessor))
    return Response(await asyncio.to_thread(png_of, made), media_type="image/png")


def _sized(body: ControlPreviewBody, data: bytes) -> Pixels:
    picture = pixels_of("image", data)
    height, width = body.height or picture.shape[0], body.width or picture.shape[1]
    if (height, width) != picture.shape[:2]:
        picture = resized(picture, width, height, ResizeMode.CROP)
    return picture
