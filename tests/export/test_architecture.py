from __future__ import annotations

import inspect
from typing import Any

import pytest

from diffusion.components import Component
from export.architecture import (
    CONTROLNET_DEFAULTS,
    IGNORED,
    TEXT_DEFAULTS,
    TRANSFORMER_DEFAULTS,
    UNET_DEFAULTS,
    VAE_DEFAULTS,
    architecture_hash,
)


def library_defaults(cls: type) -> dict[str, Any]:
    parameters = inspect.signature(cls).parameters.values()
    listed = {item.name: item.default for item in parameters}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in listed.items()}


def test_the_defaults_of_denoisers_and_vae_are_those_of_diffusers() -> None:
    from diffusers import AutoencoderKL, ControlNetModel, SD3Transformer2DModel, UNet2DConditionModel

    tables = {
        UNet2DConditionModel: UNET_DEFAULTS,
        SD3Transformer2DModel: TRANSFORMER_DEFAULTS,
        AutoencoderKL: VAE_DEFAULTS,
        ControlNetModel: CONTROLNET_DEFAULTS,
    }
    for cls, ours in tables.items():
        theirs = {name: value for name, value in library_defaults(cls).items() if name not in IGNORED}
        assert ours == theirs


def test_text_encoder_defaults_are_those_of_transformers() -> None:
    from transformers import CLIPTextConfig

    theirs = CLIPTextConfig().to_dict()
    assert {key: theirs[key] for key in TEXT_DEFAULTS} == TEXT_DEFAULTS
    assert set(theirs) - set(TEXT_DEFAULTS) - IGNORED == {"_name_or_path"}


def test_what_changes_no_graph_changes_no_hash() -> None:
    bare = {"block_out_channels": [8]}
    full = {
        **UNET_DEFAULTS,
        "block_out_channels": [8],
        "sample_size": 64,
        "_diffusers_version": "0.6",
        "_name_or_path": "x",
    }
    assert architecture_hash(Component.UNET, bare) == architecture_hash(Component.UNET, full)


@pytest.mark.parametrize("change", [{"norm_num_groups": 8}, {"attention_head_dim": 4}, {"a_new_option": True}])
def test_what_may_change_the_graph_changes_the_hash(change: dict[str, Any]) -> None:
    assert architecture_hash(Component.UNET, change) != architecture_hash(Component.UNET, {})


def test_decoder_and_encoder_are_told_apart() -> None:
    assert architecture_hash(Component.VAE_DECODER, {}) != architecture_hash(Component.VAE_ENCODER, {})
