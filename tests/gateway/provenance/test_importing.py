"""Metadata as the programs write it, in their own chunks."""

from __future__ import annotations

import json

import pytest

from gateway.provenance.importing import imported
from gateway.provenance.reading import Texts

INVOKE = {
    "generation_mode": "txt2img",
    "positive_prompt": "a castle",
    "negative_prompt": "fog",
    "width": 512,
    "height": 768,
    "seed": 42,
    "rand_device": "cpu",
    "cfg_scale": 7.5,
    "steps": 30,
    "scheduler": "dpmpp_2m_k",
    "model": {"key": "k", "hash": "blake3:1", "name": "dreamshaper", "base": "sd-1", "type": "main"},
    "loras": [{"model": {"name": "ink"}, "weight": 0.75}],
}
COMFY = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 42,
            "steps": 30,
            "cfg": 7.5,
            "sampler_name": "dpmpp_2m",
            "scheduler": "karras",
            "denoise": 1.0,
            "model": ["10", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15\\dreamshaper.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["9", 0], "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["4", 1]}},
    "9": {"class_type": "PrimitiveString", "inputs": {"string": "a castle"}},
    "10": {
        "class_type": "LoraLoader",
        "inputs": {"lora_name": "ink.safetensors", "strength_model": 0.75, "strength_clip": 1.0, "model": ["4", 0]},
    },
}
FOOOCUS = {
    "prompt": "a castle",
    "negative_prompt": "fog",
    "steps": 30,
    "guidance_scale": 7.5,
    "seed": "42",
    "resolution": "(512, 768)",
    "base_model": "dreamshaper",
    "sampler": "dpmpp_2m",
    "scheduler": "karras",
    "loras": [["ink.safetensors", 0.75, "hash"]],
    "metadata_scheme": "fooocus",
    "version": "Fooocus v2.5.5",
}
SWARM = {
    "sui_image_params": {
        "prompt": "a castle",
        "negativeprompt": "fog",
        "model": "sd15/dreamshaper",
        "seed": 42,
        "steps": 30,
        "cfgscale": 7.5,
        "width": 512,
        "height": 768,
        "sampler": "dpmpp_2m",
        "scheduler": "karras",
    }
}
A1111 = (
    "a castle\nNegative prompt: fog\nSteps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 42, "
    'Size: 512x768, Model hash: 879db523c3, Model: dreamshaper, Lora hashes: "ink: aaaa", Version: v1.10.1'
)
SAME = {
    "prompt": "a castle",
    "negative_prompt": "fog",
    "width": 512,
    "height": 768,
    "seed": 42,
    "num_inference_steps": 30,
    "guidance_scale": 7.5,
    "sampler": "dpmpp_2m",
    "schedule": "karras",
    "model": "dreamshaper",
}
LORAS = {"loras": [{"name": "ink", "weight": 0.75}]}


@pytest.mark.parametrize(
    ("source", "texts", "more"),
    [
        ("automatic1111", {"parameters": A1111}, {}),
        ("automatic1111", {"UserComment": A1111}, {}),
        ("invokeai", {"invokeai_metadata": json.dumps(INVOKE)}, LORAS),
        ("comfyui", {"prompt": json.dumps(COMFY), "workflow": "{}"}, LORAS),
        ("fooocus", {"parameters": json.dumps(FOOOCUS), "fooocus_scheme": "fooocus"}, LORAS),
        ("swarmui", {"parameters": json.dumps(SWARM)}, {}),
    ],
)
def test_everybodys_recipe_comes_back_in_our_words(source, texts, more):
    found = imported(Texts("PNG", 512, 768, texts))
    assert found.source == source
    assert found.recipe == {**SAME, **more}


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"prompt": "not a graph"},
        {"prompt": "{" * 100_000},
        {"prompt": "[" * 100_000},
        {"prompt": '{"1": {"class_type": "KSampler"}}'},
        {"prompt": '{"1": {"class_type": "KSampler", "inputs": {"model": ["1", 0], "positive": ["1", 0]}}}'},
        {"prompt": '{"1": 5}'},
        {"invokeai_metadata": '{"seed": "x"}'},
        {"invokeai_metadata": '{"model": 5}'},
        {"invokeai_metadata": '{"loras": [1]}'},
        {"avila": '{"format": 99}'},
    ],
)
def test_what_only_looks_like_one_breaks_nothing(texts):
    found = imported(Texts("PNG", 8, 8, texts))
    assert found is None or found.source != "avila"
