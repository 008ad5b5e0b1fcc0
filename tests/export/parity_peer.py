"""diffusers' pipelines over the same networks, asked in our words; pictures as uint8 arrays."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from export.families import FAMILIES
from tests.diffusion.solvers.diffusers_oracle import COUNTERPARTS, FLOW

Picture = NDArray[np.uint8]
CONFIGURED = ("requires_aesthetics_score", "force_zeros_for_empty_prompt")


class Peer:
    """One checkpoint in float32. `kind` is diffusers' class to load it with; its networks serve the other classes.

    `controlnets` are folders by name.
    """

    def __init__(
        self,
        folder: Path,
        kind: str = "StableDiffusionPipeline",
        controlnets: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        import diffusers
        import torch

        self.diffusers: Any = diffusers
        self.torch: Any = torch
        more = next(family.options for family in FAMILIES if kind in family.pipelines)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.base = getattr(self.diffusers, kind).from_pretrained(
                folder, torch_dtype=torch.float32, local_files_only=True, **more
            )
            self.controlnets = {
                name: self.diffusers.ControlNetModel.from_pretrained(path, torch_dtype=torch.float32)
                for name, path in controlnets.items()
            }
        self.trained_with = dict(self.base.scheduler.config)
        self.base.set_progress_bar_config(disable=True)

    def run(
        self, kind: str, asked: Mapping[str, Any], networks: Mapping[str, Any] = MappingProxyType({}), **given: Any
    ) -> Any:
        """What the class `kind` makes of a request's fields; `given` are diffusers' own arguments.

        `networks` are what the class has beside the checkpoint's own.
        """
        fields = {**asked, **given}
        solver, schedule, seed = fields.pop("sampler"), fields.pop("schedule"), fields.pop("seed")
        counterpart = FLOW if solver == "flow_euler" else COUNTERPARTS[solver]
        options = dict(counterpart.arguments)
        if schedule in ("leading", "linspace", "trailing"):
            options["timestep_spacing"] = schedule
        elif schedule != "default":
            options[f"use_{schedule}_sigmas"] = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scheduler = counterpart.scheduler.from_config(self.trained_with | {"clip_sample": False}, **options)
            parts = {**self.base.components, "scheduler": scheduler, **networks}
            pipeline = getattr(self.diffusers, kind)(**parts, **self._options(kind))
            pipeline.set_progress_bar_config(disable=True)
            made = pipeline(**fields, generator=self.torch.Generator().manual_seed(seed)).images
        return made if fields.get("output_type") == "latent" else np.asarray(made[0])

    def _options(self, kind: str) -> dict[str, Any]:
        """What the checkpoint says beside its networks, as far as the class takes it."""
        taken = inspect.signature(getattr(self.diffusers, kind).__init__).parameters
        options = {name: value for name, value in self.base.config.items() if name in CONFIGURED and name in taken}
        return options | ({"add_watermarker": False} if "XL" in kind else {})

    def decoded(self, latents: Any) -> Picture:
        """The picture of latents in the denoiser's scale."""
        vae = self.base.vae
        with self.torch.inference_mode():
            sample = vae.decode(latents / vae.config.scaling_factor + vae.config.shift_factor).sample
        made: Picture = np.round((sample[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 0).numpy() * 255).astype(np.uint8)
        return made

    def controlled(self, kind: str, asked: Mapping[str, Any], *, field: str, **given: Any) -> Picture:
        """The picture under ControlNets; `field` is what the class calls their maps."""
        fields = dict(asked)
        controls = fields.pop("controls")
        nets = [self.controlnets[control["model"]] for control in controls]
        told = {
            field: [Image.fromarray(control["image"]) for control in controls],
            "controlnet_conditioning_scale": [control.get("weight", 1.0) for control in controls],
            "control_guidance_start": [control.get("start", 0.0) for control in controls],
            "control_guidance_end": [control.get("end", 1.0) for control in controls],
        }
        if len(nets) == 1:  # diffusers takes lists for several only
            told = {name: value for name, (value,) in told.items()}
        made: Picture = self.run(kind, fields, {"controlnet": nets if len(nets) > 1 else nets[0]}, **told, **given)
        return made

    def embedded(self, asked: Mapping[str, Any], clip_skip: int) -> dict[str, Any]:
        """The request with both prompts encoded with layers left out: diffusers leaves them out of the prompt only."""
        # diffusers looks for a module that transformers 5 has merged into this one; it must not become a child
        object.__setattr__(self.base.text_encoder, "text_model", self.base.text_encoder)
        fields = dict(asked)
        for name in ("prompt", "negative_prompt"):
            text = fields.pop(name).lower()
            encoded = self.base.encode_prompt(text, "cpu", 1, False, clip_skip=clip_skip)[0]
            fields[f"{name}_embeds"] = encoded.detach()
        object.__delattr__(self.base.text_encoder, "text_model")
        return fields

    def with_loras(self, folder: Path, loras: Mapping[str, float], kind: str, asked: Mapping[str, Any]) -> Picture:
        """The picture under LoRAs, by `load_lora_weights` and `set_adapters`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                for name in loras:
                    self.base.load_lora_weights(folder, weight_name=f"{name}.safetensors", adapter_name=name)
                self.base.set_adapters([*loras], [*loras.values()])
                made: Picture = self.run(kind, asked)
            finally:
                self.base.unload_lora_weights()
        return made

    def with_embedding(self, path: Path, kind: str, asked: Mapping[str, Any]) -> Picture:
        """The picture with a word learnt by textual inversion, by `load_textual_inversion`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.base.load_textual_inversion(path, token=path.stem)
            try:
                made: Picture = self.run(kind, asked)
            finally:
                self.base.unload_textual_inversion()
        return made


def pictures(image: Picture, mask: Picture | None = None) -> dict[str, Any]:
    """diffusers' arguments for a source and its mask."""
    given = {"image": Image.fromarray(image)}
    return given if mask is None else {**given, "mask_image": Image.fromarray(mask)}


def composed(theirs: Picture, image: Picture, mask: Picture) -> Picture:
    """diffusers gives the decoded picture whole; ours keeps what the mask does not cover."""
    kept: Picture = np.where(mask[..., None] > 0, theirs, image)
    return kept
