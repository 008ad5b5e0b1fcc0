"""What is kept beside a repository, and that `prune` removes exactly what nothing uses."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from diffusion.safety import MODEL as SAFETY_CHECKER
from diffusion.standalone import DESCRIPTION
from export.errors import RepositoryError
from export.families import SD1
from export.plans import install_plans
from export.repository import install_pipeline, remove_pipeline
from export.store import REPORT_AGE_S, fetched_folder, kept_files, prune
from export.tensorrt import Library, PlanSettings
from export.transaction import state_folder, work_folder
from tests.export.test_plans import plans_for


@pytest.fixture
def repository(tiny: Path, tmp_path: Path) -> Path:
    """With the tiny pipeline installed from graphs that the repository's own store keeps."""
    repository = tmp_path / "models"
    store = state_folder(repository) / "graphs"
    shutil.copytree(tiny / "graphs", store)
    install_pipeline(tiny, repository, "tiny", assets=tiny)
    return repository


def write(repository: Path, name: str, content: bytes = b"x", age_s: float = 0.0) -> Path:
    path = state_folder(repository) / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def names(repository: Path) -> set[str]:
    return {file.path.name for file in kept_files(repository)}


def other_graph(repository: Path, name: str) -> Path:
    """The UNet's graph as another precision or version would have it: the same architecture, other bytes."""
    import onnx

    model = onnx.load(state_folder(repository) / "graphs" / "unet.onnx", load_external_data=False)
    model.producer_name = "another"
    return write(repository, f"graphs/{name}", model.SerializeToString())


def test_prune_removes_exactly_what_is_unused(repository: Path) -> None:
    used = names(repository)
    assert used == {f"{component}.onnx" for component in SD1.components}
    plans = plans_for(repository, "9.0")
    folder = state_folder(repository) / "plans"
    folder.mkdir()
    for plan in plans:
        shutil.copyfile(plan.path, folder / plan.path.name)
    install_plans(repository, "tiny", plans, PlanSettings(library=Library.TENSORRT))
    unused = {
        other_graph(repository, "unet-fp16.onnx"),
        write(repository, "plans/unet-of-older-weights.plan"),
        write(repository, "plans/left-by-a-kill.draft", age_s=REPORT_AGE_S + 60),
        write(repository, "reports/old.json", age_s=REPORT_AGE_S + 60),
        write(repository, "scales/int8-of-other-weights.json"),
    }
    kept = {
        write(repository, "reports/young.json").name,
        write(repository, "plans/being-written.draft").name,
        *used,
        *(plan.path.name for plan in plans),
    }
    assert dict(prune(repository)).keys() == {path.name for path in unused}
    assert names(repository) == kept
    assert not any(path.exists() for path in unused)
    assert prune(repository) == []


def test_what_a_removed_pipeline_used_goes_and_what_another_uses_stays(
    repository: Path, second: Path, tiny: Path
) -> None:
    install_pipeline(second, repository, "second", assets=tiny)
    remove_pipeline(repository, "tiny")
    assert {file.used_by for file in kept_files(repository)} == {("second",)}
    assert prune(repository) == []
    remove_pipeline(repository, "second")
    assert len(prune(repository)) == 4
    assert names(repository) == set()


def test_plans_that_triton_cannot_run_are_the_pipeline_s_and_kept(repository: Path) -> None:
    plans = plans_for(repository, "8.9")
    folder = state_folder(repository) / "plans"
    folder.mkdir()
    for plan in plans:
        shutil.copyfile(plan.path, folder / plan.path.name)
    install_plans(repository, "tiny", plans, PlanSettings(library=Library.RTX))
    assert list(repository.glob("*/1/*.plan")) == []
    assert prune(repository) == []
    assert {file.used_by for file in kept_files(repository) if file.kind == "plan"} == {("tiny",)}


def test_the_graph_of_an_installed_safety_checker_is_used(repository: Path) -> None:
    graph = other_graph(repository, "safety_checker.onnx")
    installed = repository / SAFETY_CHECKER / "1" / "model.onnx"
    installed.parent.mkdir(parents=True)
    shutil.copyfile(graph, installed)
    installed.with_name(DESCRIPTION).write_text("{}")
    assert prune(repository) == []
    shutil.rmtree(installed.parents[1])
    assert dict(prune(repository)).keys() == {graph.name}


def test_nothing_is_removed_under_a_running_export(repository: Path) -> None:
    graph = other_graph(repository, "just-exported.onnx")
    with work_folder(repository), pytest.raises(RepositoryError, match="an export is running; prune when it has ended"):
        prune(repository)
    assert graph.is_file()
    assert dict(prune(repository)).keys() == {graph.name}


def test_a_checkpoint_from_the_hub_is_kept_while_it_is_installed_and_a_day(repository: Path, tiny: Path) -> None:
    origin = {"kind": "hub", "location": "someone/tiny", "revision": "abc"}
    install_pipeline(tiny, repository, "fetched", assets=tiny, origin=origin)
    folders = [fetched_folder(repository, source) for source in ("someone/tiny@abc", "someone/tiny@older", "a/b@new")]
    for folder in folders:
        (folder / "unet").mkdir(parents=True)
        (folder / "unet" / "config.json").write_bytes(b"12345")
    for folder in folders[:2]:
        os.utime(folder, (time.time() - REPORT_AGE_S - 60,) * 2)
    users = {file.path: file.used_by for file in kept_files(repository) if file.kind == "hub"}
    assert users == dict(zip(folders, [("fetched",), (), ()], strict=True))
    assert prune(repository) == [("someone--tiny@older", 5)]
    assert [folder.is_dir() for folder in folders] == [True, False, True]
    remove_pipeline(repository, "fetched")
    assert "someone--tiny@abc" in dict(prune(repository))
