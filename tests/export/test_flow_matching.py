"""Stable Diffusion 3 and 3.5: a transformer trained by flow matching, by the same route as every UNet."""

from __future__ import annotations

import json
import shutil
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avila.__main__ import main
from diffusion.admission import make_request
from diffusion.components import Component
from diffusion.errors import InvalidFieldError
from diffusion.events import ImageDone, Pixels, StepDone
from diffusion.pipeline import Capability, PipelineSpec, component_specs
from diffusion.variants import network_specs
from export.build import run_plan
from export.checkpoint import Checkpoint
from export.errors import CheckpointError, UnsupportedArchitectureError
from export.graph_file import GraphFile
from export.plan import ExportRequest, make_plan
from export.precision import Precision
from export.repository import install_pipeline
from export.verify_pipeline import psnr
from tests.export.conftest import exported
from tests.export.test_families import verify_all
from tests.export.test_pipeline_parity import events_of
from tests.export.tiny import make_tiny_3, make_tiny_controlnet, rewrite_json


@pytest.fixture(scope="module")
def installed(sd3: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[PipelineSpec, Path]:
    repository = tmp_path_factory.mktemp("flow") / "models"
    return install_pipeline(sd3, repository, "sd3"), repository


def test_every_network_equals_pytorch_and_says_what_it_is(sd3: Path, tmp_path: Path) -> None:
    spec = verify_all(sd3, tmp_path / "models", "sd3")
    assert spec == PipelineSpec.load(tmp_path / "models" / "sd3" / "1" / "pipeline.json")
    assert (spec.family, spec.denoiser, spec.pooled_width, spec.time_ids) == ("sd3", "transformer", 40, 0)
    assert (spec.latent.channels, spec.latent.shift_factor, spec.latent.mask_channels) == (16, 0.1, 0)
    assert [text.pad for text in spec.texts.values()] == [515, 0]
    transformer = component_specs(spec)[Component.TRANSFORMER]
    assert {tensor.name: tensor.shape[1:] for tensor in transformer.inputs} == {
        "sample": (16, "height", "width"),
        "timestep": (),
        "encoder_hidden_states": ("tokens", 40),
        "text_embeds": (40,),
    }
    assert set(network_specs(spec)) == {
        "text_encoder", "text_encoder_2", "transformer", "vae_decoder", "vae_encoder",
    }  # fmt: skip
    for file in ("config.pbtxt", "configs/cpu.pbtxt", "1/model.py"):
        assert (tmp_path / "models" / "sd3__transformer" / file).is_file()
    assert not (tmp_path / "models" / "sd3__unet").exists()


@pytest.mark.slow
def test_the_build_of_stable_diffusion_3_equals_pytorch(sd3: Path, tmp_path: Path) -> None:
    """Without what 3.5 added: attention of the latents alone, and normalised queries."""
    make = partial(make_tiny_3, dual_attention_layers=(), qk_norm=None)
    spec = verify_all(exported(make, tmp_path / "pipeline", sd3), tmp_path / "models", "sd3")
    assert spec.denoiser == Component.TRANSFORMER


@pytest.mark.slow
def test_in_half_precision_it_is_exported_compared_and_installed(sd3: Path, tmp_path: Path, in_process: None) -> None:
    request = ExportRequest(sd3, "sd3", tmp_path / "models", sd3, precision=Precision.FP16)
    plan = make_plan(request)
    assert [step.title for step in plan.open_steps] == [
        "export text_encoder", "export transformer", "pictures", "install",
    ]  # fmt: skip
    run_plan(plan)
    graph = GraphFile.read(request.repository / "sd3__transformer" / "1" / "model.onnx")
    assert graph.properties["precision"] == "fp16"


def test_what_a_request_gets_and_how_large_it_may_be(installed: tuple[PipelineSpec, Path]) -> None:
    spec, _ = installed
    defaults = spec.defaults
    assert (defaults.sampler, defaults.schedule) == ("flow_euler", "default")
    assert (defaults.num_inference_steps, defaults.guidance_scale) == (28, 7.0)
    assert spec.limits.size_multiple == 2 * spec.latent.pixels  # whole patches
    assert spec.limits.max_size == 16 * 2 * spec.latent.pixels  # as far as there are positions
    assert spec.capabilities == (Capability.TEXT_TO_IMAGE, Capability.IMAGE_TO_IMAGE, Capability.INPAINTING)


def test_it_is_exported_compared_with_diffusers_and_installed_by_the_command(
    sd3: Path, tmp_path: Path, in_process: None, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = tmp_path / "models"
    words = ["export", str(sd3), "--name", "sd3", "--repository", str(repository), "--verify", "all"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "transformer: equals PyTorch" in shown
    assert "3 pictures equal diffusers' within" in shown
    assert (repository / "sd3" / "1" / "pipeline.json").is_file()
    assert make_plan(ExportRequest(sd3, "sd3", repository, sd3)).open_steps == ()


def test_the_third_text_encoder_is_said_to_be_left_out(
    sd3: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(sd3, tmp_path / "with-t5"))
    rewrite_json(folder / "model_index.json", text_encoder_3=["transformers", "T5EncoderModel"])
    words = ["export", str(folder), "--name", "sd3", "--repository", str(tmp_path / "models"), "--plan"]
    assert main(words) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "text_encoder_3" in line]
    assert "not served: its text states are zeros" in line
    assert main([*words, "--json"]) == 0
    assert [*json.loads(capsys.readouterr().out)["left_out"]] == ["text_encoder_3"]
    assert make_plan(ExportRequest(sd3, "sd3", tmp_path / "models", sd3)).left_out == {}


def asked(seed: int, prompt: str, steps: int, guidance: float) -> dict[str, Any]:
    return {
        "prompt": prompt, "negative_prompt": "green", "seed": seed, "num_inference_steps": steps,
        "guidance_scale": guidance, "width": 16, "height": 16,
    }  # fmt: skip


def theirs(folder: Path, *requests: dict[str, Any]) -> list[Pixels]:
    import diffusers
    import torch

    untyped: Any = diffusers
    pipeline = untyped.StableDiffusion3Pipeline.from_pretrained(
        folder, text_encoder_3=None, tokenizer_3=None, torch_dtype=torch.float32
    )
    pipeline.set_progress_bar_config(disable=True)
    found = []
    for fields in requests:
        given = {name: value for name, value in fields.items() if name != "seed"}
        made = pipeline(**given, generator=torch.Generator().manual_seed(fields["seed"])).images[0]
        found.append(np.asarray(made))
    return found


def test_requests_at_other_steps_share_its_batches_and_each_is_diffusers_own(
    sd3: Path, installed: tuple[PipelineSpec, Path]
) -> None:
    requests = [asked(11, "red", 8, 4.0), asked(12, "a red thing", 6, 1.0), asked(13, "", 5, 7.0)]
    events = events_of(installed, *requests, apart=3)
    steps = [(event.request_id, event.step, event.rows) for event in events if isinstance(event, StepDone)]
    assert max(rows for *_, rows in steps) == 5, "two rows of guided requests, one of the other"
    done = {event.request_id: event.pixels for event in events if isinstance(event, ImageDone)}
    for number, picture in enumerate(theirs(sd3, *requests)):
        assert psnr(done[str(number)], picture) >= 50.0, requests[number]


def test_a_prompt_of_several_chunks_reaches_the_transformer(installed: tuple[PipelineSpec, Path]) -> None:
    """diffusers cuts it; here each chunk has its states, and zeros stand behind all of them."""
    long = asked(11, "red " * 100, 4, 4.0)
    pictures = [
        event.pixels for event in events_of(installed, long, asked(11, "red", 4, 4.0)) if isinstance(event, ImageDone)
    ]
    assert not np.array_equal(*pictures)


@pytest.mark.parametrize(
    ("fields", "field", "allowed"),
    [
        ({"loras": [{"name": "a"}]}, "loras", "installed without LoRAs"),
        ({"controls": [{"model": "canny", "image": np.zeros((16, 16, 3), np.uint8)}]}, "controls", "sd3"),
        ({"cache_interval": 2}, "cache_interval", "installed without it"),
        ({"clip_skip": 1}, "clip_skip", "installed without it"),
        ({"sampler": "euler_a"}, "sampler", "flow_euler"),
        ({"eta": 0.5}, "eta", "flow_euler adds no noise"),
        ({"width": 18}, "width", "4"),
        ({"width": 128}, "width", "64"),
    ],
)
def test_what_it_cannot_do_is_refused_with_what_it_can(
    installed: tuple[PipelineSpec, Path], fields: dict[str, Any], field: str, allowed: str
) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        make_request(installed[0], request_id="a", prompt="red", **fields)
    assert caught.value.field.startswith(field)
    assert allowed in str(caught.value)


class TestBadInput:
    @pytest.fixture
    def copy(self, sd3: Path, tmp_path: Path) -> Path:
        return Path(shutil.copytree(sd3, tmp_path / "copy"))

    @pytest.mark.parametrize(
        ("values", "match"),
        [
            ({"in_channels": 33}, "in_channels is 33, out_channels is 16; served is 16"),
            ({"patch_size": 3}, "patch_size is 3; served are powers of two"),
            ({"joint_attention_dim": 32}, "joint_attention_dim is 32, but the text encoders give 40"),
            ({"pooled_projection_dim": 24}, "pooled_projection_dim is 24, but the text encoders give 40"),
            ({"_class_name": "FluxTransformer2DModel"}, "a FluxTransformer2DModel; served is SD3Transformer2DModel"),
        ],
    )
    def test_networks_that_do_not_fit_together(self, copy: Path, values: dict[str, Any], match: str) -> None:
        rewrite_json(copy / "transformer" / "config.json", **values)
        with pytest.raises(UnsupportedArchitectureError, match=match):
            Checkpoint.read(copy)

    def test_controlnets(self, sd3: Path, tmp_path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            folder = make_tiny_controlnet(tmp_path / "canny", 1)
        with pytest.raises(UnsupportedArchitectureError, match="ControlNets of sd3 are not served"):
            Checkpoint.read(sd3, controlnets={"canny": folder})

    def test_a_single_file(self, sd3: Path, tmp_path: Path) -> None:
        with pytest.raises(CheckpointError, match="a single file as the text_encoder of sd3 is not served"):
            Checkpoint.read(sd3, replaced={"text_encoder": tmp_path / "x.safetensors"})

    def test_a_precision_with_scales(self, sd3: Path, tmp_path: Path) -> None:
        request = ExportRequest(sd3, "sd3", tmp_path / "models", sd3, precision=Precision.INT8)
        with pytest.raises(UnsupportedArchitectureError, match="int8 is for UNets; a transformer is served in fp32"):
            make_plan(request)
        with pytest.raises(UnsupportedArchitectureError, match="int8 is for UNets"):
            install_pipeline(sd3, tmp_path / "models", "sd3", precision=Precision.INT8)

    @pytest.mark.parametrize(
        ("limits", "match"),
        [
            ({"reuse_joints": 2}, "reuse_joints is 2; expected 0: it is for UNets only"),
            ({"max_size": 128}, "max_size is 128; expected at most 64, which the transformer has positions for"),
        ],
    )
    def test_limits_that_it_cannot_keep(self, copy: Path, tmp_path: Path, limits: dict[str, int], match: str) -> None:
        (copy / "serving.json").write_text(json.dumps({"limits": limits}))
        with pytest.raises(CheckpointError, match=match):
            install_pipeline(copy, tmp_path / "models", "sd3")

    def test_a_shift_that_depends_on_the_size(self, copy: Path) -> None:
        rewrite_json(copy / "scheduler" / "scheduler_config.json", use_dynamic_shifting=True)
        with pytest.raises(CheckpointError, match="use_dynamic_shifting is True; served is one shift for all sizes"):
            Checkpoint.read(copy)
