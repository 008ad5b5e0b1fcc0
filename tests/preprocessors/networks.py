"""Tiny networks that make maps, with seeded random weights, in the layouts that are installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from diffusion.events import Pixels

VIT = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 32}
NECK = {"neck_hidden_sizes": [8, 8, 8, 8], "fusion_hidden_size": 8}


def make_dpt(folder: Path, seed: int = 0) -> Any:
    """Save a DPT and give transformers' own network of it."""
    from transformers import DPTConfig, DPTForDepthEstimation

    config = DPTConfig(**VIT, **NECK, image_size=32, patch_size=16, backbone_out_indices=[0, 1, 2, 3])
    return _saved(DPTForDepthEstimation, config, folder, seed)


def make_depth_anything(folder: Path, seed: int = 0) -> Any:
    """The same of a Depth Anything."""
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

    backbone = Dinov2Config(
        **{name: value for name, value in VIT.items() if name != "intermediate_size"},
        mlp_ratio=2, image_size=42, patch_size=14, out_indices=[1, 2, 3, 4], apply_layernorm=True,
        reshape_hidden_states=False,
    )  # fmt: skip
    given = {**NECK, "head_hidden_size": 8, "reassemble_hidden_size": 16, "patch_size": 14}
    return _saved(DepthAnythingForDepthEstimation, DepthAnythingConfig(backbone_config=backbone, **given), folder, seed)


def _saved(cls: Any, config: Any, folder: Path, seed: int) -> Any:
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = cls(config).eval()
        for tensor in network.parameters():
            torch.nn.init.normal_(tensor, std=0.2)  # so that it tells pictures apart
    network.save_pretrained(folder)
    mean = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "resample": 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(mean))
    return network


def make_pose(folder: Path, seed: int = 0) -> Any:
    """Save a narrow OpenPose body of three stages, and give the network."""
    import torch
    from safetensors.torch import save_file

    from export.preprocessor_networks import OpenPoseBody

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = OpenPoseBody(stages=3, width=4).eval()
    folder.mkdir(parents=True)
    save_file(network.state_dict(), folder / "model.safetensors")
    given = {"architectures": ["OpenPoseBody"], "image_size": 64, "stages": 3, "width": 4}
    (folder / "config.json").write_text(json.dumps(given))
    return network


def a_picture(height: int = 48, width: int = 64) -> Pixels:
    coarse = np.random.default_rng(5).integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return coarse.repeat(8, axis=0).repeat(8, axis=1)
