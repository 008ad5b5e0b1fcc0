"""What the exporter traces: each network with the plain tensors of its ComponentSpec as inputs and outputs.

Imported only by the functions that trace or verify; it needs torch.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from diffusion.components import Component
from export.errors import UnsupportedArchitectureError
from export.precision import Precision


class Network(torch.nn.Module):
    """Holds the wrapped network; its parameters keep the checkpoint's names behind the prefix `network.`.

    Inputs and outputs are float32 whatever the network computes in, so one ComponentSpec holds for every precision.
    """

    PREFIX = "network."

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network: Any = network
        self.dtype = next(network.parameters()).dtype


class TextEncoder(Network):
    """Token ids to hidden states; pooling is of no use to Stable Diffusion 1 and 2."""

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        """[batch, tokens] int32 to [batch, tokens, width]."""
        hidden: torch.Tensor = self.network(input_ids=input_ids).last_hidden_state
        return hidden.float()


class UNet(Network):
    """One denoising step. The timestep is a float per row: integers would truncate fractional timesteps."""

    def forward(
        self, sample: torch.Tensor, timestep: torch.Tensor, encoder_hidden_states: torch.Tensor
    ) -> torch.Tensor:
        """Latents, timesteps [batch] and text states to the prediction, of the latents' shape."""
        states = encoder_hidden_states.to(self.dtype)
        prediction: torch.Tensor = self.network(sample.to(self.dtype), timestep, states, return_dict=False)[0]
        return prediction.float()


class VaeDecoder(Network):
    """Latents, already divided by the scaling factor, to a picture in -1 … 1."""

    def forward(self, latent_sample: torch.Tensor) -> torch.Tensor:
        """[batch, channels, h, w] to [batch, 3, f·h, f·w]."""
        picture: torch.Tensor = self.network.decode(latent_sample.to(self.dtype), return_dict=False)[0]
        return picture.float()


class VaeEncoder(Network):
    """A picture in -1 … 1 to the mean and log variance of its latents: the request's own noise samples them."""

    def forward(self, sample: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """[batch, 3, f·h, f·w] to twice [batch, channels, h, w]."""
        distribution = self.network.encode(sample.to(self.dtype)).latent_dist
        return distribution.mean.float(), distribution.logvar.float()


def expected_tensors(component: Component, folder: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes that the network of `component` has by its config, without memory for its weights.

    Raises:
        UnsupportedArchitectureError: for a config that the library cannot build a network from.
    """
    build = _BUILDERS[component]
    try:
        with torch.device("meta"):
            network = build(folder)
    except (TypeError, ValueError, KeyError, NotImplementedError, AttributeError) as error:
        raise UnsupportedArchitectureError(folder, f"{component}: {error}") from error
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def _build_text_encoder(folder: Path) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel

    return CLIPTextModel(CLIPTextConfig.from_pretrained(folder / "text_encoder", local_files_only=True))


def _build_from(cls: str, subfolder: str) -> Callable[[Path], Any]:
    def build(folder: Path) -> Any:
        import diffusers

        network: Any = getattr(diffusers, cls)
        return network.from_config(network.load_config(folder / subfolder, local_files_only=True))

    return build


_build_vae = _build_from("AutoencoderKL", "vae")
_BUILDERS: dict[Component, Callable[[Path], Any]] = {
    Component.TEXT_ENCODER: _build_text_encoder,
    Component.UNET: _build_from("UNet2DConditionModel", "unet"),
    Component.VAE_DECODER: _build_vae,
    Component.VAE_ENCODER: _build_vae,
}
TORCH_TYPES = {Precision.FP32: torch.float32, Precision.FP16: torch.float16}


def load_network(component: Component, folder: Path, precision: Precision = Precision.FP32) -> Network:
    """The network of `component` from a checkpoint in diffusers' layout, in evaluation mode."""
    load, wrapper = _LOADERS[component]
    network = load(folder).to(TORCH_TYPES[precision]).eval().requires_grad_(False)
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
