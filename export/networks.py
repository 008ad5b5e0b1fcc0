"""What the exporter traces: each network with the plain tensors of its ComponentSpec as inputs and outputs.

Imported only by the functions that trace or verify; it needs torch.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from diffusion.components import Component


class Network(torch.nn.Module):
    """Holds the wrapped network; its parameters keep the checkpoint's names behind the prefix `network.`."""

    PREFIX = "network."

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network: Any = network


class TextEncoder(Network):
    """Token ids to hidden states; pooling is of no use to Stable Diffusion 1 and 2."""

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        """[batch, tokens] int32 to [batch, tokens, width]."""
        hidden: torch.Tensor = self.network(input_ids=input_ids).last_hidden_state
        return hidden


class UNet(Network):
    """One denoising step. The timestep is a float per row: integers would truncate fractional timesteps."""

    def forward(
        self, sample: torch.Tensor, timestep: torch.Tensor, encoder_hidden_states: torch.Tensor
    ) -> torch.Tensor:
        """Latents, timesteps [batch] and text states to the prediction, of the latents' shape."""
        prediction: torch.Tensor = self.network(sample, timestep, encoder_hidden_states, return_dict=False)[0]
        return prediction


class VaeDecoder(Network):
    """Latents, already divided by the scaling factor, to a picture in -1 … 1."""

    def forward(self, latent_sample: torch.Tensor) -> torch.Tensor:
        """[batch, channels, h, w] to [batch, 3, f·h, f·w]."""
        picture: torch.Tensor = self.network.decode(latent_sample, return_dict=False)[0]
        return picture


class VaeEncoder(Network):
    """A picture in -1 … 1 to the mean and log variance of its latents: the request's own noise samples them."""

    def forward(self, sample: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """[batch, 3, f·h, f·w] to twice [batch, channels, h, w]."""
        distribution = self.network.encode(sample).latent_dist
        return distribution.mean, distribution.logvar


def load_network(component: Component, folder: Path, dtype: torch.dtype = torch.float32) -> Network:
    """The network of `component` from a checkpoint in diffusers' layout, in evaluation mode."""
    load, wrapper = _LOADERS[component]
    network = load(folder).to(dtype).eval().requires_grad_(False)
    return wrapper(network)


def _text_encoder(folder: Path) -> Any:
    from transformers import CLIPTextModel

    return CLIPTextModel.from_pretrained(folder / "text_encoder", local_files_only=True, use_safetensors=True)


def _unet(folder: Path) -> Any:
    from diffusers import UNet2DConditionModel

    load: Any = UNet2DConditionModel.from_pretrained  # untyped in diffusers
    return load(folder / "unet", local_files_only=True, use_safetensors=True)


def _vae(folder: Path) -> Any:
    from diffusers import AutoencoderKL

    load: Any = AutoencoderKL.from_pretrained  # untyped in diffusers
    return load(folder / "vae", local_files_only=True, use_safetensors=True)


_LOADERS: dict[Component, tuple[Callable[[Path], Any], type[Network]]] = {
    Component.TEXT_ENCODER: (_text_encoder, TextEncoder),
    Component.UNET: (_unet, UNet),
    Component.VAE_DECODER: (_vae, VaeDecoder),
    Component.VAE_ENCODER: (_vae, VaeEncoder),
}
