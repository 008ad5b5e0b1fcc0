"""Bad input through the command: one sentence, exit status 1, and the version installed before untouched."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest

from avila.__main__ import main
from export.repository import install_pipeline, read_manifest
from tests.export.test_repository import edit_weights, snapshot
from tests.export.test_tensorrt import has_gpu, needs_rtx
from tests.export.tiny import rewrite_json

ROOT = Path(__file__).parents[2]
UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    """The tiny pipeline in a folder of its own, to be damaged."""
    return shutil.copytree(tiny, tmp_path / "checkpoint")


@pytest.fixture
def repository(tiny: Path, tmp_path: Path) -> Path:
    """With the undamaged pipeline installed."""
    install_pipeline(tiny, tmp_path / "models", "tiny")
    return tmp_path / "models"


def other_kind(folder: Path) -> None:
    rewrite_json(folder / "model_index.json", _class_name="FluxPipeline")


def missing(folder: Path) -> None:
    edit_weights(folder, lambda tensors: tensors.pop("conv_in.weight"))


def surplus(folder: Path) -> None:
    edit_weights(folder, lambda tensors: tensors.update(extra=tensors["conv_in.bias"].copy()))


def misshapen(folder: Path) -> None:
    edit_weights(folder, lambda tensors: tensors.update({"conv_out.bias": tensors["conv_out.bias"][:-1].copy()}))


def pickled(folder: Path) -> None:
    (folder / UNET).rename((folder / UNET).with_suffix(".bin"))


def truncated(folder: Path) -> None:
    content = (folder / UNET).read_bytes()
    (folder / UNET).unlink()
    (folder / UNET).write_bytes(content[:-100])


def oversized_header(folder: Path) -> None:
    rewrite(folder, lambda header, data: struct.pack("<Q", 10**7) + header + data)


def no_header(folder: Path) -> None:
    rewrite(folder, lambda header, data: struct.pack("<Q", len(header)) + b"{" * len(header) + data)


def other_type(folder: Path) -> None:
    """Its bytes are those of half precision."""
    rewrite(folder, lambda header, data: struct.pack("<Q", len(header)) + header.replace(b'"F16"', b'"F32"', 1) + data)


def integers(folder: Path) -> None:
    edit_weights(folder, lambda tensors: tensors.update({"conv_out.bias": tensors["conv_out.bias"].astype("int16")}))


def rewrite(folder: Path, change: Callable[[bytes, bytes], bytes]) -> None:
    content = (folder / UNET).read_bytes()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    (folder / UNET).unlink()
    (folder / UNET).write_bytes(change(content[8:end], content[end:]))


def opset(folder: Path) -> None:
    model = onnx.load(folder / "graphs" / "unet.onnx", load_external_data=False)
    model.opset_import[0].version = 23
    onnx.save(model, folder / "graphs" / "unet.onnx")


def unknown_graph(folder: Path) -> None:
    (folder / "graphs" / "unet.onnx").unlink()


CASES = [
    (other_kind, "UnsupportedArchitectureError", "FluxPipeline"),
    (missing, "WeightsMismatchError", "1 tensors missing: conv_in.weight"),
    (surplus, "WeightsMismatchError", "1 surplus tensors: extra"),
    (misshapen, "WeightsMismatchError", "conv_out.bias (shape [3], expected [4])"),
    (pickled, "PickledCheckpointError", "pickled weights are refused"),
    (truncated, "DamagedFileError", "incomplete copy"),
    (oversized_header, "DamagedFileError", "not a safetensors file, or truncated in its header"),
    (no_header, "DamagedFileError", "its header is not JSON"),
    (other_type, "DamagedFileError", "bytes stored for a F32 of shape"),
    (integers, "WeightsMismatchError", "conv_out.bias (type I16, expected F32, F16, BF16)"),
    (opset, "UnsupportedOpsetError", "ai.onnx 23; allowed is ai.onnx 20 to 21"),
]


@pytest.mark.parametrize(("damage", "error", "message"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_bad_checkpoint(
    copy: Path,
    repository: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], Any],
    error: str,
    message: str,
) -> None:
    damage(copy)
    before = snapshot(repository)
    words = ["export", str(copy), "--name", "tiny", "--repository", str(repository)]
    assert main(words) == 1
    shown = capsys.readouterr().err
    assert message in shown
    assert len(shown.splitlines()) == 1
    assert main([*words, "--json"]) == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["event"], last["error"]) == ("failed", error)
    words[words.index("tiny")] = "fresh"
    assert main(words) == 1
    assert snapshot(repository) == before, "the version before is there, and nothing of a new one"


def test_too_little_memory(copy: Path, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unknown_graph(copy)
    before = snapshot(repository)
    words = ["export", str(copy), "--name", "tiny", "--repository", str(repository), "--memory-limit", "0.1"]
    assert main(words) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert "export unet: about " in said
    assert main([*words, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "NotEnoughMemoryError"
    assert snapshot(repository) == before


def test_too_little_disk(
    copy: Path, repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(copy)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    edit_weights(copy, lambda tensors: tensors["conv_in.bias"].__iadd__(1))
    before = snapshot(repository)
    words = ["export", str(copy), "--name", "tiny", "--repository", str(repository)]
    assert main(words) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert "needed on its disk" in said
    assert main([*words, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "NotEnoughSpaceError"
    assert snapshot(repository) == before


def test_what_the_disk_refuses_is_one_sentence(
    copy: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "unet" / "config.json").unlink()
    (copy / "unet" / "config.json").mkdir()
    before = snapshot(repository)
    assert main(["export", str(copy), "--name", "tiny", "--repository", str(repository)]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert "unet/config.json" in said
    assert snapshot(repository) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--strip"], "--strip is for plans: give --target tensorrt or tensorrt-rtx, not cpu"),
        (["--profile", "512", "--target", "cuda"], "--profile is for plans"),
        (["--hardware", "ampere_plus"], "--hardware is for plans"),
        (["--target", "tensorrt", "--no-install"], "--no-install: plans are built from the installed pipeline"),
        (["--target", "tensorrt", "--capability", "8.9"], "--capability is for --target tensorrt-rtx"),
        (["--target", "tensorrt-rtx", "--version-compatible"], "--version-compatible is for --target tensorrt:"),
        (["--target", "tensorrt-rtx", "--hardware", "ampere_plus"], "--hardware is for --target tensorrt:"),
    ],
)
def test_plan_options_without_effect_are_refused_before_any_work(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["export", str(tiny), "--name", "tiny", "--repository", str(tmp_path / "models"), *words]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "models").exists()


def test_a_profile_that_is_no_size_of_the_pipeline_is_refused_before_anything_is_built(
    copy: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit_weights(copy, lambda tensors: tensors["conv_in.bias"].__iadd__(1))
    before = snapshot(repository.parent)
    words = ["--target", "tensorrt-rtx", "--capability", "8.9", "--profile", "16", "--profile", "4096"]
    assert main(["export", str(copy), "--name", "tiny", "--repository", str(repository), *words]) == 1
    assert "a profile up to 4096 pixels: the pipeline's sides are 16 to 64 in multiples of 2" in capsys.readouterr().err
    assert snapshot(repository.parent) == before


def test_an_unsupported_operator_is_named_with_its_layer(
    copy: Path,
    repository: Path,
    in_process: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A network's activation as a custom one might be written."""
    import torch

    def strange(_: Any, x: torch.Tensor) -> torch.Tensor:
        return x + torch.linalg.eigvals(x @ x.mT).real.sum()

    monkeypatch.setattr(torch.nn.SiLU, "forward", strange)
    (copy / "graphs" / "vae_encoder.onnx").unlink()
    before = snapshot(repository)
    assert main(["export", str(copy), "--name", "tiny", "--repository", str(repository)]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("avila export: vae_encoder: no ONNX form for aten.linalg_eig")
    assert said.endswith("used in layer encoder.down_blocks.0.resnets.0.nonlinearity")
    assert snapshot(repository) == before


@needs_rtx
@pytest.mark.skipif(has_gpu(), reason="with a GPU, plans are built for it")
def test_plans_for_no_named_gpu_are_refused_before_any_work(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--repository", str(tmp_path / "models"), "--target", "tensorrt-rtx"]
    assert main(["export", str(tiny), "--name", "tiny", *words]) == 1
    assert "no GPU here to build for" in capsys.readouterr().err
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--precision", "int4"], "--precision: invalid choice: 'int4' (choose from"),
        (["--profile", "0"], "'0'; expected a side in pixels"),
        (["--profile", "513"], "'513'; expected a side in pixels"),
        (["--capability", "ada"], "'ada'; expected a compute capability, such as 8.9"),
    ],
)
def test_a_wrong_value_names_its_option(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["export", "x", "--name", "x", *words])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_two_commands_at_once_leave_one_whole_version(tiny: Path, second: Path, tmp_path: Path) -> None:
    repository = tmp_path / "models"
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "avila", "export", str(checkpoint), "--assets", str(tiny), "--name", "tiny",
             "--repository", str(repository)],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True,
        )
        for checkpoint in (tiny, second)
    ]  # fmt: skip
    for process in processes:
        _, complaints = process.communicate(timeout=300)
        assert process.returncode == 0, complaints
    manifest = read_manifest(repository, "tiny")
    assert manifest is not None
    assert manifest.is_intact(repository)
    installed = (repository / "tiny__unet" / "1" / "weights.safetensors").stat().st_ino
    text = (repository / "tiny__text_encoder" / "1" / "weights.safetensors").stat().st_ino
    owners = [(one / UNET).stat().st_ino for one in (tiny, second)]
    texts = [(one / "text_encoder" / "model.safetensors").stat().st_ino for one in (tiny, second)]
    assert owners.index(installed) == texts.index(text), "both networks are of one checkpoint"
