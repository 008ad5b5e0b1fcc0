"""What to generate: one frozen value, the same for every public surface and both backends."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from diffusion.prompt.emphasis import Emphasis

MAX_SEED = 2**32 - 1


class MaskContent(StrEnum):
    """What is under the mask before it is painted."""

    ORIGINAL = "original"
    FILL = "fill"
    LATENT_NOISE = "latent_noise"


@dataclass(frozen=True, slots=True)
class Lora:
    """A LoRA by its name (of its file, without the ending), and how strongly it acts: 1 as trained, 0 not at all."""

    name: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Control:
    """A ControlNet that acts on a request.

    Attributes:
        model: its name.
        weight: how strongly it acts; 1 as trained.
        start, end: shares of a pass's steps between which it acts, as diffusers' `control_guidance_start` and `_end`.
        image: its map, RGB of the request's width × height; not part of a request's equality.
    """

    model: str
    weight: float = 1.0
    start: float = 0.0
    end: float = 1.0
    image: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outpaint:
    """Pixels by which a picture is extended on each side."""

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HiRes:
    """A second pass from the first one's latents, enlarged to `width` × `height` pixels.

    `num_inference_steps` and `strength` are those of an image-to-image run: the last `strength` of its steps are run.
    """

    width: int
    height: int
    num_inference_steps: int
    strength: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """A validated request. Build it with `diffusion.admission.make_request`, which fills defaults and checks bounds.

    Attributes:
        request_id: unique within the engine; chosen by the caller.
        owner: whom fairness is counted for (a user or key id; "" is an owner too).
        seed: of the first image; image i uses `seed + i` (modulo 2**32).
        priority: -2 … 2, higher first; ageing keeps low ones from starving.
        deadline_s: seconds from acceptance after which the request fails, or None.
        clip_skip: how many of the text encoder's last layers are left out.
        emphasis: what weights in the prompts do (`diffusion.prompt.emphasis.Emphasis`).
        eta: amount of fresh noise of a stochastic solver, 0 … 1; None for the solver's own.
        guidance_rescale: how far the guided prediction's deviation is brought back to the conditional one's, 0 … 1.
        guidance_end: share of the steps after which there is no guidance, and no unconditional row.
        variation_seed, variation_strength: the starting noise is mixed with this seed's; image i uses
            `variation_seed + i` and the request's one seed.
        hires: a second, larger pass, or None. Width and height are the first pass's.
        image: the picture to start from, RGB; of width × height unless there is a mask. Pictures are not part of a
            request's equality.
        strength: how much of `image` is made anew: the last `strength` of the steps are run. None without one.
        resize_mode: how `image` was brought to width × height, where it was asked for.
        mask: of the image's size, 255 where it is painted anew; the picture that comes out is as large. The other
            fields of inpainting are None without one, and without `outpaint`.
        mask_blur: deviation in pixels of the feathering.
        mask_content: see `MaskContent`.
        invert_mask: everything else is painted.
        only_masked: only the masked part is generated, at width × height, with `only_masked_padding` pixels around it.
        outpaint: the picture is extended, and what is added is painted, beside what the mask says.
        loras: act together; their effects add up.
        controls: ControlNets; what they give adds up.
        cache_interval: evaluations from one whole one to the next, see `diffusion.reuse`; 1: all are whole.
        preview_every: emit a small preview every so many steps; 0 means never.
        progress_every_s: least seconds between two `StepDone` of an image, whose first and last step are told always;
            0 tells of each.
    """

    request_id: str
    pipeline: str
    prompt: str
    negative_prompt: str
    width: int
    height: int
    num_inference_steps: int
    guidance_scale: float
    seed: int
    num_images: int
    sampler: str
    schedule: str
    owner: str = ""
    priority: int = 0
    deadline_s: float | None = None
    preview_every: int = 0
    progress_every_s: float = 0.0
    clip_skip: int = 0
    emphasis: str = Emphasis.ORIGINAL
    eta: float | None = None
    guidance_rescale: float = 0.0
    guidance_end: float = 1.0
    variation_seed: int | None = None
    variation_strength: float = 0.0
    hires: HiRes | None = None
    strength: float | None = None
    image: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)
    resize_mode: str | None = None
    mask: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)
    mask_blur: int | None = None
    mask_content: str | None = None
    invert_mask: bool | None = None
    only_masked: bool | None = None
    only_masked_padding: int | None = None
    outpaint: Outpaint | None = None
    loras: tuple[Lora, ...] = ()
    controls: tuple[Control, ...] = ()
    cache_interval: int = 1

    @property
    def uses_guidance(self) -> bool:
        """Whether an unconditional row is needed beside the conditional one; 1 and below switch guidance off."""
        return self.guidance_scale > 1.0

    def seed_of(self, image: int) -> int:
        """Seed of image `image` (counted from 0). Variations share one seed and count their other one up."""
        return self.seed if self.varies else (self.seed + image) % (MAX_SEED + 1)

    @property
    def varies(self) -> bool:
        """Whether the starting noise is a mixture of two seeds'."""
        return self.variation_strength > 0.0

    def variation_seed_of(self, image: int) -> int:
        """Seed that image `image` is mixed with; of meaning where `varies`."""
        return ((self.variation_seed or 0) + image) % (MAX_SEED + 1)

    @property
    def output_width(self) -> int:
        """Width of the finished pictures, in pixels."""
        return self.width if self.hires is None else self.hires.width

    @property
    def output_height(self) -> int:
        """Height of the finished pictures, in pixels."""
        return self.height if self.hires is None else self.hires.height

    @property
    def megapixel_steps(self) -> float:
        """Megapixels times steps that are run, over all images and passes: what the request costs."""
        steps = self.num_inference_steps
        work = self.width * self.height * (steps if self.strength is None else int(steps * self.strength))
        if self.hires is not None:
            steps = int(self.hires.num_inference_steps * self.hires.strength)
            work += self.hires.width * self.hires.height * steps
        return work * self.num_images / 1e6
