"""Tells architectures apart: everything in a network's config that changes its graph, and nothing that does not.

Two checkpoints whose hashes agree share one exported graph (DESIGN D7). Configs written by different versions of a
library leave out different defaults, so defaults are filled in first; `tests/export/test_architecture.py` compares the
tables below with the libraries' own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from diffusion.components import Component, ControlNet, Part
from export.families import PROJECTED

GRAPH_FORMAT = 1  # raise it when the wrappers or the exporter's settings change: it makes every older graph unknown

UNET_DEFAULTS: dict[str, Any] = {
    "in_channels": 4, "out_channels": 4, "center_input_sample": False, "flip_sin_to_cos": True, "freq_shift": 0,
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "mid_block_type": "UNetMidBlock2DCrossAttn",
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    "only_cross_attention": False, "block_out_channels": [320, 640, 1280, 1280], "layers_per_block": 2,
    "downsample_padding": 1, "mid_block_scale_factor": 1, "dropout": 0.0, "act_fn": "silu", "norm_num_groups": 32,
    "norm_eps": 1e-05, "cross_attention_dim": 1280, "transformer_layers_per_block": 1,
    "reverse_transformer_layers_per_block": None, "encoder_hid_dim": None, "encoder_hid_dim_type": None,
    "attention_head_dim": 8, "num_attention_heads": None, "dual_cross_attention": False,
    "use_linear_projection": False, "class_embed_type": None, "addition_embed_type": None,
    "addition_time_embed_dim": None, "num_class_embeds": None, "upcast_attention": False,
    "resnet_time_scale_shift": "default", "resnet_skip_time_act": False, "resnet_out_scale_factor": 1.0,
    "time_embedding_type": "positional", "time_embedding_dim": None, "time_embedding_act_fn": None,
    "timestep_post_act": None, "time_cond_proj_dim": None, "conv_in_kernel": 3, "conv_out_kernel": 3,
    "projection_class_embeddings_input_dim": None, "attention_type": "default", "class_embeddings_concat": False,
    "mid_block_only_cross_attention": None, "cross_attention_norm": None, "addition_embed_type_num_heads": 64,
}  # fmt: skip
TRANSFORMER_DEFAULTS: dict[str, Any] = {
    "patch_size": 2, "in_channels": 16, "num_layers": 18, "attention_head_dim": 64, "num_attention_heads": 18,
    "joint_attention_dim": 4096, "caption_projection_dim": 1152, "pooled_projection_dim": 2048, "out_channels": 16,
    "pos_embed_max_size": 96, "dual_attention_layers": [], "qk_norm": None,
}  # fmt: skip
VAE_DEFAULTS: dict[str, Any] = {
    "in_channels": 3, "out_channels": 3, "down_block_types": ["DownEncoderBlock2D"],
    "up_block_types": ["UpDecoderBlock2D"], "block_out_channels": [64], "layers_per_block": 1, "act_fn": "silu",
    "latent_channels": 4, "norm_num_groups": 32, "use_quant_conv": True, "use_post_quant_conv": True,
    "mid_block_add_attention": True,
}  # fmt: skip
TEXT_DEFAULTS: dict[str, Any] = {
    "vocab_size": 49408, "hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 12,
    "num_attention_heads": 8, "max_position_embeddings": 77, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05,
}  # fmt: skip
CONTROLNET_DEFAULTS: dict[str, Any] = {
    "in_channels": 4, "conditioning_channels": 3, "flip_sin_to_cos": True, "freq_shift": 0,
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "mid_block_type": "UNetMidBlock2DCrossAttn", "only_cross_attention": False,
    "block_out_channels": [320, 640, 1280, 1280], "layers_per_block": 2, "downsample_padding": 1,
    "mid_block_scale_factor": 1, "act_fn": "silu", "norm_num_groups": 32, "norm_eps": 1e-05,
    "cross_attention_dim": 1280, "transformer_layers_per_block": 1, "encoder_hid_dim": None,
    "encoder_hid_dim_type": None, "attention_head_dim": 8, "num_attention_heads": None,
    "use_linear_projection": False, "class_embed_type": None, "addition_embed_type": None,
    "addition_time_embed_dim": None, "num_class_embeds": None, "upcast_attention": False,
    "resnet_time_scale_shift": "default", "projection_class_embeddings_input_dim": None,
    "controlnet_conditioning_channel_order": "rgb", "conditioning_embedding_out_channels": [16, 32, 96, 256],
    "global_pool_conditions": False, "addition_embed_type_num_heads": 64,
}  # fmt: skip

DEFAULTS = {
    Component.TEXT_ENCODER: TEXT_DEFAULTS,
    Component.TEXT_ENCODER_2: TEXT_DEFAULTS,
    Component.UNET: UNET_DEFAULTS,
    Component.TRANSFORMER: TRANSFORMER_DEFAULTS,
    Component.VAE_DECODER: VAE_DEFAULTS,
    Component.VAE_ENCODER: VAE_DEFAULTS,
}
# Read by the pipeline around the network, or by training: they change no graph.
IGNORED = {
    "sample_size", "scaling_factor", "shift_factor", "latents_mean", "latents_std", "force_upcast", "dtype",
    "torch_dtype", "transformers_version", "model_type", "architectures", "attention_dropout", "initializer_factor",
    "initializer_range", "projection_dim", "bos_token_id", "eos_token_id", "pad_token_id", "output_hidden_states",
    "output_attentions", "return_dict", "chunk_size_feed_forward", "is_encoder_decoder", "id2label", "label2id",
    "problem_type", "use_cache", "tie_word_embeddings", "is_decoder", "add_cross_attention",
}  # fmt: skip


POOLING_DEFAULTS = {"eos_token_id": 49407, "projection_dim": 512}  # only a projected text encoder reads them


def computed_config(component: Part, config: Mapping[str, Any], variant: str = "") -> dict[str, Any]:
    """The part of a network's config that its graph depends on, with defaults filled in. Unknown keys stay in."""
    relevant = {key: value for key, value in config.items() if not key.startswith("_") and key not in IGNORED}
    if variant == PROJECTED:
        relevant |= {key: config.get(key, default) for key, default in POOLING_DEFAULTS.items()}
    defaults = CONTROLNET_DEFAULTS if isinstance(component, ControlNet) else DEFAULTS[component]
    return {**defaults, **relevant}


def architecture_hash(component: Part, config: Mapping[str, Any], variant: str = "") -> str:
    """64 hexadecimal digits; equal for networks that one exported graph serves. For `variant` see `Family.variant`."""
    computed = computed_config(component, config, variant)
    described = {"format": GRAPH_FORMAT, "component": kind_of(component), "config": computed}
    if variant:
        described["variant"] = variant
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def kind_of(component: Part) -> str:
    """The component, or what all ControlNets are: one graph serves those of one architecture."""
    return "controlnet" if isinstance(component, ControlNet) else component.value
