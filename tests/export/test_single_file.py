from __future__ import annotations

import argparse
import re
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from avila.commands import export as command
from diffusion.components import Component
from diffusion.pipeline import component_specs
from export.checkpoint import Checkpoint
from export.errors import UnsupportedArchitectureError, WeightsMismatchError
from export.families import SD1
from export.networks import load_network, replaced_networks
from export.repository import install_pipeline
from export.safetensors_header import StoredTensor, read_header
from export.single_file import _unet_name, _vae_name, network_tensors, unknown_tensors
from export.verify import verify_component


def state_dict(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(next(folder.glob("*.safetensors")))


def to_ldm(tiny: Path) -> dict[str, Any]:
    """The tiny pipeline under the original code's names, written down independently of the code under test."""
    tensors: dict[str, Any] = {}
    for name, tensor in state_dict(tiny / "unet").items():
        tensors["model.diffusion_model." + ldm_unet_name(name)] = tensor
    for name, tensor in state_dict(tiny / "vae").items():
        tensors["first_stage_model." + ldm_vae_name(name)] = tensor
    for name, tensor in state_dict(tiny / "text_encoder").items():
        tensors["cond_stage_model.transformer.text_model." + name] = tensor
    return tensors


def ldm_unet_name(name: str) -> str:
    """layers_per_block is 1: a down block is [resnet+attention, downsample], an up block [2 × resnet+attention]."""
    for new, old in (
        ("time_embedding.linear_1", "time_embed.0"), ("time_embedding.linear_2", "time_embed.2"),
        ("conv_in", "input_blocks.0.0"), ("conv_norm_out", "out.0"), ("conv_out", "out.2"),
    ):  # fmt: skip
        name = re.sub(rf"^{new}\.", old + ".", name)
    name = re.sub(r"^down_blocks\.(\d)\.resnets\.0", lambda m: f"input_blocks.{2 * int(m[1]) + 1}.0", name)
    name = re.sub(r"^down_blocks\.(\d)\.attentions\.0", lambda m: f"input_blocks.{2 * int(m[1]) + 1}.1", name)
    name = re.sub(
        r"^down_blocks\.(\d)\.downsamplers\.0\.conv", lambda m: f"input_blocks.{2 * int(m[1]) + 2}.0.op", name
    )
    name = re.sub(r"^up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"output_blocks.{2 * int(m[1]) + int(m[2])}.0", name)
    name = re.sub(r"^up_blocks\.(\d)\.attentions\.(\d)", lambda m: f"output_blocks.{2 * int(m[1]) + int(m[2])}.1", name)
    name = re.sub(r"^up_blocks\.0\.upsamplers\.0", "output_blocks.1.2", name)
    if name.startswith(("input_blocks", "output_blocks")) and not re.match(r"\w+\.\d+\.1\.", name):
        for new, old in (
            ("norm1", "in_layers.0"), ("conv1", "in_layers.2"), ("time_emb_proj", "emb_layers.1"),
            ("norm2", "out_layers.0"), ("conv2", "out_layers.3"), ("conv_shortcut", "skip_connection"),
        ):  # fmt: skip
            name = name.replace(f".{new}.", f".{old}.")
    return name


def ldm_vae_name(name: str) -> str:
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = name.replace("mid_block.resnets.0", "mid.block_1").replace("mid_block.resnets.1", "mid.block_2")
    name = re.sub(r"down_blocks\.(\d)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets", lambda m: f"up.{1 - int(m[1])}.block", name)
    return re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{1 - int(m[1])}.upsample", name)


@pytest.fixture(scope="module")
def ldm(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny pipeline as a single file, with leftovers of training."""
    import torch
    from safetensors.torch import save_file

    path = tmp_path_factory.mktemp("ldm") / "tiny.safetensors"
    tensors = {name: tensor.contiguous() for name, tensor in to_ldm(tiny).items()}
    tensors |= {"betas": torch.zeros(4), "model_ema.decay": torch.zeros(1)}
    save_file(tensors, path)
    return path


@pytest.mark.parametrize("network", ["unet", "vae", "text_encoder"])
def test_every_tensor_is_found_with_its_own_bytes(tiny: Path, ldm: Path, network: str) -> None:
    config = Checkpoint.read(tiny).configs[network]
    found = network_tensors(network, ldm, read_header(ldm), config)
    originals = state_dict(tiny / network)
    assert found.keys() == originals.keys()
    content = ldm.read_bytes()
    for name, stored in found.items():
        assert stored.shape == tuple(originals[name].shape)
        assert content[stored.offset : stored.offset + stored.length] == originals[name].numpy().tobytes()


class TestAgainstDiffusersConverters:
    """Networks of the real sizes' shape: attention in every place, two layers per block, OpenCLIP."""

    def names(self, network: Any, to_single: Any) -> dict[str, Any]:
        return {to_single(name): tensor for name, tensor in network.state_dict().items()}

    def test_unet(self) -> None:
        import diffusers
        import torch
        from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

        untyped: Any = diffusers
        with torch.device("meta"):
            network = untyped.UNet2DConditionModel(block_out_channels=(32, 64, 64, 64), attention_head_dim=8)
        wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
        names = inverted(lambda name: _unet_name(name, 2), unet_candidates())
        ldm = {f"model.diffusion_model.{names[name]}": torch.empty(1) for name in wanted}
        convert: Any = convert_ldm_unet_checkpoint
        theirs = convert(ldm, {"layers_per_block": 2})
        assert set(theirs) == set(wanted), "our names, converted by diffusers, are the network's"
        assert {_unet_name(name.removeprefix("model.diffusion_model."), 2) for name in ldm} == set(wanted)

    def test_vae(self) -> None:
        import diffusers
        import torch
        from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

        untyped: Any = diffusers
        blocks = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
        with torch.device("meta"):
            vae = untyped.AutoencoderKL(block_out_channels=(32, 32, 64, 64), layers_per_block=2, **blocks)
        wanted = set(vae.state_dict())
        names = inverted(lambda name: _vae_name(name, 3), vae_candidates())
        ldm = {f"first_stage_model.{names[name]}": torch.empty(1, 1, 1, 1) for name in wanted}
        convert: Any = convert_ldm_vae_checkpoint
        assert set(convert(ldm, {"down_block_types": [0] * 4, "up_block_types": [0] * 4})) == wanted

    def test_open_clip(self) -> None:
        import torch
        from diffusers.loaders.single_file_utils import convert_open_clip_checkpoint

        width, layers = 8, 3
        shapes: dict[str, tuple[int, ...]] = {
            "positional_embedding": (77, width),
            "token_embedding.weight": (20, width),
            "ln_final.weight": (width,),
            "ln_final.bias": (width,),
            "text_projection": (width, width),
        }
        for layer in range(layers):
            prefix = f"transformer.resblocks.{layer}."
            for part, shape in {
                "ln_1": (width,), "ln_2": (width,), "mlp.c_fc": (16, width), "mlp.c_proj": (width, 16),
                "attn.out_proj": (width, width),
            }.items():  # fmt: skip
                shapes |= {f"{prefix}{part}.weight": shape, f"{prefix}{part}.bias": shape[:1]}
            shapes |= {f"{prefix}attn.in_proj_weight": (3 * width, width), f"{prefix}attn.in_proj_bias": (3 * width,)}
        ldm, stored, offset = {}, {}, 0
        for name, shape in shapes.items():
            ldm[f"cond_stage_model.model.{name}"] = tensor = torch.randn(shape)
            stored[f"cond_stage_model.model.{name}"] = StoredTensor("F32", shape, offset, 4 * tensor.numel())
            offset += 4 * tensor.numel()
        content = b"".join(tensor.numpy().tobytes() for tensor in ldm.values())
        convert: Any = convert_open_clip_checkpoint
        theirs = convert(None, ldm)
        theirs.pop("text_projection.weight", None)
        ours = network_tensors("text_encoder", Path("x"), stored, {"num_hidden_layers": layers})
        assert {name.removeprefix("text_model.") for name in theirs} == set(ours)
        for name, tensor in theirs.items():
            mine = ours[name.removeprefix("text_model.")]
            assert mine.shape == tuple(tensor.shape)
            assert content[mine.offset : mine.offset + mine.length] == tensor.contiguous().numpy().tobytes()

    def test_the_last_open_clip_layer_is_left_out_where_the_config_says_so(self) -> None:
        tensor = StoredTensor("F32", (1,), 0, 4)
        stored = {f"cond_stage_model.model.transformer.resblocks.{n}.ln_1.weight": tensor for n in (0, 1)}
        found = network_tensors("text_encoder", Path("x"), stored, {"num_hidden_layers": 1})
        assert list(found) == ["encoder.layers.0.layer_norm1.weight"]


def inverted(rename: Any, candidates: list[str]) -> dict[str, str]:
    return {rename(name): name for name in candidates}


def unet_candidates() -> list[str]:
    resnet = ("in_layers.0", "in_layers.2", "emb_layers.1", "out_layers.0", "out_layers.3", "skip_connection")
    block = "transformer_blocks.0."
    attention = ["norm", "proj_in", "proj_out", block + "norm1", block + "norm2", block + "norm3"]
    attention += [f"{block}ff.net.0.proj", f"{block}ff.net.2"]
    attention += [f"{block}attn{n}.{part}" for n in (1, 2) for part in ("to_q", "to_k", "to_v", "to_out.0")]
    places = [f"{side}_blocks.{n}" for side in ("input", "output") for n in range(12)] + ["middle_block"]
    names = ["time_embed.0", "time_embed.2", "out.0", "out.2", "input_blocks.0.0"]
    names += [f"input_blocks.{n}.0.op" for n in (3, 6, 9)]
    # an upsampler stands third where its block has attention, second in the first block up, which has none
    names += ["output_blocks.2.1.conv", "output_blocks.5.2.conv", "output_blocks.8.2.conv"]
    names += [f"{place}.{k}.{part}" for place in places for k in (0, 2) for part in resnet]
    names += [f"{place}.1.{part}" for place in places for part in attention]
    return [f"{name}.{kind}" for name in names for kind in ("weight", "bias")]


def vae_candidates() -> list[str]:
    names = ["quant_conv", "post_quant_conv"]
    for half, way in (("encoder", "down"), ("decoder", "up")):
        inner = [
            "conv_in",
            "conv_out",
            "norm_out",
            *(f"mid.attn_1.{part}" for part in ("norm", "q", "k", "v", "proj_out")),
        ]
        parts = ("norm1", "conv1", "norm2", "conv2", "nin_shortcut")
        inner += [f"mid.block_{n}.{part}" for n in (1, 2) for part in parts]
        inner += [f"{way}.{n}.block.{k}.{part}" for n in range(4) for k in range(3) for part in parts]
        inner += [f"{way}.{n}.{way}sample.conv" for n in range(4)]
        names += [f"{half}.{name}" for name in inner]
    return [f"{name}.{kind}" for name in names for kind in ("weight", "bias")]


def test_what_belongs_to_no_network_is_named() -> None:
    tensor = StoredTensor("F32", (1,), 0, 4)
    stored = dict.fromkeys(["betas", "model_ema.decay", "model.diffusion_model.out.0.bias", "control_model.x"], tensor)
    assert unknown_tensors(stored) == {"control_model.x"}


def test_a_file_without_the_network_is_refused(tiny: Path) -> None:
    path = tiny / "vae" / "diffusion_pytorch_model.safetensors"
    with pytest.raises(UnsupportedArchitectureError, match="holds no unet"):
        network_tensors("unet", path, read_header(path), {})


def test_a_vae_alone_is_found_under_both_kinds_of_names(tiny: Path, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    config = Checkpoint.read(tiny).config(Component.VAE_DECODER)
    tensors = state_dict(tiny / "vae")
    save_file({ldm_vae_name(name): tensor for name, tensor in tensors.items()}, tmp_path / "vae.safetensors")
    for path in (tmp_path / "vae.safetensors", tiny / "vae" / "diffusion_pytorch_model.safetensors"):
        assert network_tensors("vae", path, read_header(path), config).keys() == tensors.keys()


class TestInstallation:
    @pytest.fixture
    def base(self, tiny: Path, tmp_path: Path) -> Path:
        """Configs and tokenizer alone."""
        return shutil.copytree(tiny, tmp_path / "base", ignore=shutil.ignore_patterns("*.safetensors"))

    def test_every_component_equals_the_original(self, base: Path, tiny: Path, ldm: Path, tmp_path: Path) -> None:
        replaced = dict.fromkeys(("unet", "vae", "text_encoder"), ldm)
        pipeline = install_pipeline(base, tmp_path / "models", "single", replaced=replaced)
        for component, spec in component_specs(pipeline).items():
            folder = tmp_path / "models" / f"single__{component}" / "1"
            assert (folder / "weights.safetensors").samefile(ldm)
            original = partial(load_network, component, Checkpoint.read(tiny))
            verify_component(original, spec, folder / "model.onnx").raise_first()

    def test_pytorch_loads_the_same_networks_from_it(self, base: Path, tiny: Path, ldm: Path) -> None:
        import torch

        single = Checkpoint.read(base, tiny, dict.fromkeys(("unet", "vae", "text_encoder"), ldm))
        assert set(replaced_networks(single)) == {"unet", "vae", "text_encoder"}
        for component in SD1.components:
            found = load_network(component, single).state_dict()
            for name, tensor in load_network(component, Checkpoint.read(tiny)).state_dict().items():
                assert torch.equal(found[name], tensor)

    def test_another_vae_replaces_only_the_vae(self, tiny: Path, second: Path, tmp_path: Path) -> None:
        vae = second / "vae" / "diffusion_pytorch_model.safetensors"
        pipeline = install_pipeline(tiny, tmp_path / "models", "tiny", replaced={"vae": vae})
        spec = component_specs(pipeline)[Component.VAE_DECODER]
        model = tmp_path / "models" / "tiny__vae_decoder" / "1" / "model.onnx"
        other = partial(load_network, Component.VAE_DECODER, Checkpoint.read(second))
        verify_component(other, spec, model).raise_first()
        unet = tmp_path / "models" / "tiny__unet" / "1" / "weights.safetensors"
        assert unet.samefile(tiny / "unet" / "diffusion_pytorch_model.safetensors")

    def test_surplus_tensors_are_named(self, base: Path, tiny: Path, tmp_path: Path) -> None:
        import torch
        from safetensors.torch import save_file

        path = tmp_path / "surplus.safetensors"
        save_file(to_ldm(tiny) | {"control_model.x": torch.zeros(1)}, path)
        replaced = dict.fromkeys(("unet", "vae", "text_encoder"), path)
        with pytest.raises(WeightsMismatchError, match=r"1 surplus tensors: control_model\.x"):
            install_pipeline(base, tmp_path / "models", "single", replaced=replaced)

    def test_the_command_takes_a_file_and_a_base(
        self, base: Path, ldm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        parser = argparse.ArgumentParser()
        command.add_parser(parser.add_subparsers())
        words = ["export", str(ldm), "--name", "single", "--repository", str(tmp_path / "models")]
        args = parser.parse_args(words)
        assert args.run(args) == 1
        assert "--base" in capsys.readouterr().err
        args = parser.parse_args([*words, "--base", str(base)])
        assert args.run(args) == 0
        assert (tmp_path / "models" / "single" / "config.pbtxt").is_file()
