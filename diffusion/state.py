"""The tensors of requests in flight, on the host: a component that dies loses nothing of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diffusion.conditioning import Conditioning, TokenizedPrompt
from diffusion.events import PhaseTime
from diffusion.loras.factors import LoraSet
from diffusion.noise import NoiseGenerator
from diffusion.passes import Pass
from diffusion.request import GenerationRequest, MaskContent
from diffusion.resize import resized_latents
from diffusion.solvers.base import SolverTable
from diffusion.source import Inpainting, Source
from diffusion.start_noise import start_noise

Latents = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the encoder says of a picture: a distribution of latents. Both float32 [C, h, w]."""

    mean: Latents
    logvar: Latents
    scaling_factor: float
    shift_factor: float = 0.0

    def sample(self, noise: NoiseGenerator) -> Latents:
        """Latents in the denoiser's scale."""
        deviation = np.exp(np.float32(0.5) * np.clip(self.logvar, -30.0, 20.0))
        drawn = self.mean + deviation * noise.normal(self.mean.shape) - np.float32(self.shift_factor)
        sample: Latents = np.float32(self.scaling_factor) * drawn
        return sample


@dataclass(frozen=True, slots=True)
class Known:
    """Keeps a part of a picture as it is while the rest is painted: its latents, and the noise that it started with.

    `mask` is float32 [1, h, w], 1 where it is painted.
    """

    latents: Latents
    noise: Latents
    mask: Latents

    def blended(self, painted: Latents, alpha: float, sigma: float) -> Latents:
        """`painted` where the mask is, and the known latents with this much noise everywhere else."""
        known = np.float32(alpha) * self.latents + np.float32(sigma) * self.noise
        result: Latents = np.where(self.mask > 0.5, painted, known)
        return result


@dataclass(slots=True, eq=False)
class ImageState:
    """One image on its way.

    Attributes:
        latents: float32 [C, h, w], in the solver's own scale.
        history: earlier converted outputs of the network, newest first, as many as the solver looks back at.
        pass_number, evaluation: the pass it is in, and the number of the next evaluation in it.
        predicted: the network's last estimate of the finished latents.
        known: what an inpainting keeps.
        mask_inputs: what an inpainting UNet takes behind the latents, float32 [mask channels, h, w].
        features: of its last whole evaluation's rows, where it uses them again; float32 [rows, C, h', w'].
        told_at: when a step of it was told of last, on the engine's clock.
    """

    parent: RequestState
    image: int
    seed: int
    noise: NoiseGenerator
    latents: Latents
    history: list[Latents] = field(default_factory=list)
    pass_number: int = 0
    evaluation: int = 0
    predicted: Latents | None = None
    known: Known | None = None
    mask_inputs: Latents | None = None
    features: Latents | None = None
    told_at: float = -math.inf

    @classmethod
    def start(cls, parent: RequestState, image: int) -> ImageState:
        """Draw the start latents of one image: standard normal times the table's `init_noise_sigma`.

        Where the request has a picture, they are of no meaning until `start_from`.
        """
        seed = parent.request.seed_of(image)
        stream, first = NoiseGenerator(seed), parent.passes[0]
        if parent.request.image is not None:
            return cls(parent, image, seed, stream, np.zeros(first.shape, np.float32))
        # diffusers draws (1, C, h, w) for each image; the stream is the same
        noise = start_noise(parent.request, image, stream, first.shape)
        return cls(parent, image, seed, stream, noise * np.float32(first.table.init_noise_sigma))

    def start_from(self, picture: Encoded, masked: Encoded | None) -> None:
        """Draw the start latents from an encoded picture, as often as it is encoded.

        The seed's stream gives the samples and the noise in diffusers' order. An inpainting of strength 1 starts from
        the noise alone, as there. `masked` is the picture without its masked part, for a UNet that takes it.
        """
        self.noise = NoiseGenerator(self.seed)
        request, inpainting = self.parent.request, self.parent.inpainting
        is_new = inpainting is not None and request.strength == 1.0
        sample = np.zeros_like(picture.mean) if is_new and masked is not None else picture.sample(self.noise)
        noise = start_noise(request, self.image, self.noise, picture.mean.shape)
        if inpainting is not None:
            # diffusers samples the masked picture for every UNet
            hidden = (masked or picture).sample(self.noise)
            if masked is None:
                self.known = Known(sample, noise, inpainting.latents)
            else:
                self.mask_inputs = np.concatenate([inpainting.latents, hidden])
            if request.mask_content == MaskContent.LATENT_NOISE:
                sample = np.where(inpainting.latents > 0.5, noise, sample)
        if is_new:
            self.latents = noise * np.float32(self.table.init_noise_sigma)
        else:
            self.latents = np.float32(self.table.alpha[0]) * sample + np.float32(self.table.sigma[0]) * noise

    @property
    def current(self) -> Pass:
        """The pass that its next evaluation belongs to; at the end the last one."""
        return self.parent.passes[self.pass_number]

    @property
    def table(self) -> SolverTable:
        """Coefficients of the current pass."""
        return self.current.table

    @property
    def is_guided(self) -> bool:
        """Whether the next evaluation has guidance."""
        return self.evaluation < self.current.guided

    def advance(self, latents: Latents, converted: Latents, predicted: Latents) -> None:
        """One evaluation is done: x_{k+1}, m_k and the estimate of the finished latents."""
        self.latents, self.predicted = latents, predicted
        self.history = [converted, *self.history][: self.table.history - 1]
        self.evaluation += 1
        if self.known is not None:
            following = self.evaluation
            self.latents = self.known.blended(latents, self.table.alpha[following], self.table.sigma[following])
        if self.evaluation == self.table.num_evaluations and self.pass_number + 1 < len(self.parent.passes):
            self._begin_next_pass()

    def _begin_next_pass(self) -> None:
        """Enlarge the latents and put noise on them, from the start of the image's own stream."""
        self.pass_number, self.evaluation, self.history = self.pass_number + 1, 0, []
        _, height, width = self.current.shape
        self.noise = NoiseGenerator(self.seed)
        noise = start_noise(self.parent.request, self.image, self.noise, self.current.shape)
        known = np.float32(self.table.alpha[0]) * resized_latents(self.latents, height, width)
        self.latents = known + np.float32(self.table.sigma[0]) * noise

    @property
    def prompt_step(self) -> int:
        """The step that its prompt is read for: each pass goes through the prompt's whole schedule."""
        table, steps = self.table, self.parent.request.num_inference_steps
        if self.evaluation == table.num_evaluations:
            return steps
        return int(table.step_of_evaluation[self.evaluation]) * steps // table.num_steps

    @property
    def step(self) -> int:
        """User-visible steps that are done, in all passes."""
        earlier = sum(one.table.num_steps for one in self.parent.passes[: self.pass_number])
        steps = self.table.step_of_evaluation
        return earlier + (int(steps[self.evaluation]) if self.evaluation < len(steps) else self.table.num_steps)


@dataclass(slots=True, eq=False)
class RequestState:
    """A request with its passes, its tokens and, once encoded, its conditioning."""

    request: GenerationRequest
    passes: tuple[Pass, ...]
    prompt: TokenizedPrompt
    loras: LoraSet | None = None
    source: Source | None = None
    contexts: tuple[Conditioning, ...] = ()
    images: list[ImageState] = field(default_factory=list)
    has_started: bool = False
    phases: dict[str, PhaseTime] = field(default_factory=dict)

    def spent(self, phase: str, started: float, ended: float, network_s: float) -> None:
        """A batch of this phase had images of the request in it; moments on the engine's clock."""
        before = self.phases.get(phase) or PhaseTime(phase, started, started, 0.0, 0)
        self.phases[phase] = before.with_batch(started, ended, network_s)

    @property
    def inpainting(self) -> Inpainting | None:
        """Where its picture is painted anew, if only a part of it is."""
        return None if self.source is None else self.source.inpainting

    @property
    def num_steps(self) -> int:
        """User-visible steps of one image, in all passes."""
        return sum(one.table.num_steps for one in self.passes)
