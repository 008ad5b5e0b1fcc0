"""A pipeline of Stable Diffusion 1.5's size with random weights, made in half precision from the start."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.export.tiny import write_vocabulary

UNET: dict[str, Any] = {
    "sample_size": 64,
    "cross_attention_dim": 768,
    "block_out_channels": (320, 640, 1280, 1280),
    "attention_head_dim": 8,
}
VAE: dict[str, Any] = {
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "latent_channels": 4,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "sample_size": 512,
    "scaling_factor": 0.18215,
}
TEXT: dict[str, Any] = {
    "vocab_size": 49408,
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "max_position_embeddings": 77,
    "projection_dim": 768,
    "hidden_act": "quick_gelu",
}
SCHEDULER: dict[str, Any] = {
    "_class_name": "DDIMScheduler",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "steps_offset": 1,
    "clip_sample": False,
    "set_alpha_to_one": False,
    "timestep_spacing": "leading",
}


def make_sd15(folder: Path) -> Path:
    """Write the pipeline to `folder`, 2.1 GB."""
    import diffusers
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel

    untyped: Any = diffusers
    for name, build in (
        ("unet", lambda: untyped.UNet2DConditionModel(**UNET)),
        ("vae", lambda: untyped.AutoencoderKL(**VAE)),
        ("text_encoder", lambda: CLIPTextModel(CLIPTextConfig(**TEXT))),
    ):
        with _half_without_initialisation():
            network = build()
        _fill(network, torch.Generator().manual_seed(0))
        network.save_pretrained(folder / name, safe_serialization=True)
        del network
    write_vocabulary(folder / "tokenizer")
    texts = {
        "tokenizer/tokenizer_config.json": {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77},
        "scheduler/scheduler_config.json": SCHEDULER,
        "model_index.json": {
            "_class_name": "StableDiffusionPipeline",
            "_diffusers_version": diffusers.__version__,
            "requires_safety_checker": False,
            "safety_checker": [None, None],
            "feature_extractor": [None, None],
            "scheduler": ["diffusers", "DDIMScheduler"],
            "text_encoder": ["transformers", "CLIPTextModel"],
            "tokenizer": ["transformers", "CLIPTokenizer"],
            "unet": ["diffusers", "UNet2DConditionModel"],
            "vae": ["diffusers", "AutoencoderKL"],
        },
    }
    for path, content in texts.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(json.dumps(content))
    return folder


@contextlib.contextmanager
def _half_without_initialisation() -> Iterator[None]:
    import torch

    names = ("kaiming_uniform_", "kaiming_normal_", "xavier_uniform_", "normal_", "uniform_", "trunc_normal_")
    before, default = {name: getattr(torch.nn.init, name) for name in names}, torch.get_default_dtype()
    for name in names:
        setattr(torch.nn.init, name, lambda tensor, *_, **__: tensor)
    torch.set_default_dtype(torch.float16)
    try:
        yield
    finally:
        torch.set_default_dtype(default)
        for name, function in before.items():
            setattr(torch.nn.init, name, function)


def _fill(network: Any, generator: Any) -> None:
    """Weights of a scale that keeps activations near 1, biases near 0 and norms near 1."""
    import torch

    with torch.no_grad():
        for name, parameter in network.named_parameters():
            random = torch.rand(parameter.shape, generator=generator) * 2 - 1
            if parameter.dim() > 1:
                parameter.copy_(random * 0.5 * (3 / parameter[0].numel()) ** 0.5)
            else:
                parameter.copy_(random * 0.1 + (0 if name.endswith("bias") else 1))
