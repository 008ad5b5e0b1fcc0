"""The picture that a request starts from, made ready: what is encoded, what is painted anew, how that is put in."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffusion.events import Pixels
from diffusion.masks import HALF, Mask, Region, blurred, bounds_of, filled, latent_mask, region_around
from diffusion.request import GenerationRequest, MaskContent
from diffusion.resampling import resized

SEAM = 2
"""How far outpainting goes into the picture, in deviations of the feathering."""


@dataclass(frozen=True, slots=True)
class Inpainting:
    """Where a picture is painted anew.

    Attributes:
        mask: uint8 [height, width] of the generated part, 255 where it is painted.
        latents: the same for latents, float32 [1, h, w] of 0 and 1.
        canvas: the whole picture as it is to be kept, of any size.
        cover: uint8 [rows, columns] of the canvas: how much of the new picture is seen, feathered.
        region: the part of the canvas that is generated.
    """

    mask: Mask
    latents: NDArray[np.float32]
    canvas: Pixels
    cover: Mask
    region: Region

    def finished(self, made: Pixels) -> Pixels:
        """The canvas with the generated part laid over; where `cover` is 0, every pixel is as it was."""
        left, top, right, bottom = self.region
        part = resized(made, right - left, bottom - top)
        whole = self.canvas.copy()
        seen = bounds_of(self.cover[top:bottom, left:right])  # outside of them nothing changes
        inner = slice(seen.top, seen.bottom), slice(seen.left, seen.right)
        below = whole[top:bottom, left:right][inner]
        share = self.cover[top:bottom, left:right][inner][..., None].astype(np.float32) / np.float32(255.0)
        below[:] = np.rint(below + share * (part[inner].astype(np.float32) - below)).astype(np.uint8)
        return whole


@dataclass(frozen=True, slots=True)
class Source:
    """What a request starts from.

    Attributes:
        picture: what is encoded, of the request's width × height.
        inpainting: None where all of it is made anew.
    """

    picture: Pixels
    inpainting: Inpainting | None = None

    def without_masked(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """`picture` as an encoder takes it, float32 [3, height, width], grey where it is painted."""
        if self.inpainting is None:
            return picture
        kept: NDArray[np.float32] = np.where(self.inpainting.mask < HALF, picture, np.float32(0.0))
        return kept


def make_source(request: GenerationRequest, pixels: int) -> Source | None:
    """The source of a checked request, None where it starts from noise alone. A latent covers `pixels` × `pixels`."""
    if request.image is None:
        return None
    if request.mask is None and request.outpaint is None:
        return Source(request.image)
    canvas, cover = _canvas(request, request.image)
    size = request.width, request.height
    region = Region(0, 0, canvas.shape[1], canvas.shape[0])
    if request.only_masked:
        region = region_around(cover, request.only_masked_padding or 0, *size)
    left, top, right, bottom = region
    mask = resized(cover[top:bottom, left:right], *size)
    picture = resized(canvas[top:bottom, left:right], *size)
    if request.mask_content == MaskContent.FILL:
        picture = filled(picture, mask)
    return Source(picture, Inpainting(mask, latent_mask(mask, pixels), canvas, cover, region))


def with_maps_of_part(request: GenerationRequest, source: Source | None) -> GenerationRequest:
    """`request` with the parts of its ControlNets' maps that lie where it is generated (as in diffusers' inpainting).

    Where the whole picture is generated, the maps are of its size already.
    """
    if not request.controls or not request.only_masked or source is None or source.inpainting is None:
        return request
    left, top, right, bottom = source.inpainting.region
    size = request.width, request.height
    controls = (
        dataclasses.replace(control, image=resized(control.image[top:bottom, left:right], *size))
        for control in request.controls
        if control.image is not None
    )
    return dataclasses.replace(request, controls=tuple(controls))


def _canvas(request: GenerationRequest, image: Pixels) -> tuple[Pixels, Mask]:
    """The picture with what is added to it, and how much of each pixel is painted."""
    blur = request.mask_blur or 0
    mask = np.zeros(image.shape[:2], np.uint8)
    if request.mask is not None:
        mask = 255 - request.mask if request.invert_mask else request.mask
    if request.outpaint is None:
        return image, blurred(mask, blur)
    added = request.outpaint
    sides = ((added.top, added.bottom), (added.left, added.right))
    canvas = np.pad(image, (*sides, (0, 0)), mode="edge")
    mask = np.pad(mask, sides)
    inside = np.zeros(image.shape[:2], np.bool_)
    # the seam lies in the picture, so that nothing of the canvas's repeated border is seen
    seam = SEAM * blur
    rows, columns = (
        slice(seam if low else 0, size - (seam if high else 0))
        for (low, high), size in zip(sides, image.shape, strict=False)
    )
    inside[rows, columns] = True
    is_added = np.pad(np.zeros(image.shape[:2], np.bool_), sides, constant_values=True)
    mask = np.where(np.pad(inside, sides), mask, np.uint8(255))
    return canvas, np.where(is_added, np.uint8(255), blurred(mask, blur))
