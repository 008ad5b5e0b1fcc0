"""A servable set of components, as data: the `pipeline.json` that the exporter installs beside the orchestrator.

A family of models differs from another in this data and in its component specs, never in a copy of the engine's loop.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffusion.components import AxisBounds, Component, ComponentSpec, TensorSpec

FORMAT = 1
WEIGHTS = {
    Component.TEXT_ENCODER: "text_encoder/model.safetensors",
    Component.UNET: "unet/diffusion_pytorch_model.safetensors",
    Component.VAE_DECODER: "vae/diffusion_pytorch_model.safetensors",
    Component.VAE_ENCODER: "vae/diffusion_pytorch_model.safetensors",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a request. Sizes in pixels; width and height are multiples of `size_multiple`."""

    min_size: int
    max_size: int
    size_multiple: int
    max_steps: int = 150
    max_images: int = 10
    max_prompt_chars: int = 8000
    max_prompt_chunks: int = 8
    max_guidance: float = 30.0
    max_deadline_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a request gets for a field it leaves out."""

    width: int
    height: int
    num_inference_steps: int
    guidance_scale: float
    sampler: str
    schedule: str


@dataclass(frozen=True, slots=True)
class TextSpec:
    """The text encoder's input: `chunk_tokens` ids per chunk, two of them BOS and EOS; `width` of a hidden state."""

    chunk_tokens: int
    width: int
    bos: int
    eos: int
    pad: int


@dataclass(frozen=True, slots=True)
class LatentSpec:
    """The latent space. One latent covers `pixels` × `pixels`; the UNet halves its input `unet_halvings` times.

    `rgb` ([channels][3]) and `rgb_bias` ([3]) map a latent to an approximate colour in 0 … 1, for previews.
    """

    channels: int
    pixels: int
    scaling_factor: float
    unet_halvings: int
    rgb: tuple[tuple[float, float, float], ...]
    rgb_bias: tuple[float, float, float]
    shift_factor: float = 0.0


@dataclass(frozen=True, slots=True)
class PipelineSpec:
    """Everything the engine and the surfaces need to know of one pipeline.

    Attributes:
        noise_schedule: the training schedule, in the field names of diffusers' `scheduler_config.json`.
        max_rows: largest batch of one call, per component.
        fingerprint: hash of the weights, part of an image's recipe.
    """

    name: str
    family: str
    fingerprint: str
    text: TextSpec
    latent: LatentSpec
    limits: Limits
    defaults: Defaults
    noise_schedule: Mapping[str, Any]
    max_rows: Mapping[str, int]

    def latent_size(self, width: int, height: int) -> tuple[int, int]:
        """(height, width) in latents of a picture of the given size in pixels."""
        return height // self.latent.pixels, width // self.latent.pixels

    def to_json(self) -> str:
        """The text of `pipeline.json`."""
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> PipelineSpec:
        """Read `pipeline.json`; raises ValueError when it is of another format."""
        data = json.loads(text)
        if data.pop("format", None) != FORMAT:
            raise ValueError(f"pipeline.json is not of format {FORMAT}; install the pipeline again")
        latent = data["latent"]
        latent["rgb"] = tuple(tuple(row) for row in latent["rgb"])
        latent["rgb_bias"] = tuple(latent["rgb_bias"])
        return cls(
            **{
                **data,
                "text": TextSpec(**data["text"]),
                "latent": LatentSpec(**latent),
                "limits": Limits(**data["limits"]),
                "defaults": Defaults(**data["defaults"]),
            }
        )

    @classmethod
    def load(cls, path: Path) -> PipelineSpec:
        """Read the `pipeline.json` at `path`."""
        return cls.from_json(path.read_text(encoding="utf-8"))


def component_specs(pipeline: PipelineSpec) -> dict[Component, ComponentSpec]:
    """The networks of a Stable Diffusion 1/2-shaped pipeline, with the bounds that follow from the pipeline's own."""
    limits, latent, text = pipeline.limits, pipeline.latent, pipeline.text
    low, high = limits.min_size // latent.pixels, limits.max_size // latent.pixels
    typical = pipeline.defaults.height // latent.pixels
    side = AxisBounds(low, typical, high, multiple=2**latent.unet_halvings)
    pixels = AxisBounds(limits.min_size, pipeline.defaults.height, limits.max_size, multiple=latent.pixels)
    sides = {"height": side, "width": side}
    tokens = AxisBounds(
        text.chunk_tokens, text.chunk_tokens, text.chunk_tokens * limits.max_prompt_chunks, multiple=text.chunk_tokens
    )
    latents = ("batch", latent.channels, "height", "width")
    picture = ("batch", 3, "image_height", "image_width")

    def spec(
        component: Component,
        tensors: tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]],
        bounds: Mapping[str, AxisBounds],
        tolerance: tuple[float, str],
    ) -> ComponentSpec:
        rows = pipeline.max_rows[component]
        return ComponentSpec(
            component=component,
            inputs=tensors[0],
            outputs=tensors[1],
            max_rows=rows,
            bounds={"batch": AxisBounds(1, min(2, rows), rows), **bounds},
            tolerance=tolerance[0],
            tolerance_reason=tolerance[1],
            weights=WEIGHTS[component],
        )

    return {
        Component.TEXT_ENCODER: spec(
            Component.TEXT_ENCODER,
            (
                (TensorSpec("input_ids", "int32", ("batch", text.chunk_tokens)),),
                (TensorSpec("last_hidden_state", "float32", ("batch", text.chunk_tokens, text.width)),),
            ),
            {},
            (2e-5, "sums over the hidden width in another order"),
        ),
        Component.UNET: spec(
            Component.UNET,
            (
                (
                    TensorSpec("sample", "float32", latents),
                    TensorSpec("timestep", "float32", ("batch",)),
                    TensorSpec("encoder_hidden_states", "float32", ("batch", "tokens", text.width)),
                ),
                (TensorSpec("out_sample", "float32", latents),),
            ),
            {**sides, "tokens": tokens},
            (1e-4, "about a hundred layers of float32 sums in another order"),
        ),
        Component.VAE_DECODER: spec(
            Component.VAE_DECODER,
            ((TensorSpec("latent_sample", "float32", latents),), (TensorSpec("sample", "float32", picture),)),
            {**sides, "image_height": pixels, "image_width": pixels},
            (1e-4, "float32 sums in another order; a hundredth of one grey level"),
        ),
        Component.VAE_ENCODER: spec(
            Component.VAE_ENCODER,
            (
                (TensorSpec("sample", "float32", picture),),
                (TensorSpec("latent_mean", "float32", latents), TensorSpec("latent_logvar", "float32", latents)),
            ),
            {**sides, "image_height": pixels, "image_width": pixels},
            (1e-4, "float32 sums in another order"),
        ),
    }
