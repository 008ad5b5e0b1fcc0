from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from diffusion.pipeline import component_specs
from export import build, step
from export.build import Progress, _death, run_job, run_plan
from export.checkpoint import Checkpoint
from export.errors import StepFailedError, UnsupportedArchitectureError, ValuesDifferError, WeightsMismatchError
from export.onnx_export import export_architecture
from export.plan import ExportRequest, Verification, make_plan
from export.transaction import state_folder
from tests.export.conftest import spec_of
from tests.export.tiny import rewrite_json


@pytest.fixture
def assets(tiny: Path, tmp_path: Path) -> Path:
    """The tiny pipeline's graphs, in a folder of their own."""
    shutil.copytree(tiny / "graphs", tmp_path / "assets" / "graphs")
    return tmp_path / "assets"


def test_one_missing_graph_is_exported_verified_pictured_and_installed(
    tiny: Path, assets: Path, tmp_path: Path
) -> None:
    (assets / "graphs" / "vae_encoder.onnx").unlink()
    request = ExportRequest(tiny, "tiny", tmp_path / "models", assets)
    plan, seen = make_plan(request), list[Progress]()
    assert [item.title for item in plan.open_steps] == ["export vae_encoder", "pictures", "install"]
    run_plan(plan, seen.append)
    assert [(item.step.title, item.state) for item in seen] == [
        (title, state) for title in ("export vae_encoder", "pictures", "install") for state in ("started", "done")
    ]
    assert seen[0].left_s == pytest.approx(sum(item.seconds for item in plan.open_steps))
    assert seen[-1].left_s == 0
    report = json.loads(plan.pictures.read_text())
    assert report["passed"]
    assert max(picture["max_difference"] for picture in report["pictures"]) <= 2
    assert plan.pictures.with_suffix(".html").read_text().count("data:image/png") == 9
    assert (request.repository / "tiny" / "1" / "pipeline.json").is_file()
    assert make_plan(request).open_steps == ()
    assert list((state_folder(request.repository) / "work").iterdir()) == []


def disturb(graph: Path) -> None:
    """Add a thousandth to the output."""
    model = onnx.load(graph, load_external_data=False)
    output = model.graph.output[0].name
    for node in model.graph.node:
        for index, name in enumerate(node.output):
            if name == output:
                node.output[index] = "before"
    model.graph.initializer.append(numpy_helper.from_array(np.array(1e-3, np.float32), "little"))
    model.graph.node.append(helper.make_node("Add", ["before", "little"], [output]))
    onnx.save(model, graph)


def test_a_failed_verification_installs_nothing(tiny: Path, assets: Path, tmp_path: Path, in_process: None) -> None:
    disturb(assets / "graphs" / "vae_decoder.onnx")
    request = ExportRequest(tiny, "tiny", tmp_path / "models", assets, verification=Verification.ALL)
    with pytest.raises(ValuesDifferError, match=r"differs by 1\.00e-03, 3e-04 allowed"):
        run_plan(make_plan(request))
    assert list(request.repository.iterdir()) == []


def test_other_pictures_install_nothing_and_keep_the_page(
    tiny: Path, second: Path, assets: Path, tmp_path: Path, in_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """diffusers runs another checkpoint than was exported."""
    request = ExportRequest(tiny, "tiny", tmp_path / "models", assets, verification=Verification.ALL)
    plan = make_plan(request)
    pictures = step.STEPS["pictures"]
    monkeypatch.setitem(step.STEPS, "pictures", lambda job: pictures(job | {"checkpoint": str(second)}))
    monkeypatch.setattr(build, "_run_component", lambda *_: None)
    with pytest.raises(ValuesDifferError, match=r"differs from diffusers by \d+ of 255"):
        run_plan(plan)
    assert list(request.repository.iterdir()) == []
    assert plan.pictures.with_suffix(".html").is_file()
    again = make_plan(replace(request, verification=Verification.NEW))
    assert [item.title for item in again.open_steps] == ["pictures", "install"], "the graphs are known, and not right"


def test_a_step_out_of_memory_says_so(tiny: Path, tmp_path: Path) -> None:
    job = {
        "step": "trace",
        "trace": False,
        "checkpoint": str(tiny),
        "assets": str(tiny),
        "replaced": {},
        "component": "unet",
        "precision": "fp32",
        "graph": str(tiny / "graphs" / "unet.onnx"),
        "work": str(tmp_path),
    }
    with pytest.raises(StepFailedError, match=r"verify unet: stopped: it needed more than the limit of 0\.1 GB"):
        run_job(job, "verify unet", 150_000_000)


@pytest.mark.parametrize(
    "last_word",
    [
        "MemoryError",
        "terminate called after throwing an instance of 'std::bad_alloc'",
        "cannot allocate memory for thread-local data: ABORT",
        "ImportError: libtorch.so: failed to map segment from shared object: Cannot allocate memory",
    ],
)
def test_whoever_says_it_a_lack_of_memory_is_understood(last_word: str) -> None:
    error = _death("verify unet", 127, f"Traceback\n{last_word}\n", 150_000_000)
    assert "stopped: it needed more than the limit of 0.1 GB" in str(error)


def test_a_dead_step_is_reported_by_its_last_word() -> None:
    with pytest.raises(StepFailedError, match="exit status 1: KeyError: 'nothing'"):
        run_job({"step": "nothing"}, "nothing", None)


def test_an_error_of_the_step_comes_back_as_its_own_class(tmp_path: Path) -> None:
    from export.errors import CheckpointError

    with pytest.raises(CheckpointError, match="no such folder"):
        run_job({"step": "trace", "checkpoint": str(tmp_path / "none"), "assets": "/", "replaced": {}}, "trace", None)


class TestCheckedBeforeTracing:
    """Libraries fill a missing tensor with noise and only warn; we compare before anything is loaded."""

    @pytest.fixture
    def copy(self, tiny: Path, tmp_path: Path) -> Path:
        return shutil.copytree(tiny, tmp_path / "checkpoint")

    def test_missing_and_surplus_tensors_are_named(self, copy: Path, tiny: Path) -> None:
        from safetensors.numpy import load_file, save_file

        path = copy / "unet" / "diffusion_pytorch_model.safetensors"
        tensors = load_file(path)
        tensors["extra"] = tensors.pop("conv_in.weight")
        path.unlink()
        save_file(tensors, path)
        with pytest.raises(WeightsMismatchError, match=r"tensors missing: conv_in\.weight; 1 surplus tensors: extra"):
            self.export(copy, tiny)

    def test_a_config_no_network_can_be_built_from_is_refused(self, copy: Path, tiny: Path) -> None:
        rewrite_json(copy / "unet" / "config.json", down_block_types=["NoSuchBlock", "DownBlock2D"])
        with pytest.raises(UnsupportedArchitectureError, match="NoSuchBlock"):
            self.export(copy, tiny)

    def export(self, folder: Path, tiny: Path) -> None:
        from diffusion.components import Component

        spec = component_specs(spec_of(Checkpoint.read(tiny)))[Component.UNET]
        export_architecture(Checkpoint.read(folder), replace(spec), folder / "graph.onnx")
