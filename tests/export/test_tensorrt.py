from __future__ import annotations

import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from diffusion.components import Component
from diffusion.pipeline import PipelineSpec, component_specs
from export.errors import TensorRtError, UnsupportedOperatorError
from export.families import SD1
from export.repository import install_pipeline
from export.tensorrt import (
    Library,
    PlanSettings,
    Profile,
    build_plan,
    load_library,
    make_profiles,
    plan_key,
    refit_plan,
)
from tests.export.test_triton_config import small_pipeline

RTX = PlanSettings(library=Library.RTX, capabilities=("8.9", "12.0"))
has_rtx = importlib.util.find_spec("tensorrt_rtx") is not None


def has_gpu() -> bool:
    return Path("/dev/nvidiactl").exists()


needs_rtx = pytest.mark.skipif(
    not has_rtx, reason="tensorrt_rtx is not installed (pip install tensorrt-rtx-cu13); profiles and keys are tested"
)


def sizes(profile: Profile, name: str, axis: int) -> tuple[int, ...]:
    return tuple(shape[axis] for shape in profile[name])


class TestProfiles:
    spec = component_specs(small_pipeline())[Component.UNET]

    def test_one_profile_covers_the_spec_s_bounds(self) -> None:
        (profile,) = make_profiles(self.spec, (), 4)
        assert sizes(profile, "sample", 2) == (4, 8, 16)
        assert sizes(profile, "sample", 0) == (1, 2, 4)
        assert sizes(profile, "encoder_hidden_states", 1) == (10, 10, 80)
        assert profile["timestep"] == ((1,), (2,), (4,))

    def test_buckets_join_without_a_gap_and_each_is_best_at_its_own_size(self) -> None:
        small, large = make_profiles(self.spec, (32,), 4)
        assert sizes(small, "sample", 2) == (4, 8, 8)
        assert sizes(large, "sample", 2)[0] == 8
        assert sizes(large, "sample", 2)[2] == 16

    def test_a_picture_s_axes_are_in_pixels(self) -> None:
        encoder = component_specs(small_pipeline())[Component.VAE_ENCODER]
        small, large = make_profiles(encoder, (32,), 4)
        assert sizes(small, "sample", 3) == (16, 32, 32)
        assert sizes(large, "sample", 3)[2] == 64

    def test_a_text_encoder_has_rows_only(self) -> None:
        (profile,) = make_profiles(component_specs(small_pipeline())[Component.TEXT_ENCODER], (32,), 4)
        assert profile == {"input_ids": ((1, 10), (2, 10), (4, 10))}

    @pytest.mark.parametrize("bucket", [8, 34, 128])
    def test_a_bucket_that_is_no_size_of_the_pipeline_is_refused(self, bucket: int) -> None:
        with pytest.raises(TensorRtError, match=f"up to {bucket} pixels: the pipeline's sides are 16 to 64 in mult"):
            make_profiles(self.spec, (bucket,), 4)


def test_a_missing_library_is_said_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(TensorRtError, match="install tensorrt-cu13"):
        load_library(Library.TENSORRT)


@pytest.fixture(scope="module")
def installed(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("plans") / "models"
    install_pipeline(tiny, repository, "tiny")
    return repository


@needs_rtx
class TestWithTensorRtForRtx:
    """Plans are built on any machine; whether they load and run can only a GPU tell."""

    @pytest.mark.parametrize("component", list(SD1.components))
    def test_every_component_builds_for_ada_and_blackwell(
        self, installed: Path, tmp_path: Path, component: Component
    ) -> None:
        pipeline = PipelineSpec.load(installed / "tiny" / "1" / "pipeline.json")
        profiles = make_profiles(component_specs(pipeline)[component], (16,), pipeline.latent.pixels)
        model = installed / f"tiny__{component}" / "1" / "model.onnx"
        built = build_plan(model, profiles, RTX, tmp_path / "x.plan")
        assert built.size_bytes > 100_000
        assert built.profiles == len(profiles)
        assert [path.name for path in tmp_path.iterdir()] == ["x.plan"]

    def test_the_key_changes_with_weights_profiles_and_settings(self, installed: Path, tmp_path: Path) -> None:
        model = installed / "tiny__vae_decoder" / "1" / "model.onnx"
        base = plan_key(model, [{}], RTX, ())
        other = shutil.copytree(model.parent, tmp_path / "other")
        weights = (other / "weights.safetensors").read_bytes()
        (other / "weights.safetensors").write_bytes(weights[:-1] + b"\x00")
        keys = {
            base,
            plan_key(other / "model.onnx", [{}], RTX, ()),
            plan_key(model, [], RTX, ()),
            plan_key(model, [{}], PlanSettings(library=Library.RTX, streaming=True), ()),
            plan_key(model, [{}], RTX, ("9.0",)),
        }
        assert len(keys) == 5

    def test_weight_streaming_builds_another_plan(self, installed: Path, tmp_path: Path) -> None:
        pipeline = PipelineSpec.load(installed / "tiny" / "1" / "pipeline.json")
        profiles = make_profiles(component_specs(pipeline)[Component.TEXT_ENCODER], (), pipeline.latent.pixels)
        model = installed / "tiny__text_encoder" / "1" / "model.onnx"
        settings = replace(RTX, streaming=True)
        assert build_plan(model, profiles, settings, tmp_path / "x.plan").size_bytes > 10_000
        assert plan_key(model, profiles, settings, ()) != plan_key(model, profiles, RTX, ())

    @pytest.mark.skipif(has_gpu(), reason="with a GPU they build")
    @pytest.mark.parametrize("options", [{"stripped": True}, {"refittable": True}])
    def test_without_a_gpu_a_plan_to_be_refitted_fails_plainly(
        self, installed: Path, tmp_path: Path, options: dict[str, bool]
    ) -> None:
        pipeline = PipelineSpec.load(installed / "tiny" / "1" / "pipeline.json")
        profiles = make_profiles(component_specs(pipeline)[Component.TEXT_ENCODER], (), pipeline.latent.pixels)
        model = installed / "tiny__text_encoder" / "1" / "model.onnx"
        with pytest.raises(TensorRtError, match="could not build a plan"):
            build_plan(model, profiles, replace(RTX, **options), tmp_path / "x.plan")
        assert list(tmp_path.iterdir()) == []

    def test_an_unknown_capability_lists_the_known_ones(self, installed: Path, tmp_path: Path) -> None:
        model = installed / "tiny__vae_decoder" / "1" / "model.onnx"
        settings = PlanSettings(library=Library.RTX, capabilities=("9.0",))
        with pytest.raises(TensorRtError, match=r"9\.0 is not one of 7\.5, 8\.0, 8\.6, 8\.9, 12\.0"):
            build_plan(model, [], settings, tmp_path / "x.plan")
        assert list(tmp_path.iterdir()) == []

    def test_an_operator_that_cannot_be_parsed_is_named(self, installed: Path, tmp_path: Path) -> None:
        import onnx

        source = installed / "tiny__vae_decoder" / "1"
        model = onnx.load(source / "model.onnx", load_external_data=False)
        node = next(node for node in model.graph.node if node.op_type == "Conv")
        node.op_type, node.domain, node.name = "NoSuchOperator", "example.com", "the_layer"
        model.opset_import.add(domain="example.com", version=1)
        (tmp_path / "weights.safetensors").hardlink_to(source / "weights.safetensors")
        onnx.save(model, tmp_path / "model.onnx")
        with pytest.raises(UnsupportedOperatorError, match="the_layer"):
            build_plan(tmp_path / "model.onnx", [], RTX, tmp_path / "x.plan")


@pytest.mark.gpu
@needs_rtx
def test_a_stripped_plan_is_refitted_with_the_checkpoint(tiny: Path, tmp_path: Path) -> None:
    """Needs a GPU: building refittable plans and loading any plan fail without one."""
    pipeline = install_pipeline(tiny, tmp_path / "models", "tiny")
    model = tmp_path / "models" / "tiny__unet" / "1" / "model.onnx"
    profiles = make_profiles(component_specs(pipeline)[Component.UNET], (), pipeline.latent.pixels)
    stripped = PlanSettings(library=Library.RTX, stripped=True)
    built = build_plan(model, profiles, stripped, tmp_path / "stripped.plan")
    refit_plan(built.path, model, Library.RTX, tmp_path / "full.plan")
    assert (tmp_path / "full.plan").stat().st_size > built.size_bytes
