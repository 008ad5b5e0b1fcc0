"""What a ControlNet's files say: of which build it is, whether it fits a pipeline, and what makes its maps."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffusion.components import Component
from diffusion.pipeline import ControlNetSpec, PipelineSpec
from export.control_graph import count_joints
from export.errors import CheckpointError, UnsupportedArchitectureError
from export.graph_file import GraphFile
from export.json_file import read_json

if TYPE_CHECKING:
    from export.checkpoint import Checkpoint

CLASS = "ControlNetModel"
NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]|_(?!_)){0,38}")
SERVING_FILE = "serving.json"
PREPROCESSORS = ("canny", "depth", "pose")
UNKNOWN = "none"
SHARED_SETTINGS = ("cross_attention_dim", "addition_embed_type", "projection_class_embeddings_input_dim")
UNSERVED_KEYS = ("class_embed_type", "num_class_embeds", "encoder_hid_dim_type")


def read_controlnets(folders: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
    """The config of each ControlNet by its name.

    Raises:
        CheckpointError: a name that cannot be one, or a folder that holds no ControlNet.
    """
    found = {}
    for name, folder in folders.items():
        if not NAME.fullmatch(name):
            raise CheckpointError(folder, f"{name!r} is no name of a ControlNet: lower-case letters, digits, '.-_'")
        found[name] = _read_config(folder)
    return found


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    config = read_json(path, "a ControlNet in diffusers' layout")
    if config.get("_class_name") != CLASS:
        raise UnsupportedArchitectureError(path, f"a {config.get('_class_name')}; served is {CLASS}")
    unserved = [key for key in UNSERVED_KEYS if config.get(key) is not None]
    if config.get("global_pool_conditions"):
        unserved.append("global_pool_conditions")
    if unserved:
        raise UnsupportedArchitectureError(path, f"{', '.join(unserved)} is set, which is not served")
    if config.get("conditioning_channels", 3) != 3:
        raise UnsupportedArchitectureError(path, f"takes maps of {config['conditioning_channels']} channels, not 3")
    return config


def check_fit(folder: Path, config: Mapping[str, Any], unet: Mapping[str, Any], pixels: int) -> None:
    """Raise UnsupportedArchitectureError unless what the ControlNet gives can be added to the UNet's own."""
    wanted, given = residual_shapes(unet), residual_shapes(config)
    if wanted != given:
        raise UnsupportedArchitectureError(folder, f"gives residuals {given}, where the pipeline's UNet has {wanted}")
    for key in SHARED_SETTINGS:
        ours, theirs = _setting(unet, key), _setting(config, key)
        if ours != theirs:
            raise UnsupportedArchitectureError(folder, f"{key} is {theirs}, where the pipeline's UNet has {ours}")
    levels = len(config.get("conditioning_embedding_out_channels") or (16, 32, 96, 256))
    if 2 ** (levels - 1) != pixels:
        raise UnsupportedArchitectureError(
            folder, f"makes maps {2 ** (levels - 1)} times smaller, where a latent covers {pixels} pixels"
        )


def residual_shapes(config: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """(channels, halvings) of each skip connection of a UNet or ControlNet in order, and last of its middle."""
    channels = list(config.get("block_out_channels", (320, 640, 1280, 1280)))
    given = config.get("layers_per_block", 2)
    layers = [given] * len(channels) if isinstance(given, int) else list(given)
    shapes = [(channels[0], 0)]
    for level, width in enumerate(channels):
        shapes += [(width, level)] * layers[level]
        if level + 1 < len(channels):
            shapes.append((width, level + 1))
    return (*shapes, (channels[-1], len(channels) - 1))


def with_controlnets(
    spec: PipelineSpec, checkpoint: Checkpoint, unet: Path, fingerprints: Mapping[str, str]
) -> PipelineSpec:
    """`spec` with the checkpoint's ControlNets. `unet` is the graph; `fingerprints` has the weights' hashes by name.

    Raises:
        UnsupportedArchitectureError: the UNet's skip connections are not where they are looked for.
    """
    found = declared_controlnets(spec, checkpoint, fingerprints)
    if found.residuals and count_joints(GraphFile.read(unet)) != len(found.residuals) - 1:
        raise UnsupportedArchitectureError(checkpoint.folder / "unet", "its build takes no ControlNets here")
    return found


def declared_controlnets(
    spec: PipelineSpec, checkpoint: Checkpoint, fingerprints: Mapping[str, str] | None = None
) -> PipelineSpec:
    """`spec` with the checkpoint's ControlNets by their configs alone."""
    if not checkpoint.controlnets:
        return spec
    controlnets = {
        name: ControlNetSpec(preprocessor_of(name, folder), (fingerprints or {}).get(name, ""))
        for name, folder in checkpoint.controlnets.items()
    }
    return dataclasses.replace(
        spec, controlnets=controlnets, residuals=residual_shapes(checkpoint.config(Component.UNET))
    )


def preprocessor_of(name: str, folder: Path) -> str:
    """What the folder's `serving.json` says, or what the name says; "none" where neither does.

    Raises:
        CheckpointError: naming the file and what it may hold.
    """
    path = folder / SERVING_FILE
    if not path.is_file():
        return next((known for known in PREPROCESSORS if known in name), UNKNOWN)
    try:
        given = json.loads(path.read_text(encoding="utf-8"))["preprocessor"]
    except (ValueError, KeyError, TypeError):
        given = None
    if given not in (*PREPROCESSORS, UNKNOWN):
        raise CheckpointError(path, f"may hold a preprocessor: {', '.join((*PREPROCESSORS, UNKNOWN))}")
    return str(given)


def _setting(config: Mapping[str, Any], key: str) -> Any:
    return config.get(key, 1280 if key == "cross_attention_dim" else None)
