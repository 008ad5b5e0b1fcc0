"""Finds a network's tensors in a single-file checkpoint: other names and a few other cuts, but the same bytes.

The names are those of CompVis' and Stability AI's original code ("LDM"), which most shared checkpoints keep. Linear
layers stored as 1×1 convolutions, and OpenCLIP's joint query-key-value matrices, are the same bytes under another shape
or a third of them, so weights by reference need no conversion; only OpenCLIP's text projection lies transposed. The
tests check it with diffusers' own converters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from export.errors import UnsupportedArchitectureError
from export.safetensors_header import StoredTensor

Tensors = dict[str, StoredTensor]
Renames = tuple[tuple[str, str], ...]

UNET_PREFIX = "model.diffusion_model."
VAE_PREFIX = "first_stage_model."
CLIP_PREFIXES = ("cond_stage_model.transformer.", "conditioner.embedders.0.transformer.")
OPEN_CLIP_PREFIX = "cond_stage_model.model."  # Stable Diffusion 2
XL_PREFIXES = ("conditioner.embedders.1.model.", "conditioner.embedders.0.model.")  # XL, and its refiner
# Averages of training, the training schedule, and parts of OpenCLIP that a Stable Diffusion pipeline does not run.
IGNORED = re.compile(
    r"model_ema\.|betas$|alphas_cumprod|sqrt_|log_one_minus|posterior_|ddim_|scale_factor$|logvar$"
    r"|cond_stage_model\.(logit_scale|model\.(text_projection|logit_scale|attn_mask))$"
    r"|conditioner\.embedders\.\d\.model\.(logit_scale|attn_mask)$|denoiser\."
)
RESNET: Renames = (
    ("in_layers.0.", "norm1."),
    ("in_layers.2.", "conv1."),
    ("emb_layers.1.", "time_emb_proj."),
    ("out_layers.0.", "norm2."),
    ("out_layers.3.", "conv2."),
    ("skip_connection.", "conv_shortcut."),
)
UNET_ENDS: Renames = (
    ("time_embed.0.", "time_embedding.linear_1."),
    ("time_embed.2.", "time_embedding.linear_2."),
    ("label_emb.0.0.", "add_embedding.linear_1."),
    ("label_emb.0.2.", "add_embedding.linear_2."),
    ("input_blocks.0.0.", "conv_in."),
    ("out.0.", "conv_norm_out."),
    ("out.2.", "conv_out."),
    ("middle_block.0.", "mid_block.resnets.0."),
    ("middle_block.1.", "mid_block.attentions.0."),
    ("middle_block.2.", "mid_block.resnets.1."),
)
VAE_NAMES: Renames = (
    ("norm_out.", "conv_norm_out."),
    ("mid.block_1.", "mid_block.resnets.0."),
    ("mid.block_2.", "mid_block.resnets.1."),
    ("mid.attn_1.norm.", "mid_block.attentions.0.group_norm."),
    ("mid.attn_1.q.", "mid_block.attentions.0.to_q."),
    ("mid.attn_1.k.", "mid_block.attentions.0.to_k."),
    ("mid.attn_1.v.", "mid_block.attentions.0.to_v."),
    ("mid.attn_1.proj_out.", "mid_block.attentions.0.to_out.0."),
)
OPEN_CLIP_ENDS = {
    "positional_embedding": "embeddings.position_embedding.weight",
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
}
OPEN_CLIP_LAYER: Renames = (
    ("ln_1.", "layer_norm1."),
    ("ln_2.", "layer_norm2."),
    ("mlp.c_fc.", "mlp.fc1."),
    ("mlp.c_proj.", "mlp.fc2."),
    ("attn.out_proj.", "self_attn.out_proj."),
)


def network_tensors(network: str, path: Path, stored: Mapping[str, StoredTensor], config: Mapping[str, Any]) -> Tensors:
    """The tensors of one network by the names it has in diffusers or transformers.

    Args:
        network: "unet", "vae", "text_encoder" or "text_encoder_2".
        path: of the file, for errors.
        stored: its header.
        config: of the network; gives the number of layers per block.

    Raises:
        UnsupportedArchitectureError: when the file holds no such network.
    """
    tensors = dict(_FINDERS[network](stored, config))
    if not tensors:
        raise UnsupportedArchitectureError(path, f"holds no {network} under the names of a single-file checkpoint")
    return tensors


def unknown_tensors(stored: Mapping[str, StoredTensor]) -> set[str]:
    """Names that belong to no network of Stable Diffusion, and are not known to be left over from training."""
    known = (UNET_PREFIX, VAE_PREFIX, *CLIP_PREFIXES, OPEN_CLIP_PREFIX, *XL_PREFIXES)
    return {name for name in stored if not name.startswith(known) and not IGNORED.match(name)}


def _unet(stored: Mapping[str, StoredTensor], config: Mapping[str, Any]) -> Iterator[tuple[str, StoredTensor]]:
    layers = int(config.get("layers_per_block", 2))
    for name, tensor in _below(stored, UNET_PREFIX):
        yield _unet_name(name, layers), tensor


def _unet_name(name: str, layers: int) -> str:
    found = re.fullmatch(r"(input|output)_blocks\.(\d+)\.(\d+)\.(.*)", name)
    if found is None or name.startswith("input_blocks.0."):
        renamed = _renamed(name, UNET_ENDS)
        return _renamed_inside(renamed, "mid_block.resnets.", RESNET)
    side, number, part, rest = found[1], int(found[2]), int(found[3]), found[4]
    block, layer = divmod(number - 1 if side == "input" else number, layers + 1)
    way = "down" if side == "input" else "up"
    if rest.startswith("op."):
        return f"down_blocks.{block}.downsamplers.0.conv.{rest.removeprefix('op.')}"
    if rest.startswith("conv."):
        return f"up_blocks.{block}.upsamplers.0.{rest}"
    if part == 0:
        return f"{way}_blocks.{block}.resnets.{layer}.{_renamed(rest, RESNET)}"
    return f"{way}_blocks.{block}.attentions.{layer}.{rest}"


def _vae(stored: Mapping[str, StoredTensor], config: Mapping[str, Any]) -> Iterator[tuple[str, StoredTensor]]:
    last = len(config["block_out_channels"]) - 1
    prefix = VAE_PREFIX if any(name.startswith(VAE_PREFIX) for name in stored) else ""  # a VAE alone has none
    for name, tensor in _below(stored, prefix):
        renamed = _vae_name(name, last)
        if ".attentions." in renamed and len(tensor.shape) == 4:
            tensor = replace(tensor, shape=tensor.shape[:2])  # a linear layer, stored as a 1×1 convolution
        yield renamed, tensor


def _vae_name(name: str, last: int) -> str:
    half, _, rest = name.partition(".")
    if half not in ("encoder", "decoder"):
        return name
    found = re.fullmatch(r"(down|up)\.(\d+)\.(block|downsample|upsample)\.(.*)", rest)
    if found is None:
        return f"{half}.{_renamed(rest, VAE_NAMES)}"
    way, number, kind, inner = found[1], int(found[2]), found[3], found[4]
    block = number if way == "down" else last - number
    if kind != "block":
        return f"{half}.{way}_blocks.{block}.{kind}rs.0.{inner}"
    return f"{half}.{way}_blocks.{block}.resnets.{inner.replace('nin_shortcut.', 'conv_shortcut.')}"


def _text_encoder(stored: Mapping[str, StoredTensor], config: Mapping[str, Any]) -> Iterator[tuple[str, StoredTensor]]:
    for prefix in CLIP_PREFIXES:
        for name, tensor in _below(stored, prefix):
            yield name.removeprefix("text_model."), tensor
    yield from _open_clip(stored, OPEN_CLIP_PREFIX, int(config["num_hidden_layers"]))


def _text_encoder_2(
    stored: Mapping[str, StoredTensor], config: Mapping[str, Any]
) -> Iterator[tuple[str, StoredTensor]]:
    for prefix in XL_PREFIXES:
        for name, tensor in _open_clip(stored, prefix, int(config["num_hidden_layers"])):
            if name == "text_projection":
                yield "text_projection.weight", replace(tensor, shape=tensor.shape[::-1], transposed=True)
            else:
                yield f"text_model.{name}", tensor


def _open_clip(stored: Mapping[str, StoredTensor], prefix: str, count: int) -> Iterator[tuple[str, StoredTensor]]:
    """The inner text model's names; what has none keeps its own."""
    for name, tensor in _below(stored, prefix):
        found = re.fullmatch(r"transformer\.resblocks\.(\d+)\.(.*)", name)
        if found is None:
            yield OPEN_CLIP_ENDS.get(name, name), tensor
        elif int(found[1]) < count:  # Stable Diffusion 2 leaves the last layer out
            yield from _open_clip_layer(f"encoder.layers.{found[1]}.", found[2], tensor)


def _open_clip_layer(layer: str, rest: str, tensor: StoredTensor) -> Iterator[tuple[str, StoredTensor]]:
    if not rest.startswith("attn.in_proj_"):
        yield layer + _renamed(rest, OPEN_CLIP_LAYER), tensor
        return
    third = tensor.length // 3
    shape = (tensor.shape[0] // 3, *tensor.shape[1:])
    for index, part in enumerate("qkv"):
        cut = replace(tensor, shape=shape, offset=tensor.offset + index * third, length=third)
        yield f"{layer}self_attn.{part}_proj.{rest.removeprefix('attn.in_proj_')}", cut


def _below(stored: Mapping[str, StoredTensor], prefix: str) -> Iterator[tuple[str, StoredTensor]]:
    for name, tensor in stored.items():
        if name.startswith(prefix) and not IGNORED.match(name):
            yield name.removeprefix(prefix), tensor


def _renamed(name: str, renames: Renames) -> str:
    for old, new in renames:
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def _renamed_inside(name: str, prefix: str, renames: Renames) -> str:
    """Rename what follows `prefix` and a number."""
    found = re.fullmatch(rf"({re.escape(prefix)}\d+\.)(.*)", name)
    return found[1] + _renamed(found[2], renames) if found else name


_FINDERS: dict[str, Callable[[Mapping[str, StoredTensor], Mapping[str, Any]], Iterator[tuple[str, StoredTensor]]]] = {
    "unet": _unet,
    "vae": _vae,
    "text_encoder": _text_encoder,
    "text_encoder_2": _text_encoder_2,
}
