"""The shipped pipeline in diffusers itself: what the engine's pictures are compared with."""

from __future__ import annotations

import warnings
from typing import Any

from avila.shipped import SHIPPED


def shipped_in_diffusers() -> Any:
    """Float32, with the sampler and spacing that the pipeline is served with, silent."""
    import torch
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline: Any = StableDiffusionPipeline.from_pretrained(
            SHIPPED, torch_dtype=torch.float32, local_files_only=True, safety_checker=None
        )
        pipeline.scheduler = DDIMScheduler.from_config(
            dict(pipeline.scheduler.config) | {"timestep_spacing": "trailing"}
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
