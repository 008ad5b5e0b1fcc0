"""The networks on a device, as the engine's runner and for bare calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import diffusers
import numpy as np
import torch

from benchmarks.gpu.shapes import Shape
from diffusion.components import Component, Network, Tensor

VOCABULARY = 49408
_LIBRARY: Any = diffusers  # has no types


class TorchNetworks:
    """UNet and decoder of a shape with random weights; texts are looked up in a random table.

    The text encoder is left out on purpose: it runs once a request and its texts are remembered.
    """

    def __init__(self, shape: Shape, device: str, dtype: str, *, compiled: bool = False) -> None:
        self.shape, self.device, self.dtype = shape, torch.device(device), getattr(torch, dtype)
        torch.manual_seed(0)
        with self.device, torch.no_grad():
            self.unet: Any = _LIBRARY.UNet2DConditionModel(in_channels=4, out_channels=4, **shape.unet)
            self.vae: Any = _LIBRARY.AutoencoderKL(**shape.vae_arguments)
        for network in (self.unet, self.vae):
            network.to(self.dtype).eval().requires_grad_(False)
        if self.device.type == "cuda":
            self.unet.to(memory_format=torch.channels_last)
        if compiled:
            self.unet = torch.compile(self.unet, mode="max-autotune-no-cudagraphs")
        generator = np.random.default_rng(0)
        self._words = generator.standard_normal((VOCABULARY, shape.text_width), np.float32) * 0.02
        self._pooled = generator.standard_normal((VOCABULARY, max(1, shape.pooled_width)), np.float32)

    def wait(self) -> None:
        """Until the device has done all it was given."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    @torch.inference_mode()
    def step(self, inputs: Mapping[str, Tensor]) -> torch.Tensor:
        """One call of the UNet with the arrays of its ComponentSpec; left on the device."""
        on_device = {name: self._put(array) for name, array in inputs.items()}
        added = None
        if self.shape.pooled_width:
            added = {"text_embeds": on_device["text_embeds"], "time_ids": on_device["time_ids"]}
        result: torch.Tensor = self.unet(
            on_device["sample"],
            on_device["timestep"],
            on_device["encoder_hidden_states"],
            added_cond_kwargs=added,
            return_dict=False,
        )[0]
        return result

    @torch.inference_mode()
    def run(self, component: Network, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `diffusion.runner.Runner`."""
        if component == Component.TEXT_ENCODER:
            ids = np.asarray(inputs["input_ids"])
            found = {"last_hidden_state": self._words[ids]}
            return found | {"text_embeds": self._pooled[ids.sum(1) % VOCABULARY]} if self.shape.pooled_width else found
        if component == Component.UNET:
            return {"out_sample": self.step(inputs).float().cpu().numpy()}
        latents = self._put(inputs["latent_sample"])
        return {"sample": self.vae.decode(latents, return_dict=False)[0].float().cpu().numpy()}

    def _put(self, array: Tensor) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device, self.dtype, non_blocking=True)


def step_inputs(shape: Shape, rows: int, side: int) -> dict[str, Tensor]:
    """Arrays of one UNet call for pictures of `side` pixels."""
    generator, latents = np.random.default_rng(0), side // shape.pixels
    inputs: dict[str, Tensor] = {
        "sample": generator.standard_normal((rows, 4, latents, latents), np.float32),
        "timestep": np.linspace(10, 990, rows, dtype=np.float32),
        "encoder_hidden_states": generator.standard_normal((rows, 77, shape.text_width), np.float32),
    }
    if shape.pooled_width:
        inputs["text_embeds"] = generator.standard_normal((rows, shape.pooled_width), np.float32)
        inputs["time_ids"] = np.tile(np.array([side, side, 0, 0, side, side], np.float32), (rows, 1))
    return inputs
