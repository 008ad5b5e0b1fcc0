"""The least that a generation can cost: one loop over the pipeline's ONNX files, in one process, for one request.

The only place where the benchmark needs ONNX Runtime, and one of two that need `diffusion`: the solver's table, the
noise and the tokenizer come from there, so that its picture can be compared with the engine's and both are known to
have done the same work. Nothing of the engine, the scheduler or the runner is used.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray

from diffusion.conditioning import text_inputs
from diffusion.noise import NoiseGenerator
from diffusion.pipeline import PipelineSpec
from diffusion.prompt.chunks import Chunker
from diffusion.prompt.emphasis import Piece
from diffusion.solvers.base import SolverTable
from diffusion.solvers.noise_schedule import NoiseSchedule
from diffusion.solvers.registry import build_table
from diffusion.tokenizer import Tokenizer

Floats = NDArray[np.float32]
Sessions = dict[str, Any]
"""By component: what has ONNX Runtime's `run(None, inputs)`."""

COMPONENTS = ("text_encoder", "unet", "vae_decoder")


@dataclass(frozen=True, slots=True)
class Sample:
    """One request, the same for every system that is compared."""

    prompt: str
    negative_prompt: str
    seed: int
    steps: int
    guidance: float


class BareLoop:
    """The installed pipeline's networks, each call with all threads, as ONNX Runtime does it by itself."""

    def __init__(self, repository: Path, pipeline: str, threads: int = 0, sessions: Sessions | None = None) -> None:
        folder = repository / pipeline / "1"
        self.spec = PipelineSpec.load(folder / "pipeline.json")
        self.chunker = Chunker(Tokenizer(folder / "tokenizer.json"), self.spec.text)
        self.schedule = NoiseSchedule.from_config(self.spec.noise_schedule)
        self.sessions = sessions or _sessions(repository, pipeline, threads)

    def generate(self, sample: Sample) -> NDArray[np.uint8]:
        """The picture of `sample`, RGB uint8 [height, width, 3]."""
        spec, defaults = self.spec, self.spec.defaults
        table = build_table(defaults.sampler, defaults.schedule, self.schedule, sample.steps)
        noise = NoiseGenerator(sample.seed)
        height, width = spec.latent_size(defaults.width, defaults.height)
        shape = (1, spec.latent.channels, height, width)
        latents = noise.normal(shape) * np.float32(table.init_noise_sigma)
        return self._decode(self._denoise(sample, table, noise, latents))

    def run(self, component: str, **inputs: NDArray[Any]) -> Floats:
        """One call of a network; its only output."""
        output: Floats = self.sessions[component].run(None, inputs)[0]
        return output

    def _denoise(self, sample: Sample, table: SolverTable, noise: NoiseGenerator, latents: Floats) -> Floats:
        prompts = [sample.prompt, sample.negative_prompt] if sample.guidance > 1 else [sample.prompt]
        passages = [self.chunker.passage([Piece(prompt)]) for prompt in prompts]
        rows = [(row, passage) for passage in passages for row in passage.ids]
        context = self.run("text_encoder", **text_inputs(rows, self.spec.text, self.spec.text))
        history: list[Floats] = []
        for k in range(table.num_evaluations):
            scaled = np.repeat(latents * np.float32(table.input_scale[k]), len(prompts), axis=0)
            time = np.full(len(prompts), table.timesteps[k], np.float32)
            output = self.run("unet", sample=scaled, timestep=time, encoder_hidden_states=context)
            if len(prompts) == 2:
                output = output[1:] + np.float32(sample.guidance) * (output[:1] - output[1:])
            converted = np.float32(table.sample_coef[k]) * latents + np.float32(table.output_coef[k]) * output
            history = [converted, *history][: table.history]
            latents = np.float32(table.a[k]) * latents
            for weight, past in zip(table.b[k], history, strict=False):
                latents = latents + np.float32(weight) * past
            if table.draws_noise[k]:
                latents = latents + np.float32(table.c[k]) * noise.normal(latents.shape)
        return latents

    def _decode(self, latents: Floats) -> NDArray[np.uint8]:
        latent = self.spec.latent
        scaled = latents / np.float32(latent.scaling_factor) + np.float32(latent.shift_factor)
        decoded = self.run("vae_decoder", latent_sample=scaled)[0]
        pixels: NDArray[np.uint8] = np.rint(np.clip(decoded * 127.5 + 127.5, 0, 255)).astype(np.uint8)
        return np.ascontiguousarray(pixels.transpose(1, 2, 0))


def _sessions(repository: Path, pipeline: str, threads: int) -> Sessions:
    options = _options(threads)
    return {
        component: onnxruntime.InferenceSession(
            str(repository / f"{pipeline}__{component}" / "1" / "model.onnx"),
            options,
            providers=["CPUExecutionProvider"],
        )
        for component in COMPONENTS
    }


def _options(threads: int) -> onnxruntime.SessionOptions:
    """What the component models set for a single row."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
