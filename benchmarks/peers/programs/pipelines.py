"""Draws with a pipeline object that has diffusers' interface."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from protocol import Draw


def drawing(pipeline: Any) -> Draw:
    """A request to a picture."""

    def draw(request: dict[str, Any]) -> Any:
        with torch.inference_mode():
            image = pipeline(
                request["prompt"],
                negative_prompt=request["negative_prompt"],
                width=request["width"],
                height=request["height"],
                num_inference_steps=request["num_inference_steps"],
                guidance_scale=request["guidance_scale"],
                generator=torch.Generator().manual_seed(request["seed"]),
                output_type="np",
            ).images[0]
        return (image * 255).round().astype(np.uint8)

    return draw
