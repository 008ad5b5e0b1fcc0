"""Small model files, written without torch: a pipeline's folder as the hub has it, LoRAs, embeddings, ControlNets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

Shapes = Mapping[str, tuple[int, ...]]


def write_safetensors(path: Path, shapes: Shapes, seed: int = 0, **texts: str) -> Path:
    """Random float16 tensors of these shapes."""
    random, header, place, parts = np.random.default_rng(seed), {}, 0, []
    for name, shape in shapes.items():
        data = random.normal(size=shape).astype("<f2").tobytes()
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [place, place + len(data)]}
        place += len(data)
        parts.append(data)
    text = json.dumps({**header, "__metadata__": texts} if texts else header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(parts))
    return path


LORA: Shapes = {
    "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight": (4, 768),
    "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight": (320, 4),
}
EMBEDDING: Shapes = {"emb_params": (4, 768)}
CHECKPOINT: Shapes = {
    "model.diffusion_model.input_blocks.0.0.weight": (8, 4, 3, 3),
    "first_stage_model.quant_conv.weight": (8, 8, 1, 1),
    "cond_stage_model.transformer.text_model.final_layer_norm.weight": (8,),
}


def write_json(path: Path, **values: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))
    return path


def write_pipeline(folder: Path, class_name: str = "StableDiffusionPipeline", width: int = 768) -> Path:
    """The files of a pipeline, with weights that no network has: enough to look at, not to export."""
    networks = {"unet": "UNet2DConditionModel", "vae": "AutoencoderKL", "text_encoder": "CLIPTextModel"}
    index = {name: ["diffusers", kind] for name, kind in networks.items()}
    write_json(folder / "model_index.json", _class_name=class_name, safety_checker=[None, None], **index)
    for name, kind in networks.items():
        write_json(folder / name / "config.json", _class_name=kind, cross_attention_dim=width)
    write_json(folder / "scheduler" / "scheduler_config.json", _class_name="DDIMScheduler")
    for name in ("vocab.json", "tokenizer_config.json"):
        write_json(folder / "tokenizer" / name)
    (folder / "tokenizer" / "merges.txt").write_text("#version: 0.2\n")
    for number, name in enumerate(networks):
        weights = "model.safetensors" if name == "text_encoder" else "diffusion_pytorch_model.safetensors"
        write_safetensors(folder / name / weights, {"conv.weight": (64, 64)}, number)
    (folder / "LICENSE").write_text("Do what you like.\n")
    (folder / "README.md").write_text("A model.\n")
    return folder


def write_transformer_pipeline(folder: Path) -> Path:
    """Stable Diffusion 3 with its third text encoder, likewise."""
    networks = {
        "transformer": "SD3Transformer2DModel",
        "vae": "AutoencoderKL",
        "text_encoder": "CLIPTextModelWithProjection",
        "text_encoder_2": "CLIPTextModelWithProjection",
        "text_encoder_3": "T5EncoderModel",
    }
    index = {name: ["diffusers", kind] for name, kind in networks.items()}
    write_json(folder / "model_index.json", _class_name="StableDiffusion3Pipeline", **index)
    write_json(folder / "scheduler" / "scheduler_config.json", _class_name="FlowMatchEulerDiscreteScheduler")
    for number, (name, kind) in enumerate(networks.items()):
        write_json(folder / name / "config.json", _class_name=kind)
        weights = "model.safetensors" if name.startswith("text") else "diffusion_pytorch_model.safetensors"
        write_safetensors(folder / name / weights, {"conv.weight": (64, 64)}, number)
    for name in ("tokenizer", "tokenizer_2", "tokenizer_3"):
        write_json(folder / name / "tokenizer_config.json")
    return folder


def write_controlnet(folder: Path, width: int = 768) -> Path:
    """A ControlNet's folder, likewise."""
    write_json(folder / "config.json", _class_name="ControlNetModel", cross_attention_dim=width)
    shapes = {"controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3)}
    write_safetensors(folder / "diffusion_pytorch_model.safetensors", shapes)
    return folder
