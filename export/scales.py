"""The scales of a quantised UNet, as a file: calibrated once for its weights, used by every installation of them."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion.components import Component
from export.checkpoint import Checkpoint
from export.errors import DamagedFileError, ExportError, UnsupportedArchitectureError
from export.graph_file import GraphFile
from export.manifest import HashCache, manifest_key
from export.precision import Precision
from export.quantised_graph import (
    Kind,
    Scales,
    add_quantisation,
    quantisable_layers,
    scales_from_json,
    scales_to_json,
    weight_scales,
)
from export.safetensors_header import StoredTensor

CALIBRATION = 1  # raise it when the same weights would get other scales
NUMPY_TYPES = {"F32": "<f4", "F16": "<f2"}


@dataclass(frozen=True, slots=True)
class ScalesFile:
    """What a calibration found out.

    Attributes:
        key: hash of the weights, their architecture, the precision and the way of calibration.
        made_by: by what, for people.
    """

    key: str
    precision: Precision
    made_by: str
    layers: Scales

    def write(self, path: Path) -> None:
        """Write it to `path`, whole or not at all."""
        data = {
            "key": self.key,
            "precision": self.precision.value,
            "made_by": self.made_by,
            "layers": scales_to_json(self.layers),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{uuid.uuid4().hex}.draft")
        draft.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> ScalesFile:
        """Read the file at `path`; raises DamagedFileError when it is none."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            layers = scales_from_json(data["layers"])
            return cls(str(data["key"]), Precision(data["precision"]), str(data["made_by"]), layers)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedFileError(path, f"no scales of a calibration ({error})") from None


def scales_key(checkpoint: Checkpoint, precision: Precision, hashes: HashCache) -> str:
    """Hash of what the scales of the checkpoint's UNet depend on.

    Raises:
        UnsupportedArchitectureError: it has another denoiser.
    """
    if checkpoint.denoiser is not Component.UNET:
        served = f"{precision} is for UNets; a {checkpoint.denoiser} is served in fp32, fp16 and bf16"
        raise UnsupportedArchitectureError(checkpoint.folder, served)
    return manifest_key(
        {
            "weights": hashes.sha256(checkpoint.weights_path(Component.UNET)),
            "architecture": checkpoint.architecture(Component.UNET),
            "precision": precision.value,
            "calibration": CALIBRATION,
        }
    )


def stored_scales(state: Path, key: str, precision: Precision) -> Path:
    """Where the repository's own store keeps them."""
    return state / "scales" / f"unet-{precision}-{key[:32]}.json"


def find_scales(checkpoint: Checkpoint, state: Path, precision: Precision, hashes: HashCache) -> Path | None:
    """The scales of the checkpoint's UNet: those that lie with it, or the store's."""
    key = scales_key(checkpoint, precision, hashes)
    for path in (checkpoint.assets / "scales" / f"unet-{precision}.json", stored_scales(state, key, precision)):
        if path.is_file() and ScalesFile.read(path).key == key:
            return path
    return None


def modelopt_python() -> Path:
    """The interpreter of ModelOpt's own environment.

    Raises:
        ExportError: with how to make it.
    """
    python = Path(os.environ.get("AVILA_VENV_MODELOPT", ".venv-modelopt")).absolute() / "bin" / "python"
    if not python.is_file():
        raise ExportError(
            f"{python}: missing; scales for plans need NVIDIA's ModelOpt: `make modelopt` makes its environment, "
            "AVILA_VENV_MODELOPT names one"
        )
    return python


def quantise(graph: GraphFile, scales: Path, weights: Path, tensors: Mapping[str, StoredTensor], kind: Kind) -> None:
    """Put the pairs into `graph`, which is bound to the file `weights`.

    Raises:
        DamagedFileError: the scales are not those of this graph's layers.
    """
    layers = ScalesFile.read(scales).layers
    known = {layer.name for layer in quantisable_layers(graph)}
    if strange := sorted(layers.keys() - known):
        raise DamagedFileError(scales, f"{strange[0]} is no layer of this UNet")
    found = {name: weight_scales(_read(weights, tensors[f"{name}.weight"]), kind) for name in layers}
    add_quantisation(graph, layers, found, kind)


def _read(path: Path, stored: StoredTensor) -> NDArray[Any]:
    with path.open("rb") as file:
        file.seek(stored.offset)
        data = file.read(stored.length)
    if stored.dtype == "BF16":
        flat: NDArray[Any] = (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    else:
        flat = np.frombuffer(data, NUMPY_TYPES[stored.dtype])
    return flat.reshape(stored.shape[::-1]).T if stored.transposed else flat.reshape(stored.shape)
