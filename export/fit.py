"""Whether the networks of a checkpoint fit together and are of a build that is served: told by their configs alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffusion.components import Component, ControlNet
from export.controlnets import check_fit as check_controlnet
from export.errors import CheckpointError, UnsupportedArchitectureError
from export.families import TOKENIZERS

if TYPE_CHECKING:
    from export.checkpoint import Checkpoint

# Conditioning that the served UNet has no input for (diffusion.pipeline.component_specs).
UNSERVED_UNET_KEYS = (
    "class_embed_type", "num_class_embeds", "encoder_hid_dim_type",
)  # fmt: skip
LEAST_GUIDANCE_WIDTH = 4  # a sine and a cosine of two frequencies


def check_fit(checkpoint: Checkpoint) -> None:
    """Text must go into the denoiser, latents into the denoiser and the VAE.

    Raises:
        CheckpointError: naming what does not fit, or what is not served with this kind.
    """
    if checkpoint.family.denoiser is Component.TRANSFORMER:
        _check_transformer(checkpoint)
    else:
        _check_unet(checkpoint)


def _check_unet(checkpoint: Checkpoint) -> None:
    configs, place = checkpoint.configs, checkpoint.folder / "unet"
    unet, vae = configs["unet"], configs["vae"]
    unserved = [key for key in UNSERVED_UNET_KEYS if unet.get(key) is not None]
    if unserved:
        raise UnsupportedArchitectureError(place, f"{', '.join(unserved)} is set, which is not served")
    channels, latent = unet.get("in_channels", 4), vae.get("latent_channels", 4)
    if channels not in (latent, 2 * latent + 1):
        raise UnsupportedArchitectureError(
            place, f"takes {channels} channels where latents have {latent}; served are {latent} and {2 * latent + 1}"
        )
    told = unet.get("time_cond_proj_dim")
    if told is not None and (not isinstance(told, int) or told < LEAST_GUIDANCE_WIDTH):
        raise UnsupportedArchitectureError(
            place, f"time_cond_proj_dim is {told!r}; expected none, or {LEAST_GUIDANCE_WIDTH} and more"
        )
    width, hidden = unet.get("cross_attention_dim", 1280), text_width(checkpoint)
    if width != hidden:
        raise UnsupportedArchitectureError(
            place, f"takes text states of width {width}, but the text encoder gives {hidden}"
        )
    last = _encoders(checkpoint)[-1]
    _check_size_conditioning(place, unet, configs[last], checkpoint.family.time_ids)
    pixels = 2 ** (len(vae["block_out_channels"]) - 1)
    for name, folder in checkpoint.controlnets.items():
        check_controlnet(folder, configs[ControlNet.named(name)], unet, pixels)


def _check_size_conditioning(place: Path, unet: Mapping[str, Any], encoder: Mapping[str, Any], time_ids: int) -> None:
    expected = "text_time" if time_ids else None
    if unet.get("addition_embed_type") != expected:
        raise UnsupportedArchitectureError(
            place,
            f"addition_embed_type is {unet.get('addition_embed_type')!r}; in this pipeline {expected!r} is served",
        )
    if not time_ids:
        return
    pooled, per_id = encoder.get("projection_dim", 512), unet.get("addition_time_embed_dim") or 0
    taken = unet.get("projection_class_embeddings_input_dim")
    if taken != pooled + time_ids * per_id:
        raise UnsupportedArchitectureError(
            place, f"projection_class_embeddings_input_dim is {taken}; expected {pooled} + {time_ids} × {per_id}"
        )


def _check_transformer(checkpoint: Checkpoint) -> None:
    place, latent = checkpoint.folder / "transformer", checkpoint.setting(Component.VAE_DECODER, "latent_channels")
    taken = {key: checkpoint.setting(Component.TRANSFORMER, key) for key in ("in_channels", "out_channels")}
    if any(channels != latent for channels in taken.values()):
        raise UnsupportedArchitectureError(place, f"{_listed(taken)}; served is {latent}, as many as latents have")
    patch = checkpoint.setting(Component.TRANSFORMER, "patch_size")
    if not isinstance(patch, int) or patch < 1 or patch & (patch - 1):
        raise UnsupportedArchitectureError(place, f"patch_size is {patch!r}; served are powers of two")
    width, hidden = checkpoint.setting(Component.TRANSFORMER, "joint_attention_dim"), text_width(checkpoint)
    if width < hidden:
        raise UnsupportedArchitectureError(
            place, f"joint_attention_dim is {width}, but the text encoders give {hidden}: states are only made wider"
        )
    pooled = checkpoint.setting(Component.TRANSFORMER, "pooled_projection_dim")
    given = sum(checkpoint.configs[name].get("projection_dim", 512) for name in _encoders(checkpoint))
    if pooled != given:
        raise UnsupportedArchitectureError(
            place, f"pooled_projection_dim is {pooled}, but the text encoders give {given}"
        )
    if checkpoint.configs["scheduler"].get("use_dynamic_shifting"):
        raise CheckpointError(
            checkpoint.folder / "scheduler", "use_dynamic_shifting is True; served is one shift for all sizes"
        )
    _check_additions(checkpoint)


def _check_additions(checkpoint: Checkpoint) -> None:
    """What is served with UNets only."""
    for folder in checkpoint.controlnets.values():
        raise UnsupportedArchitectureError(folder, f"ControlNets of {checkpoint.family.name} are not served")
    for network in sorted(checkpoint.replaced.keys() & set(checkpoint.family.networks) - {"vae"}):
        raise CheckpointError(
            checkpoint.replaced[network],
            f"a single file as the {network} of {checkpoint.family.name} is not served; give diffusers' layout",
        )


def text_width(checkpoint: Checkpoint) -> int:
    """Of the text states, which stand beside each other."""
    return sum(int(checkpoint.configs[name].get("hidden_size", 512)) for name in _encoders(checkpoint))


def _encoders(checkpoint: Checkpoint) -> list[str]:
    return [name for name in checkpoint.family.networks if name in TOKENIZERS]


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} is {value!r}" for key, value in values.items())
