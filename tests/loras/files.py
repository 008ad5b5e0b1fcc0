"""Seeded random LoRA files, in each way of writing one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

Layers = Mapping[str, Mapping[str, tuple[int, int]]]
PEFT_PREFIX = {"unet": "unet.", "text_encoder": "text_encoder.text_model."}
KOHYA_PREFIX = {"unet": "lora_unet_", "text_encoder": "lora_te_text_model_"}


def factors(layers: Layers, rank: int, seed: int) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
    """A product as large as a trained one's, for every attention projection."""
    generator = np.random.default_rng(seed)
    made = {}
    for component, names in layers.items():
        for name, (inputs, outputs) in names.items():
            down = generator.standard_normal((rank, inputs)) / math.sqrt(inputs)
            up = generator.standard_normal((outputs, rank)) * 0.1 / math.sqrt(rank)
            made[component, name] = (down.astype(np.float32), up.astype(np.float32))
    return made


def write_peft(path: Path, layers: Layers, *, rank: int = 4, seed: int = 0, alpha: float | None = None) -> Path:
    """As `save_lora_weights` writes it."""
    tensors = {}
    for (component, name), (down, up) in factors(layers, rank, seed).items():
        tensors[f"{PEFT_PREFIX[component]}{name}.lora_A.weight"] = down
        tensors[f"{PEFT_PREFIX[component]}{name}.lora_B.weight"] = up
    metadata = {"format": "pt"}
    if alpha is not None:
        settings = {
            f"{component}.{key}": value
            for component, names in layers.items()
            for key, value in (("r", rank), ("lora_alpha", alpha), ("target_modules", sorted(names)))
        }
        metadata["lora_adapter_metadata"] = json.dumps(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, metadata)
    return path


def write_kohya(
    path: Path,
    layers: Layers,
    *,
    rank: int = 4,
    seed: int = 0,
    alpha: float = 2.0,
    texts: Mapping[str, str] | None = None,
) -> Path:
    """As kohya's scripts write it, in half precision."""
    tensors = {}
    for (component, name), (down, up) in factors(layers, rank, seed).items():
        module = KOHYA_PREFIX[component] + name.replace(".", "_")
        tensors[f"{module}.lora_down.weight"] = down.astype(np.float16)
        tensors[f"{module}.lora_up.weight"] = up.astype(np.float16)
        tensors[f"{module}.alpha"] = np.array(alpha, np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, dict(texts or {}))
    return path


def attention_only(layers: Layers) -> Layers:
    """What most LoRAs change."""
    return {
        component: {name: sizes for name, sizes in names.items() if ".attn" in name or "self_attn" in name}
        for component, names in layers.items()
    }
