"""Folders of networks that make maps (`diffusion.preprocessors`), read without torch."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from diffusion.components import Component
from diffusion.preprocessors import POSE_STRIDE, DepthSpec, PoseSpec
from diffusion.standalone import Standalone
from export.architecture import IGNORED
from export.errors import CheckpointError, UnsupportedArchitectureError
from export.json_file import read_json
from export.safetensors_header import StoredTensor, read_header
from export.standalone import normalisation, weights_in

DEPTH_CLASSES = ("DPTForDepthEstimation", "DepthAnythingForDepthEstimation")
DEPTH_MEAN = DEPTH_STD = (0.5, 0.5, 0.5)  # transformers' own for both, where `preprocessor_config.json` says nothing
POSE_CLASS = "OpenPoseBody"
POSE_DEFAULTS = {"image_size": 368, "stages": 6, "width": 64}
SIDES = range(32, 1025)
DINOV2_ATTENTION = re.compile(
    r"(?P<layer>backbone\.encoder\.layer\.\d+\.attention\.)(?P<part>attention\.(query|key|value)|output\.dense)(?=\.)"
)
DINOV2_PARTS = {
    "attention.query": "q_proj",
    "attention.key": "k_proj",
    "attention.value": "v_proj",
    "output.dense": "o_proj",
}


@dataclass(frozen=True, slots=True)
class DepthFiles:
    """A depth model in transformers' layout."""

    COMPONENT: ClassVar[Component] = Component.DEPTH_ESTIMATOR
    SPEC: ClassVar[type[Standalone]] = DepthSpec

    folder: Path
    weights: Path
    config: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> DepthFiles:
        """Read `config.json` and find the weights.

        Raises:
            CheckpointError: naming the file that is missing, malformed or of a kind that is not served.
        """
        path = folder / "config.json"
        config = read_json(path, "a depth model in transformers' layout")
        found = (config.get("architectures") or [None])[0]
        if found not in DEPTH_CLASSES:
            raise UnsupportedArchitectureError(path, f"a {found}; served are {', '.join(DEPTH_CLASSES)}")
        files = cls(folder, weights_in(folder), config)
        _check_side(path, files.side)
        return files

    @property
    def side(self) -> Any:
        """Pixels of the square that its positions were made for."""
        inner = self.config.get("backbone_config") or {}
        return self.config.get("image_size", inner.get("image_size", 384))

    @property
    def architecture(self) -> str:
        """Equal for networks that one exported graph serves."""
        told = {key: value for key, value in self.config.items() if key not in IGNORED and not key.startswith("_")}
        return _hashed("depth", self.config["architectures"], self.side, told)

    def tensors(self) -> dict[str, StoredTensor]:
        """What is stored, by the network's own names. Raises DamagedFileError.

        Files have older names for the attention of a DINOv2 than its network in transformers 5, whatever wrote them.
        """
        stored = read_header(self.weights)
        if (self.config.get("backbone_config") or {}).get("model_type") != "dinov2":
            return stored
        return {DINOV2_ATTENTION.sub(_own_name, name): tensor for name, tensor in stored.items()}

    def spec(self, fingerprint: str) -> DepthSpec:
        """The network's own description."""
        mean, std = normalisation((self.folder,), DEPTH_MEAN, DEPTH_STD)
        is_metric = self.config.get("depth_estimation_type") == "metric"
        return DepthSpec(fingerprint, int(self.side), mean, std, is_metric)


@dataclass(frozen=True, slots=True)
class PoseFiles:
    """OpenPose's network for bodies: `config.json`, and its weights under their published names.

    `config.json` is `{"architectures": ["OpenPoseBody"]}`; `image_size`, `stages` and `width` may be given.
    """

    COMPONENT: ClassVar[Component] = Component.POSE_ESTIMATOR
    SPEC: ClassVar[type[Standalone]] = PoseSpec

    folder: Path
    weights: Path
    config: dict[str, int]

    @classmethod
    def read(cls, folder: Path) -> PoseFiles:
        """As `DepthFiles.read`."""
        path = folder / "config.json"
        given = read_json(path, "a pose model: OpenPose's network for bodies")
        found = (given.get("architectures") or [None])[0]
        if found != POSE_CLASS:
            raise UnsupportedArchitectureError(path, f"a {found}; served is {POSE_CLASS}")
        config = {key: given.get(key, default) for key, default in POSE_DEFAULTS.items()}
        _check_side(path, config["image_size"])
        if config["image_size"] % POSE_STRIDE:
            raise CheckpointError(
                path, f"image_size is {config['image_size']}; a multiple of {POSE_STRIDE} is expected"
            )
        for key, most in (("stages", 6), ("width", 64)):
            value = config[key]
            if not isinstance(value, int) or not 1 <= value <= most:
                raise CheckpointError(path, f"{key} is {value!r}; 1 to {most} is expected")
        return cls(folder, weights_in(folder), config)

    @property
    def architecture(self) -> str:
        """Equal for networks that one exported graph serves."""
        return _hashed("pose", self.config)

    def tensors(self) -> dict[str, StoredTensor]:
        """What is stored. Raises DamagedFileError."""
        return read_header(self.weights)

    def spec(self, fingerprint: str) -> PoseSpec:
        """The network's own description."""
        return PoseSpec(fingerprint, self.config["image_size"])


def _own_name(found: re.Match[str]) -> str:
    return found["layer"] + DINOV2_PARTS[found["part"]]


def _check_side(path: Path, side: object) -> None:
    if not isinstance(side, int) or side not in SIDES:
        raise CheckpointError(path, f"image_size is {side!r}; {SIDES[0]} to {SIDES[-1]} is expected")


def _hashed(*told: Any) -> str:
    return hashlib.sha256(json.dumps([1, *told], sort_keys=True).encode()).hexdigest()
