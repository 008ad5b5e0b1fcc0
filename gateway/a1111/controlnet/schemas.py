"""One unit of a request, and the extension's lists, with its names and defaults."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, BaseModel, Field

from gateway.a1111.schemas import Lenient, Word

RESOLUTION = 512
"""Shorter side, in pixels, of what a map is made of where nobody says another."""

MAX_RESOLUTION = 2048


class PictureAndMask(Lenient):
    """The form that a picture has where something may be drawn on it."""

    image: str = ""
    mask: str = ""


class Unit(Lenient):
    """One ControlNet of a request. -1 stands for the usual threshold or resolution."""

    enabled: bool = True
    module: Word = "none"
    model: Word = "None"
    weight: float = 1.0
    image: Annotated[str | PictureAndMask, Field(validation_alias=AliasChoices("image", "input_image"))] = ""
    mask: Annotated[str, Field(validation_alias=AliasChoices("mask", "mask_image"))] = ""
    resize_mode: int | Word = 1
    processor_res: float = -1
    threshold_a: float = -1
    threshold_b: float = -1
    guidance_start: float = 0.0
    guidance_end: float = 1.0
    control_mode: int | Word = 0
    pixel_perfect: bool = False
    hr_option: Word = "Both"
    save_detected_map: bool = True

    @property
    def picture(self) -> str:
        """In base64; empty for none."""
        return self.image if isinstance(self.image, str) else self.image.image

    @property
    def drawn(self) -> str:
        """The mask, wherever it was sent; empty for none."""
        return self.mask or ("" if isinstance(self.image, str) else self.image.mask)


class DetectBody(Lenient):
    """Pictures whose maps are wanted."""

    controlnet_module: Word = "none"
    controlnet_input_images: list[str] = Field(
        default_factory=list,
        max_length=16,
        validation_alias=AliasChoices("controlnet_input_images", "controlnet_images"),
    )
    controlnet_processor_res: Annotated[int, Field(ge=-1, le=MAX_RESOLUTION)] = RESOLUTION
    controlnet_threshold_a: float = 64
    controlnet_threshold_b: float = 64


class Detected(BaseModel):
    """The maps, as PNG in base64."""

    images: list[str]
    info: str


class Version(BaseModel):
    """Of the extension's API that this speaks."""

    version: int


class UnitCount(BaseModel):
    """How many units a request may have."""

    control_net_unit_count: int


class ControlNetList(BaseModel):
    """ControlNets by the name that a unit has in `model`."""

    model_list: list[str]


class Slider(BaseModel):
    """A number that a module takes: the first is the resolution, then `threshold_a` and `threshold_b`."""

    name: str
    value: float
    min: float
    max: float
    step: float = 1


class ModuleDetail(BaseModel):
    """A module; one that is `model_free` would work without a ControlNet."""

    model_free: bool = False
    sliders: list[Slider] = []


class ModuleList(BaseModel):
    """Modules by the name that a unit has in `module`."""

    module_list: list[str]
    module_detail: dict[str, ModuleDetail]


class ControlType(BaseModel):
    """What goes together."""

    module_list: list[str]
    model_list: list[str]
    default_option: str
    default_model: str


class ControlTypes(BaseModel):
    """By the extension's names of the types."""

    control_types: dict[str, ControlType]
