"""What the benchmarks of single calls give a UNet."""

from __future__ import annotations

import numpy as np

from diffusion.components import Tensor
from diffusion.pipeline import PipelineSpec


def unet_inputs(spec: PipelineSpec, rows: int, height: int, width: int) -> dict[str, Tensor]:
    """The same noise and texts in each run, for latents of `height` by `width`."""
    chance = np.random.default_rng(0)
    return {
        "sample": chance.standard_normal((rows, spec.latent.channels, height, width), np.float32),
        "timestep": np.full(rows, 500.5, np.float32),
        "encoder_hidden_states": chance.standard_normal((rows, spec.text.chunk_tokens, spec.text.width), np.float32),
    }
