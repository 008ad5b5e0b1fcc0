"""What there is to choose from for a unit, and the map of a picture before it is used."""

from __future__ import annotations

import asyncio
import base64

from fastapi import APIRouter, Response

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
from gateway.controls.dependencies import Maps
from gateway.controls.service import CANNY_THRESHOLDS, Wanted
from gateway.errors import InvalidRequestError
from gateway.jobs.attended import warning_header
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
SLIDERS = {"none": [], "canny": [_RESOLUTION, _LOW, _HIGH]}


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
async def module_list(caller: Viewer, maps: Maps) -> ModuleList:
    """The preprocessors that can run here."""
    details = {name: ModuleDetail(sliders=SLIDERS.get(name, [_RESOLUTION])) for name in maps.usable}
    return ModuleList(module_list=[*maps.usable], module_detail=details)


@router.get("/control_types")
async def control_types(caller: Viewer, models: Models, service: Service, maps: Maps) -> ControlTypes:
    """Which preprocessor makes the maps of which ControlNet."""
    spec = await _chosen(caller, models, service)
    kinds: dict[str, list[str]] = {}
    for name, net in sorted(spec.controlnets.items()):
        kinds.setdefault(net.preprocessor, []).append(title_of(name, spec))
    found = {"All": _type([*maps.usable], _titles(spec))}
    for kind, titles in kinds.items():
        modules = [name for name in maps.usable if name in ("none", kind)]
        found[kind.capitalize()] = _type(modules, titles)
    return ControlTypes(control_types=found)


@router.post("/detect")
async def detect(body: DetectBody, caller: Maker, response: Response, maps: Maps) -> Detected:
    """The maps of some pictures, made at the resolution that is asked for."""
    warnings: list[str] = []
    module = module_of("controlnet_module", body.controlnet_module, maps.usable, warnings)
    field = "controlnet_threshold"
    wanted = Wanted(module, thresholds_of(field, body.controlnet_threshold_a, body.controlnet_threshold_b))
    if not body.controlnet_input_images:
        field = "controlnet_input_images"
        raise InvalidRequestError(f"{field}: at least one picture is needed, in base64", field=field)
    made = []
    for number in range(len(body.controlnet_input_images)):
        picture = await asyncio.to_thread(_picture, body, number)
        made.append(await asyncio.to_thread(png_of, await maps.map_of(picture, wanted)))
    response.headers.update(warning_header(tuple(warnings)))
    return Detected(images=[base64.b64encode(data).decode("ascii") for data in made], info="Success")


def _picture(body: DetectBody, number: int) -> Pixels:
    field = f"controlnet_input_images[{number}]"
    picture = picture_of(field, body.controlnet_input_images[number])
    return _at_resolution(field, picture, body.controlnet_processor_res)


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
