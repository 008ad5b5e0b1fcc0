"""Tiny safety checkers with random weights, in diffusers' layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def make_checker(folder: Path, seed: int = 0, **vision: Any) -> Any:
    """Save one, and give diffusers' own network of it. Each of its 17 concepts is found in 3 % of pure noise."""
    import torch
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig

    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    given = {**sizes, "image_size": 32, "patch_size": 8, **vision}
    text = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = StableDiffusionSafetyChecker(CLIPConfig(vision_config=given, text_config=text, projection_dim=24))
        for name, tensor in network.named_parameters():
            if name.endswith("weight") and tensor.ndim > 1:
                torch.nn.init.normal_(tensor, std=0.3)  # so that it tells pictures apart
        for tensor in (network.concept_embeds, network.special_care_embeds):
            torch.nn.init.normal_(tensor)
        noise = torch.randn(64, 3, given["image_size"], given["image_size"])
        network.eval()
        with torch.no_grad():
            seen = torch.nn.functional.normalize(network.visual_projection(network.vision_model(noise)[1]))
            for concepts, thresholds, share in (
                (network.concept_embeds, network.concept_embeds_weights, 0.97),
                (network.special_care_embeds, network.special_care_embeds_weights, 0.9),
            ):
                cosines = seen @ torch.nn.functional.normalize(concepts).T
                thresholds.data = cosines.quantile(share, dim=0)
    network.save_pretrained(folder)
    return network


def pictures(count: int, side: int = 48, seed: int = 0) -> list[np.ndarray]:
    """Random drawings of all brightnesses, oblong."""
    noise = np.random.default_rng(seed)
    made = []
    for number in range(count):
        coarse = noise.integers(0, 256, (3, 4, 3), np.uint8) // (1 + number % 3)
        made.append(np.ascontiguousarray(coarse.repeat(side // 3, 0).repeat(side // 3, 1)))
    return made
