"""`python -m benchmarks.gpu.checkpoint SHAPE FOLDER`: a pipeline of that size with random weights, as diffusers has it.

In half precision from the start: Stable Diffusion 1.5 takes 2.1 GB, XL 6.9 GB, and neither needs more memory than its
largest network. It exports, installs and serves as any checkpoint does.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from benchmarks.gpu.shapes import SHAPES, TRAINING, Shape
from benchmarks.gpu.vocabulary import write_vocabulary

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
XL_TEXT_2 = TEXT | {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
    "projection_dim": 1280,
    "hidden_act": "gelu",
    "eos_token_id": 2,
}
SCHEDULER = TRAINING | {"_class_name": "DDIMScheduler", "clip_sample": False, "set_alpha_to_one": False}
TRANSFORMERS = {"text_encoder": "CLIPTextModel", "text_encoder_2": "CLIPTextModelWithProjection"}
DIFFUSERS = {"unet": "UNet2DConditionModel", "vae": "AutoencoderKL"}


def make_checkpoint(shape: Shape, folder: Path) -> Path:
    """Write the pipeline to `folder`; its index is written last, when all is there."""
    for name, config in _networks(shape).items():
        with _half_without_initialisation():
            network = _network(name, config)
        _fill(network)
        network.save_pretrained(folder / name, safe_serialization=True, max_shard_size="20GB")
        del network
    (folder / "scheduler").mkdir(parents=True, exist_ok=True)
    _write(folder / "scheduler" / "scheduler_config.json", SCHEDULER)
    for name, pad in (("tokenizer", "<|endoftext|>"), ("tokenizer_2", "!")):
        if name == "tokenizer" or shape.pooled_width:
            write_vocabulary(folder / name)
            words = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "pad_token": pad}
            _write(folder / name / "tokenizer_config.json", words)
    _write(folder / "model_index.json", _index(shape))
    return folder


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def _networks(shape: Shape) -> dict[str, dict[str, Any]]:
    """The arguments of each network's class."""
    # XL's wider half of the conditioning is the second encoder's
    narrow = shape.text_width if not shape.pooled_width else TEXT["hidden_size"]
    text = TEXT | {"hidden_size": narrow, "intermediate_size": 4 * narrow, "projection_dim": narrow}
    if narrow < TEXT["hidden_size"]:
        text |= {"num_hidden_layers": 2, "num_attention_heads": 4}
    unet = {**shape.unet, "sample_size": shape.side // shape.pixels}
    networks = {"unet": unet, "vae": shape.vae_arguments, "text_encoder": text}
    return networks | ({"text_encoder_2": XL_TEXT_2} if shape.pooled_width else {})


def _index(shape: Shape) -> dict[str, Any]:
    classes = {name: ["diffusers", kind] for name, kind in DIFFUSERS.items()}
    classes |= {name: ["transformers", TRANSFORMERS[name]] for name in _networks(shape) if name in TRANSFORMERS}
    index = {
        "_diffusers_version": diffusers.__version__,
        "scheduler": ["diffusers", SCHEDULER["_class_name"]],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        **classes,
    }
    if shape.pooled_width:
        second = {"force_zeros_for_empty_prompt": True, "tokenizer_2": ["transformers", "CLIPTokenizer"]}
        return index | second | {"_class_name": "StableDiffusionXLPipeline"}
    none = {"safety_checker": [None, None], "feature_extractor": [None, None], "requires_safety_checker": False}
    return index | none | {"_class_name": "StableDiffusionPipeline"}


def _network(name: str, config: Mapping[str, Any]) -> Any:
    if name in TRANSFORMERS:
        return getattr(transformers, TRANSFORMERS[name])(transformers.CLIPTextConfig(**config))
    return getattr(diffusers, DIFFUSERS[name])(**config)


@contextlib.contextmanager
def _half_without_initialisation() -> Iterator[None]:
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


def _fill(network: Any) -> None:
    """Weights of a scale that keeps activations near 1, biases near 0 and norms near 1."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            random = torch.rand(parameter.shape, generator=generator) * 2 - 1
            if parameter.dim() > 1:
                parameter.copy_(random * 0.5 * (3 / parameter[0].numel()) ** 0.5)
            else:
                parameter.copy_(random * 0.1 + (0 if name.endswith("bias") else 1))


def main(arguments: list[str] | None = None) -> int:
    """Write it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.checkpoint", description=__doc__)
    parser.add_argument("shape", choices=sorted(SHAPES))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    print(make_checkpoint(SHAPES[options.shape], options.folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
