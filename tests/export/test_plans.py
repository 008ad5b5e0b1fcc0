from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from avila.commands import export as command
from diffusion.components import Component
from export.errors import RepositoryError
from export.families import SD1
from export.plans import WantedPlan, install_plans, timing_cache, wanted_plans
from export.repository import install_pipeline, read_manifest
from export.tensorrt import Library, PlanSettings, plan_key
from tests.export.test_tensorrt import needs_rtx

SETTINGS = PlanSettings(library=Library.TENSORRT)


@pytest.fixture
def repository(tiny: Path, tmp_path: Path) -> Path:
    install_pipeline(tiny, tmp_path / "models", "tiny")
    return tmp_path / "models"


def plans_for(repository: Path, capability: str) -> list[WantedPlan]:
    """Plans as a machine with that GPU would have built them; their bytes do not matter to the installation."""
    from diffusion.pipeline import PipelineSpec, component_specs

    pipeline = PipelineSpec.load(repository / "tiny" / "1" / "pipeline.json")
    wanted = []
    for component, spec in component_specs(pipeline).items():
        path = repository.parent / f"{component}-{capability}.plan"
        path.write_bytes(capability.encode())
        wanted.append(WantedPlan(component, spec, Path(), [{}, {}], (capability,), path))
    return wanted


def unet_config(repository: Path) -> Any:
    config = model_config_pb2.ModelConfig()
    text_format.Parse((repository / "tiny__unet" / "config.pbtxt").read_text(), config)
    return config


def test_plans_of_two_kinds_of_gpu_live_side_by_side(tiny: Path, repository: Path) -> None:
    for capability in ("8.9", "9.0"):
        install_plans(repository, "tiny", plans_for(repository, capability), SETTINGS)
    config = unet_config(repository)
    assert config.platform == "tensorrt_plan"
    assert dict(config.cc_model_filenames) == {"8.9": "unet-8.9.plan", "9.0": "unet-9.0.plan"}
    for component in SD1.components:
        folder = repository / f"tiny__{component}" / "1"
        assert sorted(path.name for path in folder.glob("*.plan")) == [
            f"{component}-8.9.plan", f"{component}-9.0.plan",
        ]  # fmt: skip
    assert (repository / "tiny__unet" / "configs" / "cpu.pbtxt").read_text().count("python") == 1
    manifest = read_manifest(repository, "tiny")
    assert manifest is not None
    assert manifest.is_intact(repository)


def test_a_slice_of_a_gpu_has_plans_and_a_configuration_of_its_own(repository: Path) -> None:
    install_plans(repository, "tiny", plans_for(repository, "9.0"), SETTINGS)
    whole = (repository / "tiny__unet" / "config.pbtxt").read_text()
    sliced = [replace(plan, path=plan.path.with_name(f"mig-{plan.path.name}")) for plan in plans_for(repository, "9.0")]
    for plan in sliced:
        plan.path.write_bytes(b"slice")
    install_plans(repository, "tiny", sliced, replace(SETTINGS, mig_profile="3g.71gb"))
    config = (repository / "tiny__unet" / "configs" / "mig-3g.71gb.pbtxt").read_text()
    assert 'value: "mig-unet-9.0.plan"' in config
    assert (repository / "tiny__unet" / "config.pbtxt").read_text() == whole
    install_plans(repository, "tiny", plans_for(repository, "8.9"), SETTINGS)
    assert dict(unet_config(repository).cc_model_filenames) == {"8.9": "unet-8.9.plan", "9.0": "unet-9.0.plan"}
    assert (repository / "tiny__unet" / "1" / "mig-unet-9.0.plan").is_file()


def test_a_new_plan_replaces_the_old_one_of_its_gpu(repository: Path) -> None:
    first = plans_for(repository, "9.0")
    install_plans(repository, "tiny", first, SETTINGS)
    newer = repository.parent / "unet-newer.plan"
    newer.write_bytes(b"newer")
    unet = next(plan for plan in first if plan.component is Component.UNET)
    install_plans(repository, "tiny", [replace(unet, path=newer)], SETTINGS)
    assert [path.name for path in (repository / "tiny__unet" / "1").glob("*.plan")] == ["unet-newer.plan"]
    assert (repository / "tiny__vae_decoder" / "1" / "vae_decoder-9.0.plan").is_file()


def test_the_same_pipeline_again_keeps_its_plans_and_another_checkpoint_drops_them(
    tiny: Path, second: Path, repository: Path
) -> None:
    install_plans(repository, "tiny", plans_for(repository, "9.0"), SETTINGS)
    install_pipeline(tiny, repository, "tiny")
    assert unet_config(repository).platform == "tensorrt_plan"
    install_pipeline(second, repository, "tiny", assets=tiny)
    assert unet_config(repository).platform == "onnxruntime_onnx"
    assert list(repository.glob("*/1/*.plan")) == []


def test_plans_of_a_pipeline_that_is_not_installed_are_refused(repository: Path) -> None:
    with pytest.raises(RepositoryError, match="other is not installed"):
        install_plans(repository, "other", [], SETTINGS)


def test_plans_that_triton_cannot_run_are_noted_down_and_not_installed(repository: Path) -> None:
    plans = plans_for(repository, "8.9")
    install_plans(repository, "tiny", plans, replace(SETTINGS, library=Library.RTX))
    install_plans(repository, "tiny", plans_for(repository, "9.0"), SETTINGS)
    assert dict(unet_config(repository).cc_model_filenames) == {"9.0": "unet-9.0.plan"}
    assert [path.name for path in (repository / "tiny__unet" / "1").glob("*.plan")] == ["unet-9.0.plan"]
    manifest = read_manifest(repository, "tiny")
    assert manifest is not None
    assert manifest.plans["tiny__unet"] == {"8.9@tensorrt_rtx": "unet-8.9.plan", "9.0": "unet-9.0.plan"}


def test_measured_times_are_kept_by_kind_of_gpu_and_for_full_tensorrt_alone(repository: Path) -> None:
    (plan, *_), (other, *_) = plans_for(repository, "9.0"), plans_for(repository, "8.9")
    kept = timing_cache(plan, SETTINGS), timing_cache(other, SETTINGS)
    assert [None if path is None else path.name for path in kept] == ["tensorrt-9.0.timing", "tensorrt-8.9.timing"]
    assert timing_cache(plan, replace(SETTINGS, library=Library.RTX)) is None


@needs_rtx
def test_triton_is_given_plans_whose_names_hold_the_key_of_all_that_determines_them(repository: Path) -> None:
    settings = PlanSettings(library=Library.RTX, capabilities=("8.9",), buckets=(16,))
    variants = [settings, replace(settings, buckets=()), replace(settings, streaming=True)]
    names = [[plan.path.name for plan in wanted_plans(repository, "tiny", one)] for one in variants]
    assert len({name for given in names for name in given}) == 3 * len(SD1.components) - 1, "a text has no size"
    wanted = wanted_plans(repository, "tiny", settings)
    for plan in wanted:
        assert plan_key(plan.model, plan.profiles, settings, plan.capabilities)[:24] in plan.path.name
        plan.path.parent.mkdir(exist_ok=True)
        plan.path.write_bytes(b"its bytes do not matter here")
    install_plans(repository, "tiny", wanted, replace(settings, library=Library.TENSORRT))
    unet = next(plan for plan in wanted if plan.component is Component.UNET)
    config = unet_config(repository)
    assert dict(config.cc_model_filenames) == {"8.9": unet.path.name}
    assert list(config.instance_group[0].profile) == ["0", "1"]
    assert config.optimization.cuda.graphs


@needs_rtx
def test_the_command_builds_once_and_finds_the_plans_again(
    tiny: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    words = ["export", str(tiny), "--name", "tiny", "--repository", str(repository), "--json"]
    words += ["--target", "tensorrt-rtx", "--capability", "8.9", "--profile", "16"]
    args = parser.parse_args(words)
    assert args.run(args) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    built = [line for line in said if line["event"] == "plan_built"]
    assert [line["component"] for line in built] == list(SD1.components)
    assert [line["profiles"] for line in built] == [1, 2, 2, 2]
    assert said[0]["plans"] == {line["component"]: line["profiles"] for line in built}, "said before"
    left = [line["left_s"] for line in said if line["event"] == "plan_started"]
    assert len(left) == len(built)
    assert min(left) > 0
    assert all(Path(line["file"]).stat().st_size == line["size_bytes"] for line in built)
    assert args.run(args) == 0
    again = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "plan_built" in line]
    assert [line["file"] for line in again] == [line["file"] for line in built]
    assert not any("build_s" in line for line in again)
