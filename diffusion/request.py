"""What to generate: one frozen value, the same for every public surface and both backends."""

from __future__ import annotations

from dataclasses import dataclass

MAX_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """A validated request. Build it with `diffusion.admission.make_request`, which fills defaults and checks bounds.

    Attributes:
        request_id: unique within the engine; chosen by the caller.
        owner: whom fairness is counted for (a user or key id; "" is an owner too).
        seed: of the first image; image i uses `seed + i` (modulo 2**32).
        priority: -2 … 2, higher first; ageing keeps low ones from starving.
        deadline_s: seconds from acceptance after which the request fails, or None.
        preview_every: emit a small preview every so many steps; 0 means never.
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

    @property
    def uses_guidance(self) -> bool:
        """Whether an unconditional row is needed beside the conditional one; 1 and below switch guidance off."""
        return self.guidance_scale > 1.0

    def seed_of(self, image: int) -> int:
        """Seed of image `image` (counted from 0)."""
        return (self.seed + image) % (MAX_SEED + 1)
