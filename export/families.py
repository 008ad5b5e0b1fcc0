"""The families of Stable Diffusion, as data: which networks a checkpoint has, of which class, and in which folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffusion.components import Component
from export.errors import UnsupportedArchitectureError

CONTROLNET = "controlnet"
CLASSES = {
    "text_encoder": "CLIPTextModel",
    "text_encoder_2": "CLIPTextModelWithProjection",
    "unet": "UNet2DConditionModel",
    "vae": "AutoencoderKL",
    CONTROLNET: "ControlNetModel",
}
WEIGHTS = {
    "text_encoder": "model.safetensors",
    "text_encoder_2": "model.safetensors",
    "unet": "diffusion_pytorch_model.safetensors",
    "vae": "diffusion_pytorch_model.safetensors",
    CONTROLNET: "diffusion_pytorch_model.safetensors",
}
TOKENIZERS = {"text_encoder": "tokenizer", "text_encoder_2": "tokenizer_2"}


@dataclass(frozen=True)
class Family:
    """One family.

    Attributes:
        pipelines: diffusers' classes that `model_index.json` may name.
        folders: of each component.
        time_ids: numbers of size conditioning that the UNet takes; see `PipelineSpec`.
    """

    name: str
    pipelines: tuple[str, ...]
    folders: Mapping[Component, str]
    time_ids: int = 0

    @property
    def networks(self) -> tuple[str, ...]:
        """Folders with a network, each once."""
        return tuple(dict.fromkeys(self.folders.values()))

    @property
    def components(self) -> tuple[Component, ...]:
        """In the order of `Component`."""
        return tuple(self.folders)

    @property
    def tokenizer(self) -> str:
        """The folder of the tokenizer; where there are two, they differ in padding only."""
        return TOKENIZERS[self.folders[Component.TEXT_ENCODER]]

    def variant(self, component: Component) -> str:
        """What of a text encoder is served, where it is not the last hidden states: part of its architecture."""
        if not self.time_ids or component not in (Component.TEXT_ENCODER, Component.TEXT_ENCODER_2):
            return ""
        return "projected" if self.folders[component] == "text_encoder_2" else "penultimate"


_UNET_AND_VAE = {Component.UNET: "unet", Component.VAE_DECODER: "vae", Component.VAE_ENCODER: "vae"}
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
)
SDXL = Family(
    "sdxl",
    (
        "StableDiffusionXLPipeline",
        "StableDiffusionXLImg2ImgPipeline",
        "StableDiffusionXLInpaintPipeline",
    ),
    {Component.TEXT_ENCODER: "text_encoder", Component.TEXT_ENCODER_2: "text_encoder_2", **_UNET_AND_VAE},
    time_ids=6,
)
SDXL_REFINER = Family(
    "sdxl_refiner",
    ("StableDiffusionXLImg2ImgPipeline",),
    {Component.TEXT_ENCODER: "text_encoder_2", **_UNET_AND_VAE},
    time_ids=5,
)
FAMILIES = (SDXL_REFINER, SDXL, SD1)


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
