"""Every error of the export.

ExportError                         its message says what is wrong with which file, and what would be accepted
├── CheckpointError                 the checkpoint cannot be used
│   ├── PickledCheckpointError      weights that could run code when loaded
│   ├── DamagedFileError            truncated, or not what its name says
│   ├── UnsupportedArchitectureError
│   └── WeightsMismatchError        tensors missing, left over, or of another shape or type than the network's
├── UnknownArchitectureError        supported, but no graph of it has been exported yet
├── UnsupportedOperatorError        the exporter has no ONNX form for an operation; names the layer
├── UnsupportedOpsetError           a graph uses a set of operators that not every target runs
├── TensorRtError                   TensorRT is missing, cannot build for what was asked, or failed to build
├── VerificationError               the exported network differs from the original
│   ├── NamesDifferError
│   ├── AxesDifferError
│   ├── ShapesDifferError
│   ├── ValuesDifferError
│   └── RowsDependError             a row's result depends on the other rows of its batch
├── NotEnoughSpaceError             measured before anything is written
├── NotEnoughMemoryError            measured before, or the step's process was stopped for it
├── StepFailedError                 the process of one step ended without a result
└── RepositoryError                 the model repository cannot be written as it must be
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class ExportError(Exception):
    """Base of the export's errors; the message is meant for the person who typed the command."""


class CheckpointError(ExportError):
    """The checkpoint at `path` cannot be used."""

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path = str(path)
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class PickledCheckpointError(CheckpointError):
    """Pickled weights run code when they are loaded, so they are refused unread."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(path, "pickled weights are refused: loading them can run code; convert them to .safetensors")


class DamagedFileError(CheckpointError):
    """The file is truncated or malformed."""


class UnsupportedArchitectureError(CheckpointError):
    """A kind of network that this project does not serve."""


class WeightsMismatchError(CheckpointError):
    """The tensors of a file are not those of its network.

    Attributes:
        missing: names the network needs and the file lacks.
        surplus: names in the file that no network uses.
        mismatched: name and reason for each tensor of another shape or type.
    """

    def __init__(self, path: Path | str, missing: Iterable[str], surplus: Iterable[str], mismatched: Iterable[str]):
        self.missing, self.surplus, self.mismatched = sorted(missing), sorted(surplus), sorted(mismatched)
        parts = [
            f"{len(names)} {what}: {_listed(names)}"
            for what, names in (
                ("tensors missing", self.missing),
                ("surplus tensors", self.surplus),
                ("tensors that do not fit", self.mismatched),
            )
            if names
        ]
        super().__init__(path, "; ".join(parts))


class UnknownArchitectureError(ExportError):
    """No exported graph fits the component; torch is needed once to make one.

    Attributes:
        component: which network.
        architecture: the hash that a fitting graph would carry.
    """

    def __init__(self, component: str, architecture: str, looked_in: Iterable[Path]) -> None:
        self.component = component
        self.architecture = architecture
        places = ", ".join(str(place) for place in looked_in)
        super().__init__(
            f"{component}: no graph of architecture {architecture[:12]} in {places}; "
            "make one with `avila export` (needs the [export] extra)"
        )


class NotCalibratedError(ExportError):
    """A quantised pipeline needs scales, and none fit these weights."""

    def __init__(self, precision: str, looked_in: Iterable[Path]) -> None:
        self.precision = precision
        places = ", ".join(str(place) for place in looked_in)
        super().__init__(
            f"unet: no {precision} scales for these weights in {places}; "
            f"`avila export --precision {precision.partition('-')[0]}` makes them"
        )


class UnsupportedOperatorError(ExportError):
    """The exporter cannot express an operation; `layer` is where it stands in the network."""

    def __init__(self, component: str, operator: str, layer: str) -> None:
        self.component, self.operator, self.layer = component, operator, layer
        super().__init__(f"{component}: no ONNX form for {operator}, used in layer {layer}")


class UnsupportedOpsetError(ExportError):
    """A graph's operators are of a version that not every target runs."""

    def __init__(self, component: str, given: str, allowed: str) -> None:
        self.component, self.given = component, given
        super().__init__(f"{component}: the graph uses the operators of {given}; allowed is {allowed}")


class TensorRtError(ExportError):
    """TensorRT is missing, cannot build for what was asked, or failed to build."""


class VerificationError(ExportError):
    """The exported network is not the original. `detail` says which tensor, what was found and what is right."""

    def __init__(self, component: str, detail: str) -> None:
        self.component = component
        self.detail = detail
        super().__init__(f"{component}: {detail}")


class NamesDifferError(VerificationError):
    """Input or output names or types differ from the spec."""


class AxesDifferError(VerificationError):
    """An axis is fixed where the spec has it free, or the reverse."""


class ShapesDifferError(VerificationError):
    """A result has another shape than PyTorch's."""


class ValuesDifferError(VerificationError):
    """A result differs from PyTorch's by more than the spec's tolerance."""


class RowsDependError(VerificationError):
    """A row computed in a batch differs from the same row alone."""


class NotEnoughSpaceError(ExportError):
    """The disk has less room than the work needs."""

    def __init__(self, folder: Path, needed: int, free: int) -> None:
        self.needed, self.free = needed, free
        super().__init__(f"{folder}: {needed / 1e9:.2f} GB needed on its disk, {free / 1e9:.2f} GB free")


class NotEnoughMemoryError(ExportError):
    """The machine has, or the limit allows, less memory than a step needs."""

    def __init__(self, step: str, needed: int, available: int) -> None:
        self.step, self.needed, self.available = step, needed, available
        super().__init__(f"{step}: about {needed / 1e9:.1f} GB of memory needed, {available / 1e9:.1f} GB allowed")


class StepFailedError(ExportError):
    """The process of one step ended without a result."""

    def __init__(self, step: str, reason: str) -> None:
        self.step = step
        super().__init__(f"{step}: {reason}")


class RepositoryError(ExportError):
    """The model repository cannot be written as it must be."""


def _listed(names: list[str], limit: int = 8) -> str:
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown}, … and {len(names) - limit} more"
