"""What there is to choose from for a unit, and the map of a picture before it is used."""

from __future__ import annotations

import asyncio
import base64

from fastapi import APIRouter

from diffusion.events import Pixels
from diffusion.pipeline import Limits, PipelineSpec
from diffusion.resampling import ResizeMode, resized
from gateway.a1111.controlnet.schemas import (
    MAX_RESOLUTION,
    RESOLUTION,
    ControlNetList,
    ControlType,
    ControlTypes,
    DetectBody,
    Detected,
    ModuleDetail,
    ModuleList,
    Slider,
    UnitCount,
    Version,
)
from gateway.a1111.controlnet.units import NO_MODEL, module_of, thresholds_of, title_of
from gateway.a1111.dependencies import Service
from gateway.a1111.mapping import pipeline_called
from gateway.a1111.pictures import picture_of
from gateway.auth.dependencies import Maker, Viewer
from gateway.auth.subject import Subject
from gateway.controls.service import CANNY_THRESHOLDS, INSTALLED, map_of
from gateway.errors import InvalidRequestError
from gateway.models.dependencies import Models
from gateway.storage.data_urls import MAX_PIXELS, png_of

router = APIRouter(prefix="/controlnet", tags=["a1111"])
API_VERSION = 2
"""The extension's number of the interface that takes units as objects in `alwayson_scripts`."""

LEAST_RESOLUTION = 64
_RESOLUTION = Slider(name="Preprocessor Resolution", value=RESOLUTION, min=LEAST_RESOLUTION, max=MAX_RESOLUTION)
_LOW, _HIGH = (
    Slider(name=name, value=value, min=1, max=255)
    for name, value in zip(("Canny Low Threshold", "Canny High Threshold"), CANNY_THRESHOLDS, strict=True)
)
DETAILS = {name: ModuleDetail(sliders=[_RESOLUTION, _LOW, _HIGH] if name == "canny" else []) for name in INSTALLED}


@router.get("/version")
async def version(caller: Viewer) -> Version:
    """That units are taken as objects."""
    return Version(version=API_VERSION)


@router.get("/settings")
async def settings(caller: Viewer, models: Models, service: Service) -> UnitCount:
    """How many units a request may have."""
    limits: Limits = (await _chosen(caller, models, service)).limits
    return UnitCount(control_net_unit_count=limits.max_controls)


@router.get("/model_list")
async def model_list(caller: Viewer, models: Models, service: Service) -> ControlNetList:
    """The ControlNets of the model that the calling key has chosen."""
    return ControlNetList(model_list=_titles(await _chosen(caller, models, service)))


@router.get("/module_list")
async def module_list(caller: Viewer) -> ModuleList:
    """The preprocessors that can run here."""
    return ModuleList(module_list=[*INSTALLED], module_detail=DETAILS)


@router.get("/control_types")
async def control_types(caller: Viewer, models: Models, service: Service) -> ControlTypes:
    """Which preprocessor makes the maps of which ControlNet."""
    spec = await _chosen(caller, models, service)
    kinds: dict[str, list[str]] = {}
    for name, net in sorted(spec.controlnets.items()):
        kinds.setdefault(net.preprocessor, []).append(title_of(name, spec))
    found = {"All": _type([*INSTALLED], _titles(spec))}
    for kind, titles in kinds.items():
        modules = [name for name in INSTALLED if name in ("none", kind)]
        found[kind.capitalize()] = _type(modules, titles)
    return ControlTypes(control_types=found)


@router.post("/detect")
async def detect(body: DetectBody, caller: Maker) -> Detected:
    """The maps of some pictures, made at the resolution that is asked for."""
    module = module_of("controlnet_module", body.controlnet_module)
    if not body.controlnet_input_images:
        field = "controlnet_input_images"
        raise InvalidRequestError(f"{field}: at least one picture is needed, in base64", field=field)
    return Detected(images=await asyncio.to_thread(_maps, body, module), info="Success")


def _maps(body: DetectBody, module: str) -> list[str]:
    field = "controlnet_threshold"
    thresholds = thresholds_of(field, body.controlnet_threshold_a, body.controlnet_threshold_b)
    found = []
    for number, text in enumerate(body.controlnet_input_images):
        name = f"controlnet_input_images[{number}]"
        picture = _at_resolution(name, picture_of(name, text), body.controlnet_processor_res)
        found.append(base64.b64encode(png_of(map_of(picture, module, thresholds))).decode("ascii"))
    return found


def _at_resolution(field: str, picture: Pixels, asked: int) -> Pixels:
    """The picture with its shorter side at a resolution. Raises InvalidRequestError."""
    resolution = RESOLUTION if asked < LEAST_RESOLUTION else asked
    height, width = picture.shape[:2]
    ratio = resolution / min(height, width)
    size = round(width * ratio), round(height * ratio)
    if size[0] * size[1] > MAX_PIXELS:
        raise InvalidRequestError(
            f"{field}: {width}×{height} would become {size[0]}×{size[1]}; at most {MAX_PIXELS} pixels are allowed",
            field=field,
        )
    return resized(picture, *size, ResizeMode.STRETCH)


def _titles(spec: PipelineSpec) -> list[str]:
    return [title_of(name, spec) for name in sorted(spec.controlnets)]


def _type(modules: list[str], titles: list[str]) -> ControlType:
    return ControlType(
        module_list=modules,
        model_list=[NO_MODEL, *titles],
        default_option=modules[-1],
        default_model=titles[0] if titles else NO_MODEL,
    )


async def _chosen(caller: Subject, models: Models, service: Service) -> PipelineSpec:
    return pipeline_called((await service.options(caller)).sd_model_checkpoint, models)
