from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from export import plan as plan_module
from export.errors import ExportError, NotEnoughMemoryError, NotEnoughSpaceError, RepositoryError
from export.families import SD1
from export.plan import ExportRequest, StepKind, Verification, make_plan
from export.precision import Precision
from export.repository import install_pipeline


@pytest.fixture
def request_(tiny: Path, tmp_path: Path) -> ExportRequest:
    return ExportRequest(tiny, "tiny", tmp_path / "models", assets=tiny)


def open_titles(request: ExportRequest) -> list[str]:
    return [step.title for step in make_plan(request).open_steps]


def test_a_known_architecture_is_only_installed(request_: ExportRequest) -> None:
    assert open_titles(request_) == ["install"]


def test_what_is_installed_already_leaves_nothing_to_do(request_: ExportRequest) -> None:
    install_pipeline(request_.checkpoint, request_.repository, "tiny")
    assert open_titles(request_) == []


def test_an_unknown_architecture_is_exported_pictured_and_installed(request_: ExportRequest, tmp_path: Path) -> None:
    plan = make_plan(replace(request_, assets=tmp_path))
    assert [step.title for step in plan.open_steps] == [
        *(f"export {component}" for component in SD1.components), "pictures", "install",
    ]  # fmt: skip
    assert all(step.seconds > 0 and step.memory_bytes > 10**8 for step in plan.open_steps)
    assert plan.peak_bytes == max(step.memory_bytes for step in plan.steps)


def test_another_precision_needs_other_graphs_of_unet_and_text_encoder(request_: ExportRequest) -> None:
    titles = open_titles(replace(request_, precision=Precision.FP16))
    assert titles == ["export text_encoder", "export unet", "pictures", "install"]


def test_everything_is_verified_on_request(request_: ExportRequest) -> None:
    kinds = {step.kind for step in make_plan(replace(request_, verification=Verification.ALL)).open_steps}
    assert kinds == {StepKind.VERIFY, StepKind.PICTURES, StepKind.INSTALL}


def test_too_little_memory_is_said_before_anything_runs(request_: ExportRequest, tmp_path: Path) -> None:
    with pytest.raises(NotEnoughMemoryError, match=r"export text_encoder: about 1\.3 GB"):
        make_plan(replace(request_, assets=tmp_path, memory_bytes=10**9))


def test_too_little_disk_is_said_before_anything_runs(request_: ExportRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(request_.checkpoint)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(NotEnoughSpaceError, match="needed on its disk"):
        make_plan(request_)


def test_a_missing_torch_is_said_with_its_remedy(
    request_: ExportRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "tool_versions", lambda: {"numpy": "2"})
    with pytest.raises(ExportError, match=r"needs torch.*\[export\] extra"):
        make_plan(replace(request_, assets=tmp_path))
    assert open_titles(request_) == ["install"]


def test_a_wrong_name_is_refused_before_anything_runs(request_: ExportRequest) -> None:
    with pytest.raises(RepositoryError, match="no name of a pipeline"):
        make_plan(replace(request_, name="a__b"))
