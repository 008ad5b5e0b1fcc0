"""ControlNets as clients see them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.uploads.schemas import PICTURE, PictureText

Preprocessor = Literal["none", "canny", "depth", "pose"]


class ControlInput(BaseModel):
    """A ControlNet that is to act, and what it follows."""

    model_config = ConfigDict(extra="forbid")

    model: Annotated[str, Field(max_length=200, description="name of a ControlNet of `GET /v1/controls`")]
    image: Annotated[PictureText, Field(description="what it follows: " + PICTURE)]
    preprocessor: Annotated[Preprocessor, Field(description="what makes a map of the image")] = "none"
    weight: Annotated[float | None, Field(description="how strongly it acts, 0 to 10")] = None
    start: Annotated[float | None, Field(description="share of the steps before it acts")] = None
    end: Annotated[float | None, Field(description="share of the steps after which it acts no more")] = None


class ControlPreviewBody(BaseModel):
    """A picture whose map is wanted."""

    model_config = ConfigDict(extra="forbid")

    image: Annotated[PictureText, Field(description=PICTURE)]
    preprocessor: Preprocessor
    width: Annotated[int | None, Field(ge=8, le=4096, description="size of the request that it is for")] = None
    height: Annotated[int | None, Field(ge=8, le=4096)] = None


class InstalledControl(BaseModel):
    """A ControlNet of a model, and what makes the maps that it was trained on."""

    name: str
    model: str
    preprocessor: str


class PreprocessorState(BaseModel):
    """A preprocessor, and whether it can run here."""

    name: str
    is_installed: bool


class Controls(BaseModel):
    """What there is."""

    controls: list[InstalledControl]
    preprocessors: list[PreprocessorState]
