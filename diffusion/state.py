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
    """One image on its way.

    Attributes:
        latents: float32 [C, h, w], in the solver's own scale.
        history: earlier converted outputs of the network, newest first, as many as the solver looks back at.
        evaluation: number of the next evaluation; predicted: the network's last estimate of the finished latents.
    """

    parent: RequestState
    image: int
    seed: int
    noise: NoiseGenerator
    latents: Latents
    history: list[Latents] = field(default_factory=list)
    evaluation: int = 0
    predicted: Latents | None = None

    @classmethod
    def start(cls, parent: RequestState, image: int, shape: tuple[int, int, int]) -> ImageState:
        """Draw the start latents of one image: standard normal times the table's `init_noise_sigma`."""
        seed = parent.request.seed_of(image)
        noise = NoiseGenerator(seed)
        # diffusers draws (1, C, h, w) for each image; the stream is the same
        latents = noise.normal(shape) * np.float32(parent.table.init_noise_sigma)
        return cls(parent, image, seed, noise, latents)

    def advance(self, latents: Latents, converted: Latents, predicted: Latents) -> None:
        """One evaluation is done: x_{k+1}, m_k and the estimate of the finished latents."""
        self.latents, self.predicted = latents, predicted
        self.history = [converted, *self.history][: self.parent.table.history - 1]
        self.evaluation += 1

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
