"""What only a GPU can show of plans: that they load, compute what their graphs do, and take other weights.

With full TensorRT where it is installed, else with TensorRT for RTX. Each has a twin that runs without a GPU in
`test_tensorrt.py` (options, timing cache, streaming, refusals) or `test_plans.py` (installation).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion.components import Component, ComponentSpec, Tensor
from diffusion.pipeline import PipelineSpec, component_specs
from export.families import SD1
from export.repository import install_pipeline
from export.sessions import open_session
from export.tensorrt import (
    Hardware,
    Library,
    PlanSettings,
    Profile,
    build_plan,
    load_library,
    make_profiles,
    refit_plan,
)
from export.verify import example_arrays

LIBRARY = Library.TENSORRT if importlib.util.find_spec("tensorrt") else Library.RTX
SETTINGS = PlanSettings(library=LIBRARY)
CLOSE = 2e-3  # of values near 1: a GPU may multiply in TF32, which keeps ten bits
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(
        importlib.util.find_spec(LIBRARY.value) is None, reason="needs a GPU, and tensorrt or tensorrt_rtx"
    ),
]
needs_full = pytest.mark.skipif(LIBRARY is Library.RTX, reason="TensorRT for RTX has no such option")


@pytest.fixture(scope="module")
def repository(tiny: Path, second: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("on-gpu") / "models"
    install_pipeline(tiny, repository, "tiny")
    install_pipeline(second, repository, "second", assets=tiny)
    return repository


def graph(repository: Path, component: Component, name: str = "tiny") -> Path:
    return repository / f"{name}__{component}" / "1" / "model.onnx"


def spec_of(repository: Path, component: Component) -> tuple[ComponentSpec, list[Profile]]:
    pipeline = PipelineSpec.load(repository / "tiny" / "1" / "pipeline.json")
    spec = component_specs(pipeline)[component]
    return spec, make_profiles(spec, (16,), pipeline.latent.pixels)


def inputs_of(spec: ComponentSpec, profile: Profile) -> Mapping[str, Tensor]:
    """Of the profile's largest shapes."""
    sizes = {
        axis: size
        for tensor in spec.inputs
        for axis, size in zip(tensor.shape, profile[tensor.name][2], strict=True)
        if isinstance(axis, str)
    }
    return example_arrays(spec, sizes)


def loaded(path: Path) -> Any:
    trt = load_library(LIBRARY)
    runtime = trt.Runtime(trt.Logger(trt.Logger.ERROR))
    runtime.engine_host_code_allowed = True
    engine = runtime.deserialize_cuda_engine(path.read_bytes())
    assert engine is not None, "it does not load"
    return engine


def run(engine: Any, inputs: Mapping[str, Tensor], profile: int = 0) -> dict[str, np.ndarray[Any, Any]]:
    import torch

    trt, context, stream = load_library(LIBRARY), engine.create_execution_context(), torch.cuda.Stream()
    assert context.set_optimization_profile_async(profile, stream.cuda_stream)
    names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
    given = {name for name in names if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT}
    held = {name: torch.from_numpy(np.ascontiguousarray(inputs[name])).cuda() for name in given}
    for name in given:
        assert context.set_input_shape(name, tuple(held[name].shape))
    results = {name: torch.empty(tuple(context.get_tensor_shape(name)), device="cuda") for name in set(names) - given}
    for name, tensor in (held | results).items():
        context.set_tensor_address(name, tensor.data_ptr())
    torch.cuda.synchronize()  # the copies above ran on another stream
    assert context.execute_async_v3(stream.cuda_stream)
    stream.synchronize()
    return {name: tensor.cpu().numpy() for name, tensor in results.items()}


def computed_by_onnx_runtime(model: Path, spec: ComponentSpec, inputs: Mapping[str, Tensor]) -> dict[str, Any]:
    names = [tensor.name for tensor in spec.outputs]
    return dict(zip(names, open_session(model).run(names, dict(inputs)), strict=True))


def assert_close(found: Mapping[str, Any], right: Mapping[str, Any]) -> None:
    assert found.keys() == right.keys()
    for name, expected in right.items():
        np.testing.assert_allclose(found[name], expected, atol=CLOSE, rtol=CLOSE, err_msg=name)


@pytest.mark.parametrize("component", list(SD1.components))
def test_a_plan_computes_what_its_graph_does_in_every_profile(
    repository: Path, tmp_path: Path, component: Component
) -> None:
    spec, profiles = spec_of(repository, component)
    model = graph(repository, component)
    engine = loaded(build_plan(model, profiles, SETTINGS, tmp_path / "x.plan").path)
    for index, profile in enumerate(profiles):
        inputs = inputs_of(spec, profile)
        assert_close(run(engine, inputs, index), computed_by_onnx_runtime(model, spec, inputs))


def test_a_stripped_plan_is_smaller_and_refitted_computes_the_same(repository: Path, tmp_path: Path) -> None:
    spec, profiles = spec_of(repository, Component.UNET)
    model, inputs = graph(repository, Component.UNET), inputs_of(spec, profiles[0])
    whole = build_plan(model, profiles, SETTINGS, tmp_path / "whole.plan")
    stripped = build_plan(model, profiles, replace(SETTINGS, stripped=True), tmp_path / "stripped.plan")
    assert stripped.size_bytes < whole.size_bytes
    refit_plan(stripped.path, model, LIBRARY, tmp_path / "full.plan")
    assert (tmp_path / "full.plan").stat().st_size > stripped.size_bytes
    assert_close(run(loaded(tmp_path / "full.plan"), inputs), computed_by_onnx_runtime(model, spec, inputs))


def test_a_refittable_plan_takes_another_checkpoint_s_weights(repository: Path, tmp_path: Path) -> None:
    spec, profiles = spec_of(repository, Component.UNET)
    first, other = (graph(repository, Component.UNET, name) for name in ("tiny", "second"))
    built = build_plan(first, profiles, replace(SETTINGS, refittable=True), tmp_path / "x.plan")
    refit_plan(built.path, other, LIBRARY, tmp_path / "second.plan")
    inputs = inputs_of(spec, profiles[0])
    right = computed_by_onnx_runtime(other, spec, inputs)
    assert_close(run(loaded(tmp_path / "second.plan"), inputs), right)
    before = computed_by_onnx_runtime(first, spec, inputs)
    assert any(np.abs(before[name] - right[name]).max() > 10 * CLOSE for name in right), "else this shows nothing"


def test_a_plan_built_from_a_timing_cache_computes_the_same(repository: Path, tmp_path: Path) -> None:
    spec, profiles = spec_of(repository, Component.VAE_DECODER)
    model, cache = graph(repository, Component.VAE_DECODER), tmp_path / "x.timing"
    build_plan(model, profiles, SETTINGS, tmp_path / "first.plan", cache)
    kept = cache.stat().st_size
    again = build_plan(model, profiles, SETTINGS, tmp_path / "again.plan", cache)
    assert cache.stat().st_size >= kept > 0
    inputs = inputs_of(spec, profiles[0])
    assert_close(run(loaded(again.path), inputs), computed_by_onnx_runtime(model, spec, inputs))


def test_a_plan_computes_the_same_with_its_weights_streamed(repository: Path, tmp_path: Path) -> None:
    spec, profiles = spec_of(repository, Component.UNET)
    model, inputs = graph(repository, Component.UNET), inputs_of(spec, profiles[0])
    engine = loaded(build_plan(model, profiles, replace(SETTINGS, streaming=True), tmp_path / "x.plan").path)
    assert engine.streamable_weights_size > 0
    engine.weight_streaming_budget_v2 = 0  # none stays on the GPU
    assert_close(run(engine, inputs), computed_by_onnx_runtime(model, spec, inputs))


@needs_full
@pytest.mark.parametrize("hardware", [Hardware.AMPERE_PLUS, Hardware.SAME_CAPABILITY])
def test_a_plan_for_other_gpus_says_so_and_runs_here(repository: Path, tmp_path: Path, hardware: Hardware) -> None:
    trt = load_library(LIBRARY)
    spec, profiles = spec_of(repository, Component.TEXT_ENCODER)
    model = graph(repository, Component.TEXT_ENCODER)
    engine = loaded(build_plan(model, profiles, replace(SETTINGS, hardware=hardware), tmp_path / "x.plan").path)
    assert engine.hardware_compatibility_level == getattr(trt.HardwareCompatibilityLevel, hardware.value.upper())
    inputs = inputs_of(spec, profiles[0])
    assert_close(run(engine, inputs), computed_by_onnx_runtime(model, spec, inputs))


@needs_full
def test_a_version_compatible_plan_brings_a_runtime_that_must_be_allowed(repository: Path, tmp_path: Path) -> None:
    trt = load_library(LIBRARY)
    spec, profiles = spec_of(repository, Component.TEXT_ENCODER)
    model = graph(repository, Component.TEXT_ENCODER)
    built = build_plan(model, profiles, replace(SETTINGS, version_compatible=True), tmp_path / "x.plan")
    strict = trt.Runtime(trt.Logger(trt.Logger.INTERNAL_ERROR))
    assert strict.deserialize_cuda_engine(built.path.read_bytes()) is None
    inputs = inputs_of(spec, profiles[0])
    assert_close(run(loaded(built.path), inputs), computed_by_onnx_runtime(model, spec, inputs))
