"""Preprocessors: from a picture to the map that a ControlNet follows."""

from __future__ import annotations

import asyncio
import dataclasses
import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from diffusion.control_fields import NO_PREPROCESSOR
from diffusion.errors import InvalidFieldError
from diffusion.events import Pixels
from diffusion.preprocessors import DEPTH, FIELDS, HEATMAPS, PIXELS, DepthSpec, PoseSpec
from diffusion.request import GenerationRequest
from gateway.backend.standalone import NetworkAwayError, StandaloneNetwork
from gateway.controls import depth, pose
from gateway.errors import UnavailableError

CANNY_THRESHOLDS = (100, 200)
"""Weak and strong edges; the usual ones of canny ControlNets."""


Thresholds = tuple[int, int]


def canny(picture: Pixels, thresholds: Thresholds = CANNY_THRESHOLDS) -> Pixels:
    """White edges on black, both RGB [height, width, 3]."""
    edges = cv2.Canny(np.ascontiguousarray(picture), *thresholds)
    return np.repeat(edges[:, :, None], 3, axis=2).astype(np.uint8)


INSTALLED: Mapping[str, Callable[[Pixels, Thresholds], Pixels]] = {
    NO_PREPROCESSOR: lambda picture, thresholds: picture,
    "canny": canny,
}
NEEDING_A_MODEL = ("depth", "pose")
PREPROCESSORS = (*INSTALLED, *NEEDING_A_MODEL)


def check_preprocessor(field: str, name: str, usable: Sequence[str]) -> None:
    """Raise InvalidFieldError unless a preprocessor of this name is among the usable ones."""
    if name in usable:
        return
    kind, near = (
        next((one for one in NEEDING_A_MODEL if one in name), None),
        difflib.get_close_matches(name, usable, n=1),
    )
    hint = f" (did you mean {near[0]}?)" if near else ""
    if kind is not None and kind not in usable:
        remedy = f"have one installed (avila preprocessors install {kind} FOLDER)"
        hint = f": no {kind} model is installed; send a ready-made map, or {remedy}"
    raise InvalidFieldError(field, name, f"one of {', '.join(usable)}{hint}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A map that is wanted of a picture; the thresholds are `canny`'s."""

    preprocessor: str
    thresholds: Thresholds = CANNY_THRESHOLDS


class MapMaker:
    """Makes maps; those of depth and pose need a network, which an installation may have."""

    def __init__(self, depth_network: StandaloneNetwork[DepthSpec], pose_network: StandaloneNetwork[PoseSpec]) -> None:
        self._depth = depth_network
        self._pose = pose_network

    @property
    def usable(self) -> tuple[str, ...]:
        """The preprocessors that can run here."""
        installed = {"depth": self._depth.spec is not None, "pose": self._pose.spec is not None}
        return tuple(name for name in PREPROCESSORS if installed.get(name, True))

    def check(self, field: str, name: str) -> None:
        """Raise InvalidFieldError unless a preprocessor of this name can run."""
        check_preprocessor(field, name, self.usable)

    async def map_of(self, picture: Pixels, wanted: Wanted) -> Pixels:
        """The map of a picture, as large.

        Raises:
            InvalidFieldError: as `check`.
            UnavailableError: its network cannot be asked now.
        """
        name = wanted.preprocessor
        self.check("preprocessor", name)
        if name in INSTALLED:
            return await asyncio.to_thread(INSTALLED[name], picture, wanted.thresholds)
        try:
            return await (self._depth_of(picture) if name == "depth" else self._pose_of(picture))
        except NetworkAwayError as error:
            raise UnavailableError(f"The preprocessor {name} cannot run now: {error}") from error

    async def with_maps(self, request: GenerationRequest, wanted: Sequence[Wanted]) -> GenerationRequest:
        """`request`, whose controls hold pictures of its size, with their maps. Raises as `map_of`."""
        controls = [
            dataclasses.replace(control, image=await self.map_of(control.image, one))
            if control.image is not None
            else control
            for control, one in zip(request.controls, wanted, strict=True)
        ]
        return dataclasses.replace(request, controls=tuple(controls))

    async def aclose(self) -> None:
        """Close what is open."""
        await self._depth.aclose()
        await self._pose.aclose()

    async def _depth_of(self, picture: Pixels) -> Pixels:
        spec = self._depth.spec
        if spec is None:
            raise NetworkAwayError("it was removed")
        given = await asyncio.to_thread(depth.prepared, picture, spec)
        found = (await self._depth.run({PIXELS: given}))[DEPTH][0]
        size = picture.shape[0], picture.shape[1]
        return await asyncio.to_thread(depth.drawn, found.astype(np.float32), size, is_metric=spec.is_metric)

    async def _pose_of(self, picture: Pixels) -> Pixels:
        spec = self._pose.spec
        if spec is None:
            raise NetworkAwayError("it was removed")
        framed = await asyncio.to_thread(pose.prepared, picture, spec.side)
        found = await self._pose.run({PIXELS: framed.pixels})

        def skeletons() -> Pixels:
            heatmaps, fields = (found[name][0].astype(np.float32) for name in (HEATMAPS, FIELDS))
            return pose.skeletons(pose.people(heatmaps, fields, framed), (picture.shape[0], picture.shape[1]))

        return await asyncio.to_thread(skeletons)
