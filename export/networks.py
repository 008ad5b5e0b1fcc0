"""What the exporter traces: each network with the plain tensors of its ComponentSpec as inputs and outputs.

Imported only by the functions that trace or verify; it needs torch.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import torch

from diffusion.components import Component
from export.checkpoint import FOLDERS, Checkpoint
from export.errors import UnsupportedArchitectureError
from export.precision import Precision
from export.safetensors_header import StoredTensor


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


def empty_network(component: Component, folder: Path, precision: Precision = Precision.FP32) -> Network:
    """The network of `component` by its config alone. Its weights are never written, so they take no memory.

    Raises:
        UnsupportedArchitectureError: for a config that the library cannot build a network from.
    """
    build, wrapper = _BUILDERS[component], _LOADERS[component][1]
    try:
        with _without_initialisation(TORCH_TYPES[precision]):
            network = build(folder)
    except (TypeError, ValueError, KeyError, NotImplementedError, AttributeError) as error:
        raise UnsupportedArchitectureError(folder, f"{component}: {error}") from error
    return wrapper(network.eval().requires_grad_(False))


@contextlib.contextmanager
def _without_initialisation(dtype: torch.dtype) -> Iterator[None]:
    """torch's initialisers do nothing meanwhile; layers are made in `dtype`."""
    names = [name for name in dir(torch.nn.init) if name.endswith("_") and not name.startswith("_")]
    before = {name: getattr(torch.nn.init, name) for name in names}
    default = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    for name in names:
        setattr(torch.nn.init, name, lambda tensor, *_, **__: tensor)
    try:
        yield
    finally:
        torch.set_default_dtype(default)
        for name, function in before.items():
            setattr(torch.nn.init, name, function)


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
STORED_TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
TORCH_TYPES = {Precision.FP32: torch.float32, Precision.FP16: torch.float16}


def load_network(component: Component, checkpoint: Checkpoint) -> Network:
    """The network of `component` with the checkpoint's weights, in float32 and evaluation mode."""
    load, wrapper = _LOADERS[component]
    if FOLDERS[component] in checkpoint.replaced:
        return _filled(component, checkpoint)
    return wrapper(load(checkpoint.folder).to(torch.float32).eval().requires_grad_(False))


def replaced_networks(checkpoint: Checkpoint) -> dict[str, Any]:
    """The networks whose weights do not come from the checkpoint's folder, by their name in diffusers' pipeline."""
    components = {FOLDERS[component]: component for component in Component}
    return {name: load_network(components[name], checkpoint).network for name in checkpoint.replaced}


def _filled(component: Component, checkpoint: Checkpoint) -> Network:
    """A network by its config, with the tensors found in a file of other names."""
    network = empty_network(component, checkpoint.folder)
    tensors, path = checkpoint.tensors(component), checkpoint.weights_path(component)
    with path.open("rb") as file:
        state = {name: _read_tensor(file, tensor) for name, tensor in tensors.items()}
    network.network.load_state_dict(state)
    return network


def _read_tensor(file: BinaryIO, stored: StoredTensor) -> torch.Tensor:
    file.seek(stored.offset)
    data = bytearray(file.read(stored.length))
    return torch.frombuffer(data, dtype=STORED_TYPES[stored.dtype]).reshape(stored.shape).float()


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
