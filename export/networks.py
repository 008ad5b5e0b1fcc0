"""What the exporter traces: each network with the plain tensors of its ComponentSpec as inputs and outputs.

Imported only by the functions that trace or verify; it needs torch.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any, BinaryIO

import torch

from diffusion.components import TEXT_ENCODERS, Component, ControlNet, Part
from export.checkpoint import Checkpoint
from export.errors import UnsupportedArchitectureError
from export.families import PENULTIMATE, PROJECTED
from export.precision import Precision
from export.safetensors_header import StoredTensor
from export.sessions import is_mapped


class Network(torch.nn.Module):
    """Holds the wrapped network; its parameters keep the checkpoint's names behind the prefix `network.`.

    Inputs and outputs are float32 whatever the network computes in, so one ComponentSpec holds for every precision.
    """

    PREFIX = "network."

    def __init__(self, network: torch.nn.Module, dtype: torch.dtype | None = None) -> None:
        """`dtype`: what it computes in, where that is not what it keeps."""
        super().__init__()
        self.network: Any = network
        self.dtype = dtype or next(network.parameters()).dtype

    def for_tracing(self) -> Network:
        """Itself, with what the exporter would trace wrongly put another way."""
        return self

    def _called(
        self, sample: torch.Tensor, timestep: torch.Tensor, states: torch.Tensor, *more: torch.Tensor, **conditions: Any
    ) -> Any:
        """What a network of one step answers, a UNet or a ControlNet."""
        states = states.to(self.dtype)
        return self.network(sample.to(self.dtype), timestep, states, *more, return_dict=False, **conditions)

    def _predicted(
        self, sample: torch.Tensor, timestep: torch.Tensor, states: torch.Tensor, **conditions: Any
    ) -> torch.Tensor:
        """What a UNet answers to one step."""
        prediction: torch.Tensor = self._called(sample, timestep, states, **conditions)[0]
        return prediction.float()


class TextEncoder(Network):
    """Token ids to hidden states; pooling is of no use to Stable Diffusion 1 and 2."""

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        """[batch, tokens] int32 to [batch, tokens, width]."""
        hidden: torch.Tensor = self.network(input_ids=input_ids).last_hidden_state
        return hidden.float()


class PenultimateTextEncoder(Network):
    """Token ids to the hidden states before the last layer: what conditions Stable Diffusion XL."""

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        """[batch, tokens] int32 to [batch, tokens, width]."""
        hidden: torch.Tensor = self.network(input_ids=input_ids, output_hidden_states=True).hidden_states[-2]
        return hidden.float()


class ProjectedTextEncoder(Network):
    """The same, and the projected state of the end token."""

    def forward(self, input_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """[batch, tokens] int32 to [batch, tokens, width] and [batch, pooled width]."""
        output = self.network(input_ids=input_ids, output_hidden_states=True)
        return output.hidden_states[-2].float(), output.text_embeds.float()


class UNet(Network):
    """One denoising step. The timestep is a float per row: integers would truncate fractional timesteps."""

    def forward(
        self, sample: torch.Tensor, timestep: torch.Tensor, encoder_hidden_states: torch.Tensor
    ) -> torch.Tensor:
        """Latents, timesteps [batch] and text states to the prediction, of the latents' shape."""
        return self._predicted(sample, timestep, encoder_hidden_states)


class SizedUNet(Network):
    """A UNet of Stable Diffusion XL, which also takes the pooled text and the picture's sizes.

    Both stay float32 until the network has joined them: it embeds sizes in float32, and ONNX joins equal types only.
    """

    def forward(
        self,
        sample: torch.Tensor,
        timestep: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        text_embeds: torch.Tensor,
        time_ids: torch.Tensor,
    ) -> torch.Tensor:
        """As `UNet`; text_embeds [batch, pooled width], time_ids [batch, n]."""
        sizes = {"text_embeds": text_embeds, "time_ids": time_ids}
        return self._predicted(sample, timestep, encoder_hidden_states, added_cond_kwargs=sizes)


class GuidedUNet(Network):
    """A latent consistency model's UNet, which is told how strong the guidance is."""

    def forward(
        self,
        sample: torch.Tensor,
        timestep: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        timestep_cond: torch.Tensor,
    ) -> torch.Tensor:
        """As `UNet`; timestep_cond [batch, guidance width]."""
        guidance = timestep_cond.to(self.dtype)
        return self._predicted(sample, timestep, encoder_hidden_states, timestep_cond=guidance)


class SizedGuidedUNet(Network):
    """The same of Stable Diffusion XL."""

    def forward(
        self,
        sample: torch.Tensor,
        timestep: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        text_embeds: torch.Tensor,
        time_ids: torch.Tensor,
        timestep_cond: torch.Tensor,
    ) -> torch.Tensor:
        """As `SizedUNet` and `GuidedUNet`."""
        sizes, guidance = {"text_embeds": text_embeds, "time_ids": time_ids}, timestep_cond.to(self.dtype)
        return self._predicted(sample, timestep, encoder_hidden_states, added_cond_kwargs=sizes, timestep_cond=guidance)


class TextTransformer(Network):
    """One step of Stable Diffusion 3: a transformer over text and latents, told the pooled text beside the timestep.

    It was trained with three text encoders. The states of CLIP's two are made as wide as it takes them, and zeros stand
    for the third one's, as in diffusers without it.
    """

    THIRD_TOKENS = 256  # what diffusers' pipeline gives unless it is told otherwise

    def for_tracing(self) -> Network:
        """diffusers cuts its positions out up to (most - side) // 2 + side, of which the exporter makes a division of a
        negative number. ONNX rounds that up: one position too many where the side is odd."""
        self.network.pos_embed.cropped_pos_embed = functools.partial(_middle_positions, self.network.pos_embed)
        return self

    def forward(
        self,
        sample: torch.Tensor,
        timestep: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        text_embeds: torch.Tensor,
    ) -> torch.Tensor:
        """As `UNet`; text_embeds [batch, pooled width]."""
        states, width = encoder_hidden_states.to(self.dtype), self.network.config.joint_attention_dim
        states = torch.nn.functional.pad(states, (0, width - states.shape[-1], 0, self.THIRD_TOKENS))
        prediction: torch.Tensor = self.network(
            hidden_states=sample.to(self.dtype),
            timestep=timestep,
            encoder_hidden_states=states,
            pooled_projections=text_embeds.to(self.dtype),
            return_dict=False,
        )[0]
        return prediction.float()


def _middle_positions(embedding: Any, height: int, width: int) -> torch.Tensor:
    """The middle of a transformer's table of positions, [1, patches, width of a state]; sides in latents."""
    most, patch = embedding.pos_embed_max_size, embedding.patch_size
    table = embedding.pos_embed.reshape(1, most, most, -1)
    for axis, side in ((1, height // patch), (2, width // patch)):
        table = table.index_select(axis, torch.arange(side) + (most - side) // 2)
    positions: torch.Tensor = table.reshape(1, -1, table.shape[-1])
    return positions


class Controls(Network):
    """A ControlNet's step: what is added to the UNet's skip connections and to its middle."""

    def forward(
        self,
        sample: torch.Tensor,
        timestep: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        controlnet_cond: torch.Tensor,
        conditioning_scale: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        """As `UNet`; the map [batch, 3, f·h, f·w] in 0 … 1, and each row's own weight [batch]."""
        return self._residuals(sample, timestep, encoder_hidden_states, controlnet_cond, conditioning_scale)

    def _residuals(
        self,
        sample: torch.Tensor,
        timestep: torch.Tensor,
        states: torch.Tensor,
        condition: torch.Tensor,
        scale: torch.Tensor,
        sizes: dict[str, torch.Tensor] | None = None,
    ) -> tuple[torch.Tensor, ...]:
        scales = scale.to(self.dtype).reshape(-1, 1, 1, 1)
        down, middle = self._called(
            sample, timestep, states, condition.to(self.dtype), conditioning_scale=scales, added_cond_kwargs=sizes
        )
        return tuple(residual.float() for residual in (*down, middle))


class SizedControls(Controls):
    """A ControlNet of Stable Diffusion XL."""

    def forward(  # type: ignore[override]  # noqa: PLR0913 the network's own inputs
        self,
        sample: torch.Tensor,
        timestep: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        text_embeds: torch.Tensor,
        time_ids: torch.Tensor,
        controlnet_cond: torch.Tensor,
        conditioning_scale: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        """As `Controls`, with what `SizedUNet` takes."""
        sizes = {"text_embeds": text_embeds, "time_ids": time_ids}
        return self._residuals(sample, timestep, encoder_hidden_states, controlnet_cond, conditioning_scale, sizes)


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


def empty_network(component: Part, checkpoint: Checkpoint, precision: Precision = Precision.FP32) -> Network:
    """The network of `component` by its config alone. Its weights are never written, so they take no memory.

    Raises:
        UnsupportedArchitectureError: for a config that the library cannot build a network from.
    """
    try:
        with without_initialisation(TORCH_TYPES[precision]):
            network = _built(component, checkpoint, TORCH_TYPES[precision])
    except (TypeError, ValueError, KeyError, NotImplementedError, AttributeError) as error:
        raise UnsupportedArchitectureError(checkpoint.folder, f"{component}: {error}") from error
    return _wrapper(component, checkpoint)(network.eval().requires_grad_(False)).for_tracing()


def _wrapper(component: Part, checkpoint: Checkpoint) -> type[Network]:
    if isinstance(component, ControlNet):
        return SizedControls if checkpoint.family.time_ids else Controls
    if component is Component.UNET:
        is_told = bool(checkpoint.config(component).get("time_cond_proj_dim"))
        return UNETS[bool(checkpoint.family.time_ids), is_told]
    return WRAPPERS.get(component) or TEXT_WRAPPERS[checkpoint.family.variant(component)]


@contextlib.contextmanager
def without_initialisation(dtype: torch.dtype) -> Iterator[None]:
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


def _built(component: Part, checkpoint: Checkpoint, dtype: torch.dtype) -> Any:
    """The network of diffusers or transformers by its config."""
    import transformers

    cls, folder = _class(component, checkpoint), checkpoint.network_folder(component)
    if component in TEXT_ENCODERS:
        config = transformers.CLIPTextConfig.from_pretrained(folder, local_files_only=True)
        config.dtype = dtype  # as stored, it would go before the default type in the inner network of a projected one
        return cls(config)
    return cls.from_config(cls.load_config(folder, local_files_only=True))


def _class(component: Part, checkpoint: Checkpoint) -> Any:
    """The network's class."""
    import diffusers
    import transformers

    return getattr(transformers if component in TEXT_ENCODERS else diffusers, checkpoint.class_of(component))


UNETS: dict[tuple[bool, bool], type[Network]] = {  # whether it takes sizes, and whether it is told the guidance
    (False, False): UNet,
    (True, False): SizedUNet,
    (False, True): GuidedUNet,
    (True, True): SizedGuidedUNet,
}
TEXT_WRAPPERS = {"": TextEncoder, PENULTIMATE: PenultimateTextEncoder, PROJECTED: ProjectedTextEncoder}
WRAPPERS: dict[Component, type[Network]] = {
    Component.TRANSFORMER: TextTransformer,
    Component.VAE_DECODER: VaeDecoder,
    Component.VAE_ENCODER: VaeEncoder,
}
STORED_TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
TORCH_TYPES = {Precision.FP32: torch.float32, Precision.FP16: torch.float16}


def load_network(component: Part, checkpoint: Checkpoint) -> Network:
    """The network of `component` with the checkpoint's weights, in float32 and evaluation mode."""
    if checkpoint.network(component) in checkpoint.replaced:
        return _filled(component, checkpoint)
    cls = _class(component, checkpoint)
    variant = {"variant": "fp16"} if checkpoint.weights_path(component).name.endswith(".fp16.safetensors") else {}
    given = {"local_files_only": True, "use_safetensors": True, **variant}
    folder = checkpoint.network_folder(component)
    if component == checkpoint.denoiser and keeps_half(checkpoint):
        kept = cls.from_pretrained(folder, torch_dtype=torch.float16, **given)
        computing = cast_layer_by_layer(kept.eval().requires_grad_(False))
        return _wrapper(component, checkpoint)(computing, torch.float32)
    loaded = cls.from_pretrained(folder, **given)
    return _wrapper(component, checkpoint)(loaded.to(torch.float32).eval().requires_grad_(False))


def keeps_half(checkpoint: Checkpoint) -> bool:
    """Whether the denoiser, stored in half precision, is so large that PyTorch should not hold it in float32."""
    stored = checkpoint.tensors(checkpoint.denoiser).values()
    return is_mapped(checkpoint.weights_path(checkpoint.denoiser)) and all(tensor.dtype == "F16" for tensor in stored)


def cast_layer_by_layer(denoiser: Any) -> Any:
    """Let a denoiser of diffusers in half precision compute in float32: each layer's weights are cast while it runs.

    The values are those of the whole network cast beforehand.
    """
    for module in denoiser.modules():
        if not isinstance(module, torch.nn.Conv2d | torch.nn.Linear) and not list(module.children()):
            module.float()  # norms and the like, which the library does not cast; they are small
    denoiser.enable_layerwise_casting(torch.float16, torch.float32, skip_modules_pattern=())
    return denoiser


def replaced_networks(checkpoint: Checkpoint) -> dict[str, Any]:
    """The networks whose weights do not come from the checkpoint's folder, by their name in diffusers' pipeline."""
    components = {checkpoint.network(component): component for component in checkpoint.components}
    replaced = [name for name in components if name in checkpoint.replaced]
    return {name: load_network(components[name], checkpoint).network for name in replaced}


def _filled(component: Part, checkpoint: Checkpoint) -> Network:
    """A network by its config, with the tensors found in a file of other names."""
    network = empty_network(component, checkpoint)
    tensors, path = checkpoint.tensors(component), checkpoint.weights_path(component)
    with path.open("rb") as file:
        state = {name: read_tensor(file, tensor) for name, tensor in tensors.items()}
    network.network.load_state_dict(state)
    return network


def read_tensor(file: BinaryIO, stored: StoredTensor) -> torch.Tensor:
    """One tensor of an open safetensors file, in float32."""
    file.seek(stored.offset)
    data = bytearray(file.read(stored.length))
    flat = torch.frombuffer(data, dtype=STORED_TYPES[stored.dtype])
    tensor = flat.reshape(stored.shape[::-1]).T if stored.transposed else flat.reshape(stored.shape)
    return tensor.contiguous().float()
