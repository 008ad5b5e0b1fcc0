"""Seeded random pipelines in diffusers' layout, small enough to trace in seconds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.gpu.vocabulary import write_vocabulary
from export.families import NETWORKS

UNET: dict[str, Any] = {
    "sample_size": 8,
    "block_out_channels": (16, 32),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "attention_head_dim": 4,
    "cross_attention_dim": 16,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    "mid_block_type": None,  # the fewer operations, the faster the trace
    "use_linear_projection": True,
}
VAE: dict[str, Any] = {
    "block_out_channels": (8, 16),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "latent_channels": 4,
    "mid_block_add_attention": False,
    "down_block_types": ("DownEncoderBlock2D",) * 2,
    "up_block_types": ("UpDecoderBlock2D",) * 2,
    "sample_size": 16,
    "scaling_factor": 0.5,
}


TEXT: dict[str, Any] = {
    "vocab_size": 516,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 77,
    "bos_token_id": 514,
    "eos_token_id": 515,
    "pad_token_id": 515,
}
XL_UNET: dict[str, Any] = {
    "cross_attention_dim": 40,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
}


TRANSFORMER: dict[str, Any] = {
    "sample_size": 8,
    "num_layers": 2,
    "attention_head_dim": 8,
    "num_attention_heads": 2,
    "joint_attention_dim": 48,
    "caption_projection_dim": 16,
    "pooled_projection_dim": 40,
    "pos_embed_max_size": 16,
    "dual_attention_layers": (0,),
    "qk_norm": "rms_norm",
}
FLOW_VAE: dict[str, Any] = {
    "latent_channels": 16,
    "shift_factor": 0.1,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
}


def make_tiny(
    folder: Path,
    seed: int = 0,
    dtype: str = "float16",
    unet: dict[str, Any] | None = None,
    pipeline_class: str = "StableDiffusionPipeline",
    text: dict[str, Any] | None = None,
    **special: str,
) -> Path:
    """A pipeline that diffusers loads; other seeds give other weights. `special` are tokens of its tokenizer."""
    import diffusers
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel

    untyped: Any = diffusers
    torch.manual_seed(seed)
    pipeline = getattr(untyped, pipeline_class)(
        vae=untyped.AutoencoderKL(**VAE),
        text_encoder=CLIPTextModel(CLIPTextConfig(**TEXT | (text or {}))),
        tokenizer=_tokenizer(folder / "tokenizer-source", **special),
        unet=untyped.UNet2DConditionModel(**{**UNET, **(unet or {})}),
        scheduler=_scheduler(untyped, pipeline_class),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    return _saved(pipeline, folder, dtype)


def make_tiny_2(folder: Path, seed: int = 0, **scheduler: Any) -> Path:
    """Stable Diffusion 2: predicts the velocity, has as many heads as its level is deep, and OpenCLIP's text encoder,
    of which the published checkpoints leave the last layer out."""
    make_tiny(
        folder,
        seed,
        unet={"attention_head_dim": (2, 4), "upcast_attention": True},
        text={"hidden_act": "gelu", "num_hidden_layers": 1},
        pad_token="!",
    )
    published = {
        "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "prediction_type": "v_prediction",
        "set_alpha_to_one": False, "steps_offset": 1, "timestep_spacing": "leading",
    }  # fmt: skip
    rewrite_json(folder / "scheduler" / "scheduler_config.json", **published | scheduler)
    return folder


def _scheduler(untyped: Any, pipeline_class: str) -> Any:
    if pipeline_class.startswith("LatentConsistency"):
        return untyped.LCMScheduler(clip_sample=False)
    return untyped.DDIMScheduler(timestep_spacing="trailing", clip_sample=False)


def make_tiny_xl(
    folder: Path, seed: int = 0, dtype: str = "float16", refiner: bool = False, unet: dict[str, Any] | None = None
) -> Path:
    """Stable Diffusion XL: two text encoders of different width, or the refiner with the second one only."""
    import diffusers
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    untyped: Any = diffusers
    torch.manual_seed(seed)
    # eos 2 is what the published configs say: the pooled state is then that of the largest id
    second = CLIPTextConfig(**TEXT | {"hidden_size": 24, "projection_dim": 24, "eos_token_id": 2, "hidden_act": "gelu"})
    sizes = {"cross_attention_dim": 24, "projection_class_embeddings_input_dim": 24 + 5 * 8} if refiner else {
        "projection_class_embeddings_input_dim": 24 + 6 * 8
    }  # fmt: skip
    parts = {
        "vae": untyped.AutoencoderKL(**VAE),
        "text_encoder": None if refiner else CLIPTextModel(CLIPTextConfig(**TEXT)),
        "text_encoder_2": CLIPTextModelWithProjection(second),
        "tokenizer": None if refiner else _tokenizer(folder / "tokenizer-source"),
        "tokenizer_2": _tokenizer(folder / "tokenizer-source", pad_token="!"),
        "unet": untyped.UNet2DConditionModel(**UNET | XL_UNET | sizes | (unet or {})),
        "scheduler": untyped.EulerDiscreteScheduler(timestep_spacing="leading", steps_offset=1),
    }
    if refiner:
        parts |= {"requires_aesthetics_score": True, "force_zeros_for_empty_prompt": False}  # as the published one
        pipeline = untyped.StableDiffusionXLImg2ImgPipeline(**parts)
    else:
        pipeline = untyped.StableDiffusionXLPipeline(**parts)
    return _saved(pipeline, folder, dtype)


def make_tiny_3(folder: Path, seed: int = 0, dtype: str = "float16", **transformer: Any) -> Path:
    """Stable Diffusion 3.5: two text encoders, both projected, a transformer wider than their states, no third one."""
    import diffusers
    import torch
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    untyped: Any = diffusers
    torch.manual_seed(seed)
    first = CLIPTextConfig(**TEXT | {"projection_dim": 16, "eos_token_id": 2})
    second = CLIPTextConfig(**TEXT | {"hidden_size": 24, "projection_dim": 24, "eos_token_id": 2, "hidden_act": "gelu"})
    pipeline = untyped.StableDiffusion3Pipeline(
        vae=untyped.AutoencoderKL(**VAE | FLOW_VAE),
        text_encoder=CLIPTextModelWithProjection(first),
        text_encoder_2=CLIPTextModelWithProjection(second),
        text_encoder_3=None,
        tokenizer=_tokenizer(folder / "tokenizer-source"),
        tokenizer_2=_tokenizer(folder / "tokenizer-source", pad_token="!"),
        tokenizer_3=None,
        transformer=untyped.SD3Transformer2DModel(**TRANSFORMER | transformer),
        scheduler=untyped.FlowMatchEulerDiscreteScheduler(shift=3.0),
    )
    return _saved(pipeline, folder, dtype)


def make_tiny_controlnet(folder: Path, seed: int) -> Path:
    """A ControlNet for the tiny UNet whose last layers are not zeros, as they are before training."""
    import diffusers
    import torch

    untyped: Any = diffusers
    torch.manual_seed(seed)
    own = ("block_out_channels", "layers_per_block", "norm_num_groups", "attention_head_dim", "cross_attention_dim")
    net = untyped.ControlNetModel(
        **{name: UNET[name] for name in (*own, "down_block_types", "use_linear_projection")},
        mid_block_type="UNetMidBlock2D",
        conditioning_embedding_out_channels=(8, 16),
    )
    with torch.no_grad():
        for parameter in net.parameters():
            if not parameter.any():
                parameter.add_(torch.randn_like(parameter) * 0.6)
    net.save_pretrained(folder, safe_serialization=True)
    return folder


def _saved(pipeline: Any, folder: Path, dtype: str) -> Path:
    import torch

    _scatter_small_parameters(pipeline)
    pipeline.to(dtype=getattr(torch, dtype))
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def _scatter_small_parameters(pipeline: Any) -> None:
    """Biases and norms start as zeros and ones, which would hide a mix-up between them."""
    import torch

    with torch.no_grad():
        networks = (pipeline.components.get(name) for name in NETWORKS)
        for network in filter(None, networks):
            for parameter in network.parameters():
                if parameter.dim() == 1:
                    parameter.add_(torch.randn_like(parameter) * 0.1)


def _tokenizer(folder: Path, **special: str) -> Any:
    from transformers import CLIPTokenizer

    write_vocabulary(folder)
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77, **special)


def rewrite_json(path: Path, **values: Any) -> None:
    """Change single values of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
