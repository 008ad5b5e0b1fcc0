from __future__ import annotations

import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diffusion.components import Component
from diffusion.pipeline import PipelineSpec, component_specs
from export.errors import TensorRtError, UnsupportedOperatorError
from export.families import SD1
from export.repository import install_pipeline
from export.tensorrt import (
    Hardware,
    Library,
    PlanSettings,
    Profile,
    _apply_settings,
    _load_timing_cache,
    _save_timing_cache,
    build_plan,
    load_library,
    make_profiles,
    plan_key,
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


@pytest.fixture
def builder() -> Any:
    """The library's own; `create_builder_config` needs no GPU."""
    trt = load_library(Library.RTX)
    return trt.Builder(trt.Logger(trt.Logger.INTERNAL_ERROR))


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

    @pytest.mark.parametrize(
        ("options", "flags"),
        [
            ({}, set()),
            ({"refittable": True}, {"REFIT"}),
            ({"stripped": True}, {"REFIT", "STRIP_PLAN"}),
            ({"streaming": True}, {"WEIGHT_STREAMING"}),
            ({"version_compatible": True}, {"VERSION_COMPATIBLE"}),
        ],
    )
    def test_each_option_sets_its_flags_in_the_builder_s_own_configuration(
        self, builder: Any, options: dict[str, bool], flags: set[str]
    ) -> None:
        trt, plain, config = load_library(Library.RTX), builder.create_builder_config(), builder.create_builder_config()
        _apply_settings(trt, config, replace(RTX, **options))
        known = trt.BuilderFlag.__members__
        assert {name for name, flag in known.items() if config.get_flag(flag) != plain.get_flag(flag)} == flags
        capabilities = [config.get_compute_capability(index) for index in range(config.num_compute_capabilities)]
        assert capabilities == [trt.ComputeCapability.SM89, trt.ComputeCapability.SM120]

    @pytest.mark.parametrize("hardware", list(Hardware))
    def test_a_level_for_other_gpus_is_the_library_s_and_one_that_it_does_not_take_is_said(
        self, builder: Any, hardware: Hardware
    ) -> None:
        """This library takes none; full TensorRT does, which the twin on a GPU shows."""
        trt, config = load_library(Library.RTX), builder.create_builder_config()
        assert hardware.value.upper() in trt.HardwareCompatibilityLevel.__members__
        if hardware is Hardware.SAME:
            _apply_settings(trt, config, replace(RTX, hardware=hardware))
            return
        with pytest.raises(TensorRtError, match=f"tensorrt_rtx builds no plans for other GPUs .{hardware.value}."):
            _apply_settings(trt, config, replace(RTX, hardware=hardware))

    @pytest.mark.filterwarnings("ignore:Use Deprecated in TensorRT-RTX:DeprecationWarning")
    def test_a_timing_cache_is_written_whole_and_read_and_a_damaged_one_replaced(
        self, builder: Any, tmp_path: Path
    ) -> None:
        """Through the library's own functions; TensorRT for RTX, which measures no times, keeps empty ones."""
        path = tmp_path / "x.timing"
        for content in (None, b"not a cache"):
            if content is not None:
                path.write_bytes(content)
            config = builder.create_builder_config()
            _load_timing_cache(config, path)
            _save_timing_cache(config, path)
            assert path.stat().st_size > 100
            assert [file.name for file in tmp_path.iterdir()] == ["x.timing"]
        config = builder.create_builder_config()
        _load_timing_cache(config, path)
        assert bytes(memoryview(config.get_timing_cache().serialize())) == path.read_bytes()

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
