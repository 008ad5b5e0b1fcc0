"""Builds TensorRT plans from bound graphs, with full TensorRT (on the GPU they are for) or TensorRT for RTX (anywhere).

Written against the API of `tensorrt` 10.13 to 11.x, whose names `tensorrt_rtx` shares. Networks are strongly typed: the
precision is in the graph. Loading, refitting and running a plan need a GPU; building with TensorRT for RTX does not.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from diffusion.components import AxisBounds, ComponentSpec
from export.errors import TensorRtError, UnsupportedOperatorError
from export.manifest import manifest_key
from export.safetensors_header import file_sha256

Shape = tuple[int, ...]
Profile = dict[str, tuple[Shape, Shape, Shape]]
OUTSIDE_KEY = ("workspace_bytes", "buckets", "capabilities")  # settings that change no plan, or stand beside them
SIDES = {"height": "latents", "width": "latents", "image_height": "pixels", "image_width": "pixels"}


class Library(StrEnum):
    """The Python module that builds."""

    TENSORRT = "tensorrt"
    RTX = "tensorrt_rtx"


class Hardware(StrEnum):
    """Which GPUs a plan of full TensorRT runs on, besides the one it was built on."""

    SAME = "none"
    SAME_CAPABILITY = "same_compute_capability"
    AMPERE_PLUS = "ampere_plus"


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """How to build.

    Attributes:
        capabilities: compute capabilities such as "8.9"; TensorRT for RTX only, full TensorRT builds for its own GPU.
        buckets: sides in pixels; one profile for the sizes up to each. Empty: one for all sizes.
        stripped: leave the weights out of the plan; they are refitted from the graph when it is loaded. Implies refit.
        refittable: let weights be changed later, for another checkpoint or a LoRA.
        streaming: let weights be streamed from host memory, for GPUs smaller than the model.
        version_compatible: let later TensorRT versions load the plan.
        mig_profile: of the GPU slice that it is for, such as "3g.71gb"; it has fewer multiprocessors than the whole.
    """

    library: Library = Library.TENSORRT
    capabilities: tuple[str, ...] = ()
    buckets: tuple[int, ...] = ()
    stripped: bool = False
    refittable: bool = False
    streaming: bool = False
    version_compatible: bool = False
    hardware: Hardware = Hardware.SAME
    mig_profile: str = ""
    workspace_bytes: int = 0


@dataclass(frozen=True, slots=True)
class BuiltPlan:
    """What was built."""

    path: Path
    layers: int
    profiles: int
    parse_s: float
    build_s: float
    size_bytes: int


def load_library(library: Library) -> Any:
    """The TensorRT module.

    Raises:
        TensorRtError: with what to install.
    """
    try:
        return importlib.import_module(library.value)
    except ImportError as error:
        package = "tensorrt-cu13" if library is Library.TENSORRT else "tensorrt-rtx-cu13"
        raise TensorRtError(f"{library.value} cannot be imported ({error}); install {package}") from None


def make_profiles(spec: ComponentSpec, buckets: tuple[int, ...], pixels_per_latent: int) -> list[Profile]:
    """Smallest, usual and largest shape of every input, one profile per resolution bucket.

    Args:
        spec: the component, whose bounds the profiles cover without a gap.
        buckets: ascending sides in pixels; the last one reaches the spec's largest size in any case.
        pixels_per_latent: side of one latent in pixels.

    Raises:
        TensorRtError: when a bucket is no size of the pipeline.
    """
    sides = [axis for axis in spec.bounds if axis in SIDES]
    if not sides:
        return [_profile(spec, spec.bounds)]
    smallest, largest = (_pixels(spec, sides[0], which, pixels_per_latent) for which in ("min", "max"))
    for bucket in buckets:
        if not smallest <= bucket <= largest or bucket % pixels_per_latent:
            allowed = f"{smallest} to {largest} in multiples of {pixels_per_latent}"
            raise TensorRtError(f"a profile up to {bucket} pixels: the pipeline's sides are {allowed}")
    edges = sorted({*buckets, largest})
    profiles: list[Profile] = []
    usual = _pixels(spec, sides[0], "opt", pixels_per_latent)
    for edge in edges:
        bounds = dict(spec.bounds)
        for axis in sides:
            unit = pixels_per_latent if SIDES[axis] == "latents" else 1
            opt = usual if smallest <= usual <= edge else edge
            bounds[axis] = AxisBounds(smallest // unit, opt // unit, edge // unit, spec.bounds[axis].multiple)
        profiles.append(_profile(spec, bounds))
        smallest = edge
    return profiles


def plan_key(model: Path, profiles: list[Profile], settings: PlanSettings, capabilities: tuple[str, ...]) -> str:
    """Hash of everything that determines the plan, so that a plan is never used for anything else.

    Args:
        model: the bound graph, with its weights beside it.
        capabilities: of the GPUs that the plan is for.
    """
    return manifest_key(
        {
            "graph": file_sha256(model),
            "weights": file_sha256(model.parent / "weights.safetensors"),
            "profiles": profiles,
            "settings": {name: value for name, value in asdict(settings).items() if name not in OUTSIDE_KEY},
            "version": load_library(settings.library).__version__,
            "capabilities": capabilities,
        }
    )


def local_capability() -> str:
    """Compute capability of this machine's first GPU, such as "9.0".

    Raises:
        TensorRtError: when there is none.
    """
    import torch

    if not torch.cuda.is_available():
        raise TensorRtError("no GPU here to build for; TensorRT for RTX builds for the GPUs that --capability names")
    major, minor = torch.cuda.get_device_capability()
    return f"{major}.{minor}"


def build_plan(
    model: Path, profiles: list[Profile], settings: PlanSettings, target: Path, timing_cache: Path | None = None
) -> BuiltPlan:
    """Build the plan of the bound graph at `model` and write it to `target`, whole or not at all.

    Raises:
        TensorRtError, UnsupportedOperatorError: naming the layer where the parser says it.
    """
    trt = load_library(settings.library)
    logger = trt.Logger(trt.Logger.ERROR)
    builder = _builder(trt, logger, settings)
    start = time.monotonic()
    network, parser = _parsed(trt, logger, builder, model)
    parsed = time.monotonic()
    config = builder.create_builder_config()
    for profile in profiles:
        config.add_optimization_profile(_optimization_profile(builder, network, profile))
    _apply_settings(trt, config, settings)
    _load_timing_cache(config, timing_cache)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise TensorRtError(f"{model}: TensorRT could not build a plan; its log on standard error says why")
    layers = network.num_layers
    del parser  # it owns weights that the network refers to, so it must live until here
    _save_timing_cache(config, timing_cache)
    draft = target.with_suffix(".draft")
    draft.write_bytes(memoryview(plan))
    draft.replace(target)
    built = time.monotonic()
    return BuiltPlan(target, layers, len(profiles), parsed - start, built - parsed, target.stat().st_size)


def refit_plan(plan: Path, model: Path, library: Library, target: Path) -> None:
    """Fill the weights of the bound graph at `model` into a stripped or refittable plan. Needs a GPU.

    Raises:
        TensorRtError: when the plan does not load here, or the graph's weights are not the plan's.
    """
    trt = load_library(library)
    logger = trt.Logger(trt.Logger.ERROR)
    runtime = trt.Runtime(logger)
    runtime.engine_host_code_allowed = True  # a version-compatible plan holds a runtime, which is of our own building
    engine = runtime.deserialize_cuda_engine(plan.read_bytes())
    if engine is None:
        raise TensorRtError(f"{plan}: does not load with {library.value} {trt.__version__} on this GPU")
    refitter = trt.Refitter(engine, logger)
    if not trt.OnnxParserRefitter(refitter, logger).refit_from_file(str(model)):
        raise TensorRtError(f"{plan}: the weights of {model} do not fit it")
    if not refitter.refit_cuda_engine():
        missing = ", ".join(refitter.get_missing_weights()[:8])
        raise TensorRtError(f"{plan}: not refitted; weights missing: {missing}")
    config = engine.create_serialization_config()
    if hasattr(trt, "SerializationFlag"):
        config.clear_flag(trt.SerializationFlag.EXCLUDE_WEIGHTS)
    draft = target.with_suffix(".draft")
    draft.write_bytes(memoryview(engine.serialize_with_config(config)))
    draft.replace(target)


def _builder(trt: Any, logger: Any, settings: PlanSettings) -> Any:
    try:
        builder = trt.Builder(logger)
    except (RuntimeError, TypeError) as error:
        raise TensorRtError(f"{settings.library.value} cannot start here ({error}); it needs its GPU") from None
    if builder is None:
        raise TensorRtError(f"{settings.library.value} cannot start here; it needs its GPU")
    return builder


def _parsed(trt: Any, logger: Any, builder: Any, model: Path) -> tuple[Any, Any]:
    flags = trt.NetworkDefinitionCreationFlag
    typed = 1 << int(flags.STRONGLY_TYPED) if hasattr(flags, "STRONGLY_TYPED") else 0  # 11 knows nothing else
    network = builder.create_network(typed)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(model)):  # from the file, so that external weights are found
        error = parser.get_error(0)
        raise UnsupportedOperatorError(model.parent.parent.name, str(error.desc()), str(error.node_name() or "unknown"))
    return network, parser


def _optimization_profile(builder: Any, network: Any, profile: Profile) -> Any:
    built = builder.create_optimization_profile()
    for index in range(network.num_inputs):
        name = network.get_input(index).name
        built.set_shape(name, *profile[name])
    return built


def _apply_settings(trt: Any, config: Any, settings: PlanSettings) -> None:
    wanted = {
        "REFIT": settings.refittable or settings.stripped,
        "STRIP_PLAN": settings.stripped,
        "WEIGHT_STREAMING": settings.streaming,
        "VERSION_COMPATIBLE": settings.version_compatible,
    }
    for flag, is_wanted in wanted.items():
        if is_wanted:
            config.set_flag(getattr(trt.BuilderFlag, flag))
    if settings.hardware is not Hardware.SAME:
        level = getattr(trt.HardwareCompatibilityLevel, settings.hardware.value.upper())
        config.hardware_compatibility_level = level
        if config.hardware_compatibility_level != level:
            raise TensorRtError(f"{settings.library.value} builds no plans for other GPUs ({settings.hardware.value})")
    if settings.workspace_bytes:
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, settings.workspace_bytes)
    _set_capabilities(trt, config, settings.capabilities)


def _set_capabilities(trt: Any, config: Any, capabilities: tuple[str, ...]) -> None:
    if not capabilities:
        return
    if not hasattr(config, "set_compute_capability"):
        raise TensorRtError("full TensorRT builds for the GPU of its own machine; leave the compute capability out")
    config.num_compute_capabilities = len(capabilities)
    known = trt.ComputeCapability.__members__
    for index, capability in enumerate(capabilities):
        member = known.get("SM" + capability.replace(".", ""))
        if member is None:
            names = ", ".join(f"{name[2:-1]}.{name[-1]}" for name in known if name.startswith("SM"))
            raise TensorRtError(f"compute capability {capability} is not one of {names}")
        config.set_compute_capability(member, index)


def _load_timing_cache(config: Any, path: Path | None) -> None:
    if path is not None:
        blob = path.read_bytes() if path.is_file() else b""
        config.set_timing_cache(config.create_timing_cache(blob), False)


def _save_timing_cache(config: Any, path: Path | None) -> None:
    cache = config.get_timing_cache() if path is not None else None
    if path is not None and cache is not None:
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.write_bytes(memoryview(cache.serialize()))
        draft.replace(path)


def _profile(spec: ComponentSpec, bounds: Mapping[str, AxisBounds]) -> Profile:
    def shape(axes: tuple[int | str, ...], which: str) -> Shape:
        return tuple(axis if isinstance(axis, int) else int(getattr(bounds[axis], which)) for axis in axes)

    return {
        tensor.name: (shape(tensor.shape, "min"), shape(tensor.shape, "opt"), shape(tensor.shape, "max"))
        for tensor in spec.inputs
    }


def _pixels(spec: ComponentSpec, axis: str, which: str, pixels_per_latent: int) -> int:
    size = int(getattr(spec.bounds[axis], which))
    return size * (pixels_per_latent if SIDES[axis] == "latents" else 1)
