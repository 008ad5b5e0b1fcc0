"""The tensors of requests in flight, on the host: a component that dies loses nothing of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diffusion.conditioning import Context, TokenizedPrompt
from diffusion.noise import NoiseGenerator
from diffusion.request import GenerationRequest
from diffusion.solvers.base import SolverTable

Latents = NDArray[np.float32]


@dataclass(slots=True, eq=False)
class ImageState:
    """One image on its way: `latents` float32 [C, h, w], `history` of converted outputs, newest first."""

    parent: RequestState
    image: int
    seed: int
    noise: NoiseGenerator
    latents: Latents
    history: Latents
    evaluation: int = 0

    @classmethod
    def start(cls, parent: RequestState, image: int, shape: tuple[int, int, int]) -> ImageState:
        """Draw the start latents of one image: standard normal times the table's `init_noise_sigma`."""
        seed = parent.request.seed_of(image)
        noise = NoiseGenerator(seed)
        # diffusers draws (1, C, h, w) for each image; the stream is the same
        latents = noise.normal(shape) * np.float32(parent.table.init_noise_sigma)
        history = np.zeros((parent.table.b.shape[1], *shape), np.float32)
        return cls(parent, image, seed, noise, latents, history)

    @property
    def step(self) -> int:
        """User-visible steps that are done."""
        steps = self.parent.table.step_of_evaluation
        return int(steps[self.evaluation]) if self.evaluation < len(steps) else self.parent.request.num_inference_steps


@dataclass(slots=True, eq=False)
class RequestState:
    """A request with its coefficient table, its tokens and, once encoded, its conditioning."""

    request: GenerationRequest
    table: SolverTable
    prompt: TokenizedPrompt
    positive: Context | None = None
    negative: Context | None = None
    images: list[ImageState] = field(default_factory=list)
    has_started: bool = False
