"""The families of Stable Diffusion, as data: which networks a checkpoint has, of which class, and in which folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diffusion.components import TEXT_ENCODERS, Component, denoiser_among
from export.errors import UnsupportedArchitectureError

CONTROLNET = "controlnet"
CLASSES = {
    "unet": "UNet2DConditionModel",
    "transformer": "SD3Transformer2DModel",
    "vae": "AutoencoderKL",
    CONTROLNET: "ControlNetModel",
}
TEXT_CLASS, PROJECTED_CLASS = "CLIPTextModel", "CLIPTextModelWithProjection"
PENULTIMATE, PROJECTED = "penultimate", "projected"
"""What of a text encoder is served, where it is not the last hidden states: those before the last layer; with the
projected state of the end token beside them."""
WEIGHTS = {
    "text_encoder": "model.safetensors",
    "text_encoder_2": "model.safetensors",
    "unet": "diffusion_pytorch_model.safetensors",
    "transformer": "diffusion_pytorch_model.safetensors",
    "vae": "diffusion_pytorch_model.safetensors",
    CONTROLNET: "diffusion_pytorch_model.safetensors",
}
NETWORKS = tuple(name for name in WEIGHTS if name != CONTROLNET)
"""Folders of a checkpoint that may hold a network."""
TOKENIZERS = {"text_encoder": "tokenizer", "text_encoder_2": "tokenizer_2"}


@dataclass(frozen=True)
class Family:
    """One family.

    Attributes:
        pipelines: diffusers' classes that `model_index.json` may name.
        folders: of each component.
        states: what of a text encoder is served, where it is not its last hidden states.
        time_ids: numbers of size conditioning that the UNet takes; see `PipelineSpec`.
        steps, guidance: the usual ones.
        left_out: networks that a checkpoint may have and that are not served, each with what that means.
        options: what diffusers' classes are told to load the same networks.
    """

    name: str
    pipelines: tuple[str, ...]
    folders: Mapping[Component, str]
    states: Mapping[Component, str] = field(default_factory=dict)
    time_ids: int = 0
    steps: int = 20
    guidance: float = 7.5
    left_out: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def networks(self) -> tuple[str, ...]:
        """Folders with a network, each once."""
        return tuple(dict.fromkeys(self.folders.values()))

    @property
    def components(self) -> tuple[Component, ...]:
        """In the order of `Component`."""
        return tuple(self.folders)

    @property
    def denoiser(self) -> Component:
        """The network that is called at each step."""
        return denoiser_among(self.folders)

    @property
    def tokenizer(self) -> str:
        """The folder of the tokenizer; where there are two, they differ in padding only."""
        return TOKENIZERS[self.folders[Component.TEXT_ENCODER]]

    def variant(self, component: Component) -> str:
        """What of a text encoder is served, "" for the last hidden states: part of its architecture."""
        return self.states.get(component, "")

    def class_of(self, component: Component) -> str:
        """The class of the network that `component` is or is a part of, diffusers' or transformers'."""
        if component in TEXT_ENCODERS:
            return PROJECTED_CLASS if self.variant(component) == PROJECTED else TEXT_CLASS
        return CLASSES[self.folders[component]]


_VAE = {Component.VAE_DECODER: "vae", Component.VAE_ENCODER: "vae"}
_UNET_AND_VAE = {Component.UNET: "unet", **_VAE}
_BOTH_ENCODERS = {Component.TEXT_ENCODER: "text_encoder", Component.TEXT_ENCODER_2: "text_encoder_2"}
SD1 = Family(
    "sd1",  # the tensors of Stable Diffusion 1 and 2
    (
        "StableDiffusionPipeline",
        "LatentConsistencyModelPipeline",
        "LatentConsistencyModelImg2ImgPipeline",
        "StableDiffusionImg2ImgPipeline",
        "StableDiffusionInpaintPipeline",
    ),
    {Component.TEXT_ENCODER: "text_encoder", **_UNET_AND_VAE},
    options={"safety_checker": None},
)
SDXL = Family(
    "sdxl",
    (
        "StableDiffusionXLPipeline",
        "StableDiffusionXLImg2ImgPipeline",
        "StableDiffusionXLInpaintPipeline",
    ),
    {**_BOTH_ENCODERS, **_UNET_AND_VAE},
    states={Component.TEXT_ENCODER: PENULTIMATE, Component.TEXT_ENCODER_2: PROJECTED},
    time_ids=6,
    options={"add_watermarker": False},
)
SDXL_REFINER = Family(
    "sdxl_refiner",
    ("StableDiffusionXLImg2ImgPipeline",),
    {Component.TEXT_ENCODER: "text_encoder_2", **_UNET_AND_VAE},
    states={Component.TEXT_ENCODER: PROJECTED},
    time_ids=5,
    options={"add_watermarker": False},
)
SD3 = Family(
    "sd3",  # Stable Diffusion 3 and 3.5: a transformer over text and latents, trained by flow matching
    ("StableDiffusion3Pipeline", "StableDiffusion3Img2ImgPipeline", "StableDiffusion3InpaintPipeline"),
    {**_BOTH_ENCODERS, Component.TRANSFORMER: "transformer", **_VAE},
    states={Component.TEXT_ENCODER: PROJECTED, Component.TEXT_ENCODER_2: PROJECTED},
    steps=28,
    guidance=7.0,
    left_out={"text_encoder_3": "not served: its text states are zeros, as in diffusers with text_encoder_3=None"},
    options={"text_encoder_3": None, "tokenizer_3": None},
)
FAMILIES = (SDXL_REFINER, SDXL, SD1, SD3)


def family_of(folder: Path, index: Mapping[str, Any]) -> Family:
    """The family of the checkpoint in `folder` by its `model_index.json`.

    Raises:
        UnsupportedArchitectureError: with what is served.
    """
    name = index.get("_class_name")
    has_first = (index.get("text_encoder") or [None])[0] is not None
    for family in FAMILIES:
        if name in family.pipelines and (family is not SDXL_REFINER or not has_first):
            return family
    served = sorted({pipeline for family in FAMILIES for pipeline in family.pipelines})
    raise UnsupportedArchitectureError(folder, f"a {name}; served are {', '.join(served)}")
