"""The sizes of networks that are measured, as diffusers configures them, and the pipeline around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diffusion.components import Component
from diffusion.pipeline import Defaults, LatentSpec, Limits, PipelineSpec, TextSpec

CROSS, PLAIN = ("CrossAttnDownBlock2D", "CrossAttnUpBlock2D"), ("DownBlock2D", "UpBlock2D")
CLIP_TOKENS, CLIP_BOS, CLIP_EOS = 77, 49406, 49407
FULL_VAE = {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2}
TRAINING = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "epsilon",
    "steps_offset": 1,
    "timestep_spacing": "leading",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One size.

    Attributes:
        unet: arguments of diffusers' `UNet2DConditionModel`.
        vae: its `AutoencoderKL`'s channels and layers; `vae_arguments` has all.
        text_width: of the conditioning.
        pooled_width: of Stable Diffusion XL's pooled text, 0 without.
        side: usual side of a picture in pixels.
        steps, guidance: usual.
    """

    name: str
    unet: Mapping[str, Any]
    vae: Mapping[str, Any]
    text_width: int
    pooled_width: int
    side: int
    steps: int
    guidance: float
    scaling_factor: float

    @property
    def pixels(self) -> int:
        """Side of the square that one latent covers."""
        return int(2 ** (len(self.vae["block_out_channels"]) - 1))

    @property
    def vae_arguments(self) -> dict[str, Any]:
        """Of diffusers' `AutoencoderKL`."""
        levels = len(self.vae["block_out_channels"])
        return {
            **self.vae,
            "latent_channels": 4,
            "down_block_types": ("DownEncoderBlock2D",) * levels,
            "up_block_types": ("UpDecoderBlock2D",) * levels,
            "norm_num_groups": 16 if levels < 4 else 32,
            "sample_size": self.side,
            "scaling_factor": self.scaling_factor,
        }

    def pipeline(self, max_rows: int) -> PipelineSpec:
        """The pipeline of these networks for our engine, with at most so many rows in a call."""
        flat = ((0.0, 0.0, 0.0),) * 4
        return PipelineSpec(
            name=f"gpu-{self.name}",
            family="sdxl" if self.pooled_width else "sd1",
            fingerprint="random",
            text=TextSpec(CLIP_TOKENS, self.text_width, CLIP_BOS, CLIP_EOS, CLIP_EOS, pooled_width=self.pooled_width),
            latent=LatentSpec(
                4, self.pixels, self.scaling_factor, len(self.unet["block_out_channels"]) - 1, flat, (0.5,) * 3
            ),
            limits=Limits(64, 2 * self.side, 8 * self.pixels),
            defaults=Defaults(self.side, self.side, self.steps, self.guidance, "euler", "default"),
            noise_schedule=TRAINING,
            max_rows={Component.TEXT_ENCODER: 64, Component.UNET: max_rows, Component.VAE_DECODER: 4},
            time_ids=6 if self.pooled_width else 0,
        )


def _blocks(kinds: tuple[bool, ...]) -> dict[str, Any]:
    """Names of the blocks; True where there is attention, from the outside in."""
    return {
        "down_block_types": tuple((CROSS if one else PLAIN)[0] for one in kinds),
        "up_block_types": tuple((CROSS if one else PLAIN)[1] for one in reversed(kinds)),
    }


SHAPES = {
    shape.name: shape
    for shape in (
        Shape(
            "tiny",
            {
                "block_out_channels": (32, 64),
                "layers_per_block": 1,
                "cross_attention_dim": 32,
                "attention_head_dim": 4,
                **_blocks((True, False)),
            },
            {"block_out_channels": (16, 16, 32), "layers_per_block": 1},
            32,
            0,
            64,
            4,
            5.0,
            0.18215,
        ),
        Shape(
            "sd15",
            {
                "block_out_channels": (320, 640, 1280, 1280),
                "layers_per_block": 2,
                "cross_attention_dim": 768,
                "attention_head_dim": 8,
                **_blocks((True, True, True, False)),
            },
            FULL_VAE,
            768,
            0,
            512,
            20,
            7.5,
            0.18215,
        ),
        Shape(
            "sdxl",
            {
                "block_out_channels": (320, 640, 1280),
                "layers_per_block": 2,
                "cross_attention_dim": 2048,
                "attention_head_dim": (5, 10, 20),
                "transformer_layers_per_block": (1, 2, 10),
                "use_linear_projection": True,
                "addition_embed_type": "text_time",
                "addition_time_embed_dim": 256,
                "projection_class_embeddings_input_dim": 2816,
                **_blocks((False, True, True)),
            },
            FULL_VAE,
            2048,
            1280,
            1024,
            20,
            8.0,
            0.13025,
        ),
    )
}
