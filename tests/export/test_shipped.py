"""The pipeline that ships, through the program that people type."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import onnx
import pytest

from avila.__main__ import main
from avila.shipped import SHIPPED
from diffusion.components import Component
from diffusion.pipeline import component_specs
from export import build, step
from export.checkpoint import Checkpoint
from export.families import SD1
from export.onnx_export import export_architecture
from export.step import described

ROOT = Path(__file__).parents[2]
UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch, one_thread: None) -> None:
    """Steps run in this process, which has torch loaded already; `test_build` has them in their own."""

    def run(job: dict[str, Any], title: str, memory_bytes: int | None) -> dict[str, Any]:
        return {"result": step.STEPS[job["step"]](job), "peak_bytes": 0}

    monkeypatch.setattr(build, "run_job", run)


def test_it_exports_and_every_component_and_picture_is_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], in_process: None
) -> None:
    repository = tmp_path / "models"
    words = ["export", str(SHIPPED), "--name", "demo", "--repository", str(repository), "--verify", "all", "--json"]
    assert main(words) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    done = {line["step"]: line["result"] for line in lines if line["event"] == "step_done"}
    assert [*done] == [*(f"verify {component}" for component in SD1.components), "pictures", "install"]
    for component in SD1.components:
        assert done[f"verify {component}"]["passed"]
    assert max(picture["max_difference"] for picture in done["pictures"]["pictures"]) <= 2
    assert Path(lines[-1]["report"]).is_file()
    assert (repository / "demo" / "1" / "pipeline.json").is_file()


@pytest.mark.parametrize(
    "component",
    [pytest.param(item, marks=[] if item is Component.TEXT_ENCODER else [pytest.mark.slow]) for item in SD1.components],
)
def test_its_graphs_are_what_the_exporter_makes(component: Component, tmp_path: Path, one_thread: None) -> None:
    checkpoint = Checkpoint.read(SHIPPED)
    spec = component_specs(described(checkpoint))[component]
    export_architecture(checkpoint, spec, tmp_path / "graph.onnx")
    assert content(tmp_path / "graph.onnx") == content(SHIPPED / "graphs" / f"{component}.onnx")


def content(path: Path) -> bytes:
    """The graph without fields that say their default: the exporter's libraries do not always write them."""
    model = onnx.load(path, load_external_data=False)
    for tensor in model.graph.initializer:
        if tensor.data_location == onnx.TensorProto.DEFAULT:
            tensor.ClearField("data_location")
    return bytes(model.SerializeToString(deterministic=True))


def test_a_fine_tune_of_it_is_installed_by_the_command_without_torch(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tuned = shutil.copytree(SHIPPED, tmp_path / "tuned", ignore=shutil.ignore_patterns("graphs", "samples", "unet"))
    (tuned / "unet").mkdir()
    shutil.copy(SHIPPED / "unet" / "config.json", tuned / "unet")
    save_file({name: tensor * 1.01 for name, tensor in load_file(SHIPPED / UNET).items()}, tuned / UNET)
    script = """
        import sys
        from avila.__main__ import main
        class Blocked:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in "torch onnx onnxscript safetensors diffusers transformers".split():
                    raise ImportError(f"{name} must not be imported")
        sys.meta_path.insert(0, Blocked())
        sys.exit(main(sys.argv[1:]))
    """
    words = [
        "export",
        str(tuned),
        "--name",
        "tuned",
        "--assets",
        str(SHIPPED),
        "--repository",
        str(tmp_path / "models"),
    ]
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "tuned: installed" in result.stdout
    assert (tmp_path / "models" / "tuned__unet" / "1" / "weights.safetensors").samefile(tuned / UNET)
