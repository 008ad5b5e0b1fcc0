"""Stable Diffusion XL, its refiner, inpainting UNets and Stable Diffusion 2: exported, equal to PyTorch, installed."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from diffusion.components import Component
from diffusion.pipeline import PipelineSpec, component_specs
from export.checkpoint import Checkpoint
from export.errors import UnsupportedArchitectureError, WeightsMismatchError
from export.repository import install_pipeline
from export.sources import folder_and_replaced
from export.verify import verify_component
from tests.export.conftest import exported
from tests.export.test_single_file import ldm_unet_name, ldm_vae_name, state_dict
from tests.export.tiny import make_tiny_xl, rewrite_json


def verify_all(checkpoint: Path, repository: Path, name: str) -> PipelineSpec:
    from export.networks import load_network

    spec = install_pipeline(checkpoint, repository, name)
    for component, declared in component_specs(spec).items():
        model = repository / f"{name}__{component}" / "1" / "model.onnx"
        load = partial(load_network, component, Checkpoint.read(checkpoint))
        report = verify_component(load, declared, model)
        report.raise_first()
        assert max(case.max_difference for case in report.cases) < 2e-5, component
    return spec


def test_xl_equals_pytorch_and_says_what_it_is(xl: Path, tmp_path: Path) -> None:
    spec = verify_all(xl, tmp_path / "models", "xl")
    assert spec == PipelineSpec.load(tmp_path / "models" / "xl" / "1" / "pipeline.json")
    assert (spec.family, spec.time_ids, spec.pooled_width, spec.zero_empty_negative) == ("sdxl", 6, 24, True)
    assert [(text.width, text.pad) for text in spec.texts.values()] == [(16, 515), (24, 0)]
    unet = component_specs(spec)[Component.UNET]
    assert {tensor.name: tensor.shape[-1] for tensor in unet.inputs if tensor.name != "sample"} == {
        "timestep": "batch", "encoder_hidden_states": 40, "text_embeds": 24, "time_ids": 6,
    }  # fmt: skip
    for file in ("config.pbtxt", "configs/cpu.pbtxt", "1/model.py"):
        assert (tmp_path / "models" / "xl__text_encoder_2" / file).is_file()


@pytest.mark.slow
def test_the_refiner_has_the_second_encoder_only(refiner: Path, tmp_path: Path) -> None:
    spec = verify_all(refiner, tmp_path / "models", "refiner")
    assert (spec.family, spec.time_ids, spec.text_2, spec.text.pooled_width) == ("sdxl_refiner", 5, None, 24)
    assert not (tmp_path / "models" / "refiner__text_encoder_2").exists()


def test_an_inpainting_unet_takes_nine_channels(inpainting: Path, tmp_path: Path) -> None:
    spec = verify_all(inpainting, tmp_path / "models", "inpainting")
    assert spec.latent.mask_channels == 5
    sample = component_specs(spec)[Component.UNET].inputs[0]
    assert sample.shape[1] == 9


def test_v_prediction_is_said_in_the_noise_schedule(tiny: Path, tmp_path: Path) -> None:
    """Stable Diffusion 2: the same networks; what the UNet predicts changes no graph."""
    folder = shutil.copytree(tiny, tmp_path / "v")
    rewrite_json(folder / "scheduler" / "scheduler_config.json", prediction_type="v_prediction")
    spec = install_pipeline(folder, tmp_path / "models", "v")
    assert spec.noise_schedule["prediction_type"] == "v_prediction"


def test_a_distilled_checkpoint_defaults_to_few_steps_without_guidance(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "lcm")
    rewrite_json(folder / "scheduler" / "scheduler_config.json", _class_name="LCMScheduler")
    defaults = install_pipeline(folder, tmp_path / "models", "lcm").defaults
    assert (defaults.sampler, defaults.num_inference_steps, defaults.guidance_scale) == ("lcm", 4, 1.0)


def test_a_latent_consistency_model_is_told_the_guidance(consistency: Path, tmp_path: Path) -> None:
    spec = verify_all(consistency, tmp_path / "models", "consistency")
    assert spec.guidance_width == 32
    assert spec == PipelineSpec.load(tmp_path / "models" / "consistency" / "1" / "pipeline.json")
    defaults = spec.defaults
    assert (defaults.sampler, defaults.num_inference_steps, defaults.guidance_scale) == ("lcm", 4, 8.5)
    unet = component_specs(spec)[Component.UNET]
    assert (unet.inputs[-1].name, unet.inputs[-1].shape) == ("timestep_cond", ("batch", 32))
    assert 'name: "timestep_cond"' in (tmp_path / "models" / "consistency__unet" / "config.pbtxt").read_text()


@pytest.mark.slow
def test_a_latent_consistency_model_of_xl_takes_sizes_and_guidance(xl: Path, tmp_path: Path) -> None:
    folder = exported(partial(make_tiny_xl, unet={"time_cond_proj_dim": 32}), tmp_path / "consistency", xl)
    spec = verify_all(folder, tmp_path / "models", "consistency")
    assert (spec.time_ids, spec.guidance_width) == (6, 32)


def open_clip(tensors: dict[str, Any], prefix: str) -> dict[str, Any]:
    """transformers' names to OpenCLIP's, with its joint query-key-value matrices and its transposed projection."""
    import torch

    ends = {
        "embeddings.position_embedding.weight": "positional_embedding",
        "embeddings.token_embedding.weight": "token_embedding.weight",
        "final_layer_norm.weight": "ln_final.weight",
        "final_layer_norm.bias": "ln_final.bias",
    }
    parts = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj"}
    parts["self_attn.out_proj"] = "attn.out_proj"
    inner = {name.removeprefix("text_model."): tensor for name, tensor in tensors.items()}
    found = {"text_projection": inner.pop("text_projection.weight").T.contiguous()}
    found |= {ends[name]: inner.pop(name) for name in ends}
    for layer in {name.split(".")[2] for name in inner}:
        old, new = f"encoder.layers.{layer}.", f"transformer.resblocks.{layer}."
        for kind in ("weight", "bias"):
            joint = [inner.pop(f"{old}self_attn.{part}_proj.{kind}") for part in "qkv"]
            found[f"{new}attn.in_proj_{kind}"] = torch.cat(joint)
            found |= {f"{new}{there}.{kind}": inner.pop(f"{old}{here}.{kind}") for here, there in parts.items()}
    assert not inner
    return {prefix + name: tensor for name, tensor in found.items()}


def test_a_single_file_of_xl_equals_pytorch(xl: Path, tmp_path: Path) -> None:
    """Its projection lies transposed in the file; every other weight is referred to where it lies."""
    import torch
    from safetensors.torch import save_file

    from export.networks import load_network

    tensors = {
        f"conditioner.embedders.0.transformer.text_model.{k}": v for k, v in state_dict(xl / "text_encoder").items()
    }
    tensors |= open_clip(state_dict(xl / "text_encoder_2"), "conditioner.embedders.1.model.")
    tensors |= {f"first_stage_model.{ldm_vae_name(name)}": v for name, v in state_dict(xl / "vae").items()}
    for name, tensor in state_dict(xl / "unet").items():
        added = name.replace("add_embedding.linear_1", "label_emb.0.0").replace(
            "add_embedding.linear_2", "label_emb.0.2"
        )
        tensors[f"model.diffusion_model.{ldm_unet_name(added)}"] = tensor
    tensors |= {"conditioner.embedders.1.model.logit_scale": torch.zeros(1), "denoiser.sigmas": torch.zeros(4)}
    path = tmp_path / "xl.safetensors"
    save_file(tensors, path)
    base = shutil.copytree(xl, tmp_path / "base", ignore=shutil.ignore_patterns("*.safetensors"))
    _, replaced = folder_and_replaced(path, base, None)
    spec = install_pipeline(base, tmp_path / "models", "single", replaced=replaced)
    for component in (Component.TEXT_ENCODER, Component.TEXT_ENCODER_2, Component.UNET):
        folder = tmp_path / "models" / f"single__{component}" / "1"
        assert (folder / "weights.safetensors").samefile(path)
        original = partial(load_network, component, Checkpoint.read(xl))
        verify_component(original, component_specs(spec)[component], folder / "model.onnx").raise_first()
        filled = load_network(component, Checkpoint.read(base, xl, replaced)).state_dict()
        for name, tensor in original().state_dict().items():
            assert torch.equal(filled[name], tensor)


class TestBadInput:
    @pytest.fixture
    def copy(self, xl: Path, tmp_path: Path) -> Path:
        return shutil.copytree(xl, tmp_path / "copy")

    @pytest.mark.parametrize(
        ("values", "match"),
        [
            ({"addition_embed_type": None}, "addition_embed_type is None; in this pipeline 'text_time' is served"),
            ({"projection_class_embeddings_input_dim": 64}, r"is 64; expected 24 \+ 6 × 8"),
            ({"cross_attention_dim": 24}, "width 24, but the text encoder gives 40"),
            ({"time_cond_proj_dim": 2}, "time_cond_proj_dim is 2; expected none, or 4 and more"),
            ({"time_cond_proj_dim": "256"}, "time_cond_proj_dim is '256'; expected none"),
            ({"in_channels": 8}, "takes 8 channels where latents have 4; served are 4 and 9"),
        ],
    )
    def test_networks_that_do_not_fit_together(
        self, copy: Path, tmp_path: Path, values: dict[str, Any], match: str
    ) -> None:
        rewrite_json(copy / "unet" / "config.json", **values)
        with pytest.raises(UnsupportedArchitectureError, match=match):
            install_pipeline(copy, tmp_path / "models", "xl")

    def test_a_missing_tensor_of_a_layer_that_is_not_run_is_missed_all_the_same(
        self, copy: Path, tmp_path: Path
    ) -> None:
        from safetensors.numpy import load_file, save_file

        path = copy / "text_encoder" / "model.safetensors"
        tensors = load_file(path)
        del tensors["final_layer_norm.bias"]
        path.unlink()
        save_file(tensors, path)
        with pytest.raises(WeightsMismatchError, match=r"1 tensors missing: final_layer_norm\.bias"):
            install_pipeline(copy, tmp_path / "models", "xl")

    def test_size_conditioning_in_a_pipeline_that_has_none(self, tiny: Path, tmp_path: Path) -> None:
        folder = shutil.copytree(tiny, tmp_path / "copy")
        rewrite_json(folder / "unet" / "config.json", addition_embed_type="text_time")
        with pytest.raises(UnsupportedArchitectureError, match="'text_time'; in this pipeline None is served"):
            install_pipeline(folder, tmp_path / "models", "tiny")
