"""A servable set of components, as data: the `pipeline.json` that the exporter installs beside the orchestrator.

A family of models differs from another in this data and in its component specs, never in a copy of the engine's loop.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from diffusion.components import (
    CLIP_SKIP,
    GUIDANCE,
    TOKEN_EMBEDDINGS,
    AxisBounds,
    Component,
    ComponentSpec,
    TensorSpec,
    denoiser_among,
)

FORMAT = 1


class Capability(StrEnum):
    """What a pipeline can be asked for."""

    TEXT_TO_IMAGE = "text_to_image"
    IMAGE_TO_IMAGE = "image_to_image"
    INPAINTING = "inpainting"
    CONTROLS = "controls"
    LORAS = "loras"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a request. Sizes in pixels; width and height are multiples of `size_multiple`.

    `decode_tile` is the largest side that one call of the decoder is given: larger pictures are decoded in tiles, so
    that a call needs no more memory than `max_rows` squares of this side. 0: always whole.

    `reuse_joints` is how many of the UNet's skip connections, from the outside, are computed in an evaluation that uses
    deep features again (`diffusion.reuse`). 0: none does.
    """

    min_size: int
    max_size: int
    size_multiple: int
    max_steps: int = 150
    max_images: int = 10
    max_prompt_chars: int = 8000
    max_prompt_chunks: int = 8
    max_guidance: float = 30.0
    max_deadline_s: float = 3600.0
    max_loras: int = 8
    max_lora_rank: int = 256
    decode_tile: int = 0
    max_controls: int = 4
    reuse_joints: int = 0


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
    """A text encoder: `chunk_tokens` ids per chunk, two of them BOS and EOS; `width` of a hidden state.

    `states` names the output that conditions the UNet. `pooled_width` is the width of its `text_embeds`, one vector per
    chunk, or 0 where it gives none. `max_clip_skip` is how many of its last layers a request may leave out, 0 where the
    graph has neither `clip_skip` nor `token_embeddings` as inputs.
    """

    chunk_tokens: int
    width: int
    bos: int
    eos: int
    pad: int
    states: str = "last_hidden_state"
    pooled_width: int = 0
    max_clip_skip: int = 0


@dataclass(frozen=True, slots=True)
class LatentSpec:
    """The latent space. One latent covers `pixels` × `pixels`; the UNet halves its input `unet_halvings` times, a
    transformer by patches.

    The denoiser sees (what the encoder gives - `shift_factor`) · `scaling_factor`.

    `rgb` ([channels][3]) and `rgb_bias` ([3]) map a latent to an approximate colour in 0 … 1, for previews.
    `mask_channels` counts what an inpainting UNet takes behind the noisy latents: the mask (1 where to paint), then the
    latents of the picture with the masked part grey; 0 for other UNets.
    """

    channels: int
    pixels: int
    scaling_factor: float
    unet_halvings: int
    rgb: tuple[tuple[float, float, float], ...]
    rgb_bias: tuple[float, float, float]
    shift_factor: float = 0.0
    mask_channels: int = 0


@dataclass(frozen=True, slots=True)
class ControlNetSpec:
    """A ControlNet that the pipeline is installed with.

    Attributes:
        preprocessor: what makes the maps it was trained on of a picture; "none" where nobody said.
        fingerprint: hash of its weights, part of a controlled picture's recipe.
    """

    preprocessor: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class PipelineSpec:
    """Everything the engine and the surfaces need to know of one pipeline.

    Attributes:
        noise_schedule: the training schedule, in the field names of diffusers' `scheduler_config.json`.
        max_rows: largest batch of one call, per component.
        fingerprint: hash of the weights, part of an image's recipe.
        text_2: the second text encoder of Stable Diffusion XL. Its states stand beside the first one's (wider rows,
            not more of them), and its `text_embeds` of the first chunk are the UNet's. In Stable Diffusion 3 both give
            `text_embeds`, which stand beside each other, too.
        time_ids: numbers per row that tell the UNet about sizes; 6 in Stable Diffusion XL (original height and width,
            top and left of the crop, target height and width), 5 in its refiner (an aesthetic score instead of the
            target), 0 in others.
        guidance_width: numbers per row that tell a latent consistency model's UNet how strong the guidance is: it was
            distilled to guide itself, so there are no unconditional rows. 0 for other UNets.
        zero_empty_negative: whether an empty negative prompt is zeros instead of an encoded empty text.
        lora_layers: (inputs, outputs) of each layer that a LoRA may change, by component and layer.
        controlnets: by the name that requests use.
        residuals: (channels, halvings) of what a ControlNet adds to each skip connection of the UNet in order, and last
            to its middle; empty where the pipeline has no ControlNets.
        deep_features: (channels, halvings) of what the UNet's deep half gives; None where it is not used again.
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
    text_2: TextSpec | None = None
    time_ids: int = 0
    guidance_width: int = 0
    zero_empty_negative: bool = False
    lora_layers: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    controlnets: Mapping[str, ControlNetSpec] = field(default_factory=dict)
    residuals: tuple[tuple[int, int], ...] = ()
    deep_features: tuple[int, int] | None = None

    @property
    def texts(self) -> dict[Component, TextSpec]:
        """The text encoders, in the order in which their states stand beside each other."""
        first = {Component.TEXT_ENCODER: self.text}
        return first | {Component.TEXT_ENCODER_2: self.text_2} if self.text_2 else first

    @property
    def pooled_width(self) -> int:
        """Width of the denoiser's `text_embeds`, which stand beside each other, or 0."""
        return sum(text.pooled_width for text in self.texts.values())

    @property
    def denoiser(self) -> Component:
        """The network that is called at each step."""
        return denoiser_among(self.max_rows)

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """What it can be asked for, as follows from its networks."""
        takes_noise, has_encoder = not self.latent.mask_channels, Component.VAE_ENCODER in self.max_rows
        able = {
            Capability.TEXT_TO_IMAGE: takes_noise,
            Capability.IMAGE_TO_IMAGE: takes_noise and has_encoder,
            Capability.INPAINTING: has_encoder,
            Capability.LORAS: bool(self.lora_layers),
        }
        return tuple(capability for capability in Capability if able.get(capability))

    def latent_size(self, width: int, height: int) -> tuple[int, int]:
        """(height, width) in latents of a picture of the given size in pixels."""
        return height // self.latent.pixels, width // self.latent.pixels

    def to_json(self) -> str:
        """The text of `pipeline.json`."""
        told = {"format": FORMAT, "capabilities": self.capabilities}
        return json.dumps({**told, **dataclasses.asdict(self)}, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> PipelineSpec:
        """Read `pipeline.json`; raises ValueError when it is of another format."""
        data = json.loads(text)
        if data.pop("format", None) != FORMAT:
            raise ValueError(f"pipeline.json is not of format {FORMAT}; install the pipeline again")
        data.pop("capabilities", None)  # told to readers; they follow from the rest
        latent = data["latent"]
        latent["rgb"] = tuple(tuple(row) for row in latent["rgb"])
        latent["rgb_bias"] = tuple(latent["rgb_bias"])
        layers = {
            component: {name: (inputs, outputs) for name, (inputs, outputs) in sorted(sizes.items())}
            for component, sizes in data.get("lora_layers", {}).items()
        }
        return cls(
            **{
                **data,
                "text": TextSpec(**data["text"]),
                "text_2": TextSpec(**data["text_2"]) if data.get("text_2") else None,
                "latent": LatentSpec(**latent),
                "limits": Limits(**data["limits"]),
                "defaults": Defaults(**data["defaults"]),
                "lora_layers": layers,
                "controlnets": {name: ControlNetSpec(**net) for name, net in data.get("controlnets", {}).items()},
                "deep_features": tuple(data["deep_features"]) if data.get("deep_features") else None,
                "residuals": tuple((channels, halvings) for channels, halvings in data.get("residuals", ())),
            }
        )

    @classmethod
    def load(cls, path: Path) -> PipelineSpec:
        """Read the `pipeline.json` at `path`."""
        return cls.from_json(path.read_text(encoding="utf-8"))


def component_specs(pipeline: PipelineSpec) -> dict[Component, ComponentSpec]:
    """The networks of a pipeline, with the bounds that follow from the pipeline's own."""
    specs = [_text_encoder(pipeline, component, text) for component, text in pipeline.texts.items()]
    specs += [_denoiser(pipeline), _vae_decoder(pipeline)]
    if Component.VAE_ENCODER in pipeline.max_rows:
        specs.append(_vae_encoder(pipeline))
    return {Component(spec.component): spec for spec in specs}


Tensors = tuple[TensorSpec, ...]
LATENT_AXES = ("height", "width")
PICTURE = ("batch", 3, "image_height", "image_width")


def _text_encoder(pipeline: PipelineSpec, component: Component, text: TextSpec) -> ComponentSpec:
    outputs: Tensors = (TensorSpec(text.states, "float32", ("batch", text.chunk_tokens, text.width)),)
    if text.pooled_width:
        outputs += (TensorSpec("text_embeds", "float32", ("batch", text.pooled_width)),)
    inputs: Tensors = (TensorSpec("input_ids", "int32", ("batch", text.chunk_tokens)),)
    if text.max_clip_skip:
        inputs += (
            TensorSpec(TOKEN_EMBEDDINGS, "float32", ("batch", text.chunk_tokens, text.width)),
            TensorSpec(CLIP_SKIP, "int32", ("batch",)),
        )
    if text.states == "last_hidden_state":
        return _spec(pipeline, component, (inputs, outputs), {}, (2e-5, "sums over the hidden width in another order"))
    reason = "states before the last normalisation reach tens; sums over the hidden width in another order"
    return _spec(pipeline, component, (inputs, outputs), {}, (2e-4, reason))


def _denoiser(pipeline: PipelineSpec) -> ComponentSpec:
    latent = pipeline.latent
    inputs = denoiser_inputs(pipeline, latent.channels + latent.mask_channels)
    if pipeline.guidance_width:
        inputs += (TensorSpec(GUIDANCE, "float32", ("batch", pipeline.guidance_width)),)
    outputs = (TensorSpec("out_sample", "float32", ("batch", latent.channels, *LATENT_AXES)),)
    reason = "about a hundred layers of float32 sums in another order"
    bounds = {**latent_bounds(pipeline, pipeline.limits.max_size), "tokens": token_bounds(pipeline)}
    return _spec(pipeline, pipeline.denoiser, (inputs, outputs), bounds, (1e-4, reason))


def denoiser_inputs(pipeline: PipelineSpec, channels: int) -> Tensors:
    """What a denoiser that takes so many channels is told, and a ControlNet beside it."""
    width = sum(encoder.width for encoder in pipeline.texts.values())
    inputs: Tensors = (
        TensorSpec("sample", "float32", ("batch", channels, *LATENT_AXES)),
        TensorSpec("timestep", "float32", ("batch",)),
        TensorSpec("encoder_hidden_states", "float32", ("batch", "tokens", width)),
    )
    if pipeline.pooled_width:
        inputs += (TensorSpec("text_embeds", "float32", ("batch", pipeline.pooled_width)),)
    if pipeline.time_ids:
        inputs += (TensorSpec("time_ids", "float32", ("batch", pipeline.time_ids)),)
    return inputs


def token_bounds(pipeline: PipelineSpec) -> AxisBounds:
    """Lengths of the text conditioning: whole chunks."""
    chunk = pipeline.text.chunk_tokens
    return AxisBounds(chunk, chunk, chunk * pipeline.limits.max_prompt_chunks, multiple=chunk)


def _vae_decoder(pipeline: PipelineSpec) -> ComponentSpec:
    latents = TensorSpec("latent_sample", "float32", ("batch", pipeline.latent.channels, *LATENT_AXES))
    tensors = (latents,), (TensorSpec("sample", "float32", PICTURE),)
    largest = pipeline.limits.decode_tile or pipeline.limits.max_size
    # Stable Diffusion 1.5's size at 512×576: 1.24e-4 measured
    reason = "float32 sums over 512 channels and large maps in another order; a twenty-fifth of one grey level"
    return _spec(pipeline, Component.VAE_DECODER, tensors, picture_bounds(pipeline, largest), (3e-4, reason))


def _vae_encoder(pipeline: PipelineSpec) -> ComponentSpec:
    latents = ("batch", pipeline.latent.channels, *LATENT_AXES)
    outputs = (TensorSpec("latent_mean", "float32", latents), TensorSpec("latent_logvar", "float32", latents))
    tensors = (TensorSpec("sample", "float32", PICTURE),), outputs
    bounds = picture_bounds(pipeline, pipeline.limits.max_size)
    return _spec(pipeline, Component.VAE_ENCODER, tensors, bounds, (1e-4, "float32 sums in another order"))


def latent_bounds(pipeline: PipelineSpec, largest: int) -> dict[str, AxisBounds]:
    """Height and width in latents, up to pictures of `largest` pixels."""
    pixels = pipeline.latent.pixels
    low, typical = pipeline.limits.min_size, min(pipeline.defaults.height, largest)
    multiple = 2**pipeline.latent.unet_halvings
    return dict.fromkeys(LATENT_AXES, AxisBounds(low // pixels, typical // pixels, largest // pixels, multiple))


def picture_bounds(pipeline: PipelineSpec, largest: int) -> dict[str, AxisBounds]:
    """Sizes of a picture up to `largest` pixels, in latents and in pixels."""
    typical = min(pipeline.defaults.height, largest)
    side = AxisBounds(pipeline.limits.min_size, typical, largest, multiple=pipeline.latent.pixels)
    return {**latent_bounds(pipeline, largest), "image_height": side, "image_width": side}


def _spec(
    pipeline: PipelineSpec,
    component: Component,
    tensors: tuple[Tensors, Tensors],
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
    )
