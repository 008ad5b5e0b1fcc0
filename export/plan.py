"""What an export will do, said before it is done: its steps, what is known already, and what they need."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Any

from diffusion.components import Component, Part
from export.checkpoint import Checkpoint
from export.errors import ExportError, NotEnoughMemoryError, NotEnoughSpaceError
from export.manifest import HashCache, manifest_key
from export.precision import Precision, component_precision
from export.recipe import find_graph, make_recipe, stored_graph
from export.repository import check_name, is_installed
from export.scales import find_scales, modelopt_python, scales_key, stored_scales
from export.sessions import is_mapped
from export.transaction import prepare_state
from export.triton_config import Target
from export.verify import MAX_VERIFIED_SIDE

TOOLS = ("torch", "diffusers", "transformers", "onnx", "onnxscript", "onnxruntime", "numpy")
# Measured on one core (docs/export.md): tracing grows with the number of operations, so with the number of tensors.
SECONDS_PER_TRACED_TENSOR = 0.1
SECONDS_TO_START = 8.0
SECONDS_PER_VERIFIED_PARAMETER = 2e-8
SECONDS_PER_PICTURED_PARAMETER = 1e-6
SECONDS_PER_CALIBRATED_PARAMETER = 4e-6
BASE_BYTES = 1_300_000_000  # torch, diffusers and ONNX Runtime themselves, and activations
FLOAT_BYTES = 4
ACTIVATION_COPIES, VERIFIED_ROWS = 6, 2  # 5.1 GB for Stable Diffusion 1.5's decoder at 512×576, two rows
ORT_COPIES = 2  # ONNX Runtime packs weights for its kernels; PyTorch's are let go before it starts


HALF_CASTS = 2  # of a mapped file's size: in half precision ONNX Runtime casts all weights to float32 first
MAPPED_WORK = (
    0.5  # of its size: layers in float32 and activations; Stable Diffusion XL's UNet took 13.7 GB for 5.1 stored
)


class Verification(StrEnum):
    """Which components are compared with PyTorch."""

    NEW = "new"  # those whose graph is exported now
    ALL = "all"


class StepKind(StrEnum):
    """What a step does."""

    EXPORT = "export"  # trace, then verify
    VERIFY = "verify"
    CALIBRATE = "calibrate"  # the UNet's scales
    INSTALL = "install"
    PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export, and where to.

    Attributes:
        assets: folder with `graphs/` and `serving.json`; the checkpoint's own by default.
        replaced, controlnets: see `Checkpoint`.
        install: whether the pipeline is put into the repository at the end.
        memory_bytes: most memory one step may take; None for what the machine has free.
        origin: where the checkpoint is from, for the manifest; see `export.origin`.
    """

    checkpoint: Path
    name: str
    repository: Path
    assets: Path
    replaced: Mapping[str, Path] = field(default_factory=dict)
    controlnets: Mapping[str, Path] = field(default_factory=dict)
    target: Target = Target.CPU
    precision: Precision = Precision.FP32
    verification: Verification = Verification.NEW
    install: bool = True
    memory_bytes: int | None = None
    origin: Mapping[str, str] = field(default_factory=dict)

    def read_checkpoint(self) -> Checkpoint:
        """Its configs; raises CheckpointError."""
        return Checkpoint.read(self.checkpoint, self.assets, self.replaced, self.controlnets)


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `done` says why there is nothing to do, and is empty when there is."""

    kind: StepKind
    component: Part | None
    seconds: float
    memory_bytes: int
    disk_bytes: int
    done: str = ""

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.kind.value} {self.component}" if self.component else self.kind.value

    def to_json(self) -> dict[str, Any]:
        """The step as plain data."""
        return {
            "step": self.title,
            "done": self.done,
            "seconds": round(self.seconds, 1),
            "memory_bytes": self.memory_bytes,
            "disk_bytes": self.disk_bytes,
        }


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """All steps in order. `reports`, `pictures` and `scales` say where these files are or will be.

    `left_out` has the networks of the checkpoint that are not served, each with what that means.
    """

    request: ExportRequest
    steps: tuple[Step, ...]
    reports: Mapping[Part, Path]
    pictures: Path
    scales: Path | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def open_steps(self) -> tuple[Step, ...]:
        """What is left to do."""
        return tuple(step for step in self.steps if not step.done)

    @property
    def peak_bytes(self) -> int:
        """Most memory that one step needs; steps run one after another."""
        return max((step.memory_bytes for step in self.open_steps), default=0)

    def to_json(self) -> dict[str, Any]:
        """The plan as plain data."""
        steps = self.open_steps
        return {
            "name": self.request.name,
            "checkpoint": str(self.request.checkpoint),
            "target": self.request.target.value,
            "precision": self.request.precision.value,
            "left_out": dict(self.left_out),
            "steps": [step.to_json() for step in self.steps],
            "seconds": round(sum(step.seconds for step in steps), 1),
            "memory_bytes": self.peak_bytes,
            "disk_bytes": sum(step.disk_bytes for step in steps),
        }


def make_plan(request: ExportRequest) -> ExportPlan:
    """Read the checkpoint and find out what is left to do.

    Raises:
        CheckpointError: for a checkpoint that cannot be used.
        ExportError: when torch would be needed and is missing.
        NotEnoughMemoryError, NotEnoughSpaceError: before anything has been started.
    """
    checkpoint = request.read_checkpoint()
    state = prepare_state(request.repository)
    hashes = HashCache(state / "hashes.json")
    reports = {item: _report_path(checkpoint, state, item, request, hashes) for item in checkpoint.parts}
    steps = [_component_step(checkpoint, state, item, request, report) for item, report in reports.items()]
    scales, compared = None, {"components": sorted(map(str, reports.values()))}
    if request.precision.kind:
        key = scales_key(checkpoint, request.precision, hashes)
        scales = find_scales(checkpoint, state, request.precision, hashes)
        steps.append(_calibration_step(checkpoint, request, is_known=scales is not None))
        scales = scales or stored_scales(state, key, request.precision)
        compared["scales"] = [key]
    pictures = state / "reports" / f"pictures-{manifest_key(compared)[:32]}.json"
    is_new = any(not step.done for step in steps) or unseen(pictures).exists()
    steps.append(_pictures_step(checkpoint, request, pictures, is_new))
    if request.install:
        check_name(request.name)
        steps.append(_install_step(checkpoint, request, all(step.done for step in steps)))
    plan = ExportPlan(request, tuple(steps), reports, pictures, scales, checkpoint.left_out)
    _check_tools(plan)
    _check_resources(plan, state)
    return plan


def unseen(pictures: Path) -> Path:
    """The mark of an export whose networks were made and whose pictures have not passed yet."""
    return pictures.with_suffix(".unseen")


def graph_path(checkpoint: Checkpoint, state: Path, component: Part, precision: Precision) -> Path:
    """Where the graph of a component is, or will be kept."""
    found = find_graph(checkpoint, state, component, precision)
    kept = component_precision(component, precision).value
    return found or stored_graph(state, component, checkpoint.architecture(component), kept)


def tool_versions() -> dict[str, str]:
    """Versions of everything that takes part in an export; a tool that is not installed is left out."""
    versions = {}
    for tool in TOOLS:
        try:
            versions[tool] = metadata.version(tool)
        except metadata.PackageNotFoundError:
            continue
    return versions


def available_memory() -> int:
    """Bytes that can be taken without swapping."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        entries = dict(line.split(":", 1) for line in lines)
        return int(entries["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _report_path(
    checkpoint: Checkpoint, state: Path, component: Part, request: ExportRequest, hashes: HashCache
) -> Path:
    key = manifest_key(
        {
            "weights": hashes.sha256(checkpoint.weights_path(component)),
            "architecture": checkpoint.architecture(component),
            "precision": component_precision(component, request.precision).value,
            "tools": tool_versions(),
        }
    )
    return state / "reports" / f"{component}-{key[:32]}.json"


def _component_step(checkpoint: Checkpoint, state: Path, component: Part, request: ExportRequest, report: Path) -> Step:
    tensors = checkpoint.tensors(component)
    parameters = sum(math.prod(tensor.shape) for tensor in tensors.values())
    memory = (
        BASE_BYTES + _weights_bytes(checkpoint, component, request.precision) + _activation_bytes(checkpoint, component)
    )
    verifying = SECONDS_TO_START + parameters * SECONDS_PER_VERIFIED_PARAMETER
    if find_graph(checkpoint, state, component, request.precision) is None:
        seconds = verifying + len(tensors) * SECONDS_PER_TRACED_TENSOR
        return Step(StepKind.EXPORT, component, seconds, memory, 10_000_000)
    done = ""
    if report.is_file():
        done = "exported and verified before"
    elif request.verification is Verification.NEW:
        done = "graph of this architecture known"
    return Step(StepKind.VERIFY, component, verifying, memory, 0, done)


def _weights_bytes(checkpoint: Checkpoint, component: Part, precision: Precision, sides: int = 2) -> int:
    """Memory that a network's weights take while it is compared; `sides` 1 where one is let go before the other."""
    tensors = checkpoint.tensors(component).values()
    stored = sum(tensor.length for tensor in tensors)
    if component == checkpoint.denoiser and is_mapped(checkpoint.weights_path(component)):
        is_half = component_precision(component, precision) is Precision.FP16
        return int((sides + HALF_CASTS * is_half + MAPPED_WORK) * stored)  # PyTorch's own, and the mapped file
    return stored + ORT_COPIES * FLOAT_BYTES * sum(math.prod(tensor.shape) for tensor in tensors)


def _activation_bytes(checkpoint: Checkpoint, component: Part) -> int:
    """An autoencoder's largest maps, at full resolution, outweigh its weights many times; other networks' do not."""
    if component not in (Component.VAE_DECODER, Component.VAE_ENCODER):
        return 0
    channels = checkpoint.config(component)["block_out_channels"]
    pixels: int = 2 ** (len(channels) - 1)
    side = min(int(checkpoint.config(checkpoint.denoiser).get("sample_size") or 64), MAX_VERIFIED_SIDE) * pixels
    return ACTIVATION_COPIES * FLOAT_BYTES * VERIFIED_ROWS * 2 * int(channels[0]) * side * side


def _pictures_step(checkpoint: Checkpoint, request: ExportRequest, report: Path, is_new: bool) -> Step:
    components = [item for item in checkpoint.components if item is not Component.VAE_ENCODER]
    files = [checkpoint.tensors(component) for component in components]
    parameters = sum(math.prod(tensor.shape) for tensors in files for tensor in tensors.values())
    seconds = 2 * SECONDS_TO_START + parameters * SECONDS_PER_PICTURED_PARAMETER
    memory = BASE_BYTES + sum(
        _weights_bytes(checkpoint, component, request.precision, sides=1) for component in components
    )
    done = ""
    if not checkpoint.makes_pictures_from_text:
        done = "needs a picture to begin with: its networks are compared, whole pictures are not"
    elif report.is_file():
        done = "compared before"
    elif not is_new and request.verification is Verification.NEW:
        done = "graphs of this architecture known"
    return Step(StepKind.PICTURES, None, seconds, memory, 1_000_000, done)


def _calibration_step(checkpoint: Checkpoint, request: ExportRequest, *, is_known: bool) -> Step:
    """ModelOpt holds the network twice in float32, and once more while ONNX Runtime runs it."""
    parts = [item for item in checkpoint.components if item is not Component.VAE_ENCODER]
    parameters = sum(math.prod(tensor.shape) for tensor in checkpoint.tensors(Component.UNET).values())
    seconds = SECONDS_TO_START + parameters * SECONDS_PER_CALIBRATED_PARAMETER
    memory = BASE_BYTES + sum(_weights_bytes(checkpoint, item, request.precision, sides=1) for item in parts)
    if request.precision.needs_modelopt:
        memory += 2 * FLOAT_BYTES * parameters
    done = "calibrated before" if is_known else ""
    return Step(StepKind.CALIBRATE, None, seconds, memory, 1_000_000, done)


def _install_step(checkpoint: Checkpoint, request: ExportRequest, is_known: bool) -> Step:
    done = ""
    if is_known:
        recipe = make_recipe(checkpoint, request.repository, request.name, request.precision)
        done = "installed before, unchanged" if is_installed(recipe, request.repository) else ""
    files = {checkpoint.weights_path(component) for component in checkpoint.parts}
    device = request.repository.stat().st_dev
    copied = sum(path.stat().st_size for path in files if path.stat().st_dev != device)
    vae = sum(math.prod(tensor.shape) for tensor in checkpoint.tensors(Component.VAE_DECODER).values())
    seconds = 1 + sum(path.stat().st_size for path in files) / 1e9
    return Step(StepKind.INSTALL, None, seconds, 400_000_000 + 2 * FLOAT_BYTES * vae, copied + 50_000_000, done)


def _check_tools(plan: ExportPlan) -> None:
    light = (StepKind.INSTALL, StepKind.CALIBRATE)
    titles = ", ".join(step.title for step in plan.open_steps if step.kind not in light)
    missing = [tool for tool in TOOLS if tool not in tool_versions()]
    if titles and missing:
        raise ExportError(f"{titles}: needs {', '.join(missing)}; install the project with its [export] extra")
    if plan.request.precision.needs_modelopt and any(step.kind is StepKind.CALIBRATE for step in plan.open_steps):
        modelopt_python()


def _check_resources(plan: ExportPlan, state: Path) -> None:
    free = shutil.disk_usage(state).free
    needed = sum(step.disk_bytes for step in plan.open_steps)
    if needed > free:
        raise NotEnoughSpaceError(state, needed, free)
    allowed = min(plan.request.memory_bytes or available_memory(), available_memory())
    for step in plan.open_steps:
        if step.memory_bytes > allowed:
            raise NotEnoughMemoryError(step.title, step.memory_bytes, allowed)
