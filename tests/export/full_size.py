"""Pipelines of the sizes of Stable Diffusion 1.5 and XL with random weights, in half precision from the start."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from export.families import CLASSES, PROJECTED_CLASS, TEXT_CLASS
from tests.export.tiny import write_vocabulary

LIBRARY_CLASSES = {**CLASSES, "text_encoder": TEXT_CLASS, "text_encoder_2": PROJECTED_CLASS}

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


XL_UNET: dict[str, Any] = {
    "sample_size": 128,
    "cross_attention_dim": 2048,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
XL_VAE = VAE | {"sample_size": 1024, "scaling_factor": 0.13025}
XL_TEXT_2 = TEXT | {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
    "projection_dim": 1280,
    "hidden_act": "gelu",
    "eos_token_id": 2,
}


def make_sd15(folder: Path) -> Path:
    """Write the pipeline to `folder`, 2.1 GB."""
    index = {"safety_checker": [None, None], "feature_extractor": [None, None], "requires_safety_checker": False}
    return _make(folder, "StableDiffusionPipeline", {"unet": UNET, "vae": VAE, "text_encoder": TEXT}, index)


def make_sdxl(folder: Path) -> Path:
    """Write the pipeline to `folder`, 6.9 GB."""
    configs = {"unet": XL_UNET, "vae": XL_VAE, "text_encoder": TEXT, "text_encoder_2": XL_TEXT_2}
    index = {"force_zeros_for_empty_prompt": True, "tokenizer_2": ["transformers", "CLIPTokenizer"]}
    return _make(folder, "StableDiffusionXLPipeline", configs, index)


def _make(folder: Path, pipeline: str, configs: dict[str, dict[str, Any]], index: dict[str, Any]) -> Path:
    import diffusers
    import torch

    for name, config in configs.items():
        with _half_without_initialisation():
            network = _network(name, config)
        _fill(network, torch.Generator().manual_seed(0))
        network.save_pretrained(folder / name, safe_serialization=True, max_shard_size="20GB")
        del network
    libraries = {"unet": "diffusers", "vae": "diffusers"}
    texts: dict[str, Any] = {
        "scheduler/scheduler_config.json": SCHEDULER,
        "model_index.json": {
            "_class_name": pipeline,
            "_diffusers_version": diffusers.__version__,
            "scheduler": ["diffusers", "DDIMScheduler"],
            "tokenizer": ["transformers", "CLIPTokenizer"],
            **{name: [libraries.get(name, "transformers"), LIBRARY_CLASSES[name]] for name in configs},
            **index,
        },
    }
    for name, pad in (("tokenizer", "<|endoftext|>"), ("tokenizer_2", "!")):
        if name in texts["model_index.json"]:
            write_vocabulary(folder / name)
            texts[f"{name}/tokenizer_config.json"] = {
                "tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "pad_token": pad,
            }  # fmt: skip
    for path, content in sorted(
        texts.items(), key=lambda item: item[0] == "model_index.json"
    ):  # last: then all is there
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(json.dumps(content))
    return folder


def _network(name: str, config: dict[str, Any]) -> Any:
    import diffusers
    import transformers

    if name.startswith("text_encoder"):
        return getattr(transformers, LIBRARY_CLASSES[name])(transformers.CLIPTextConfig(**config))
    return getattr(diffusers, LIBRARY_CLASSES[name])(**config)


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
