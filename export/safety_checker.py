"""A safety checker's folder in diffusers' layout (`diffusion.safety`), read without torch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from diffusion.components import Component
from diffusion.safety import CheckerSpec
from diffusion.standalone import Standalone
from export.errors import CheckpointError, UnsupportedArchitectureError
from export.json_file import read_json
from export.safetensors_header import StoredTensor, read_header
from export.standalone import normalisation, weights_in

CLASS = "StableDiffusionSafetyChecker"
EXPECTED = "a safety checker in diffusers' layout"
VISION_DEFAULTS: dict[str, Any] = {
    "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
    "num_channels": 3, "image_size": 224, "patch_size": 32, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05,
}  # fmt: skip
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
OLD_PREFIX, PREFIX = "vision_model.vision_model.", "vision_model."  # as it was saved before transformers 5
BUFFERS = (".position_ids",)


@dataclass(frozen=True, slots=True)
class CheckerFiles:
    """A safety checker's folder, read."""

    COMPONENT: ClassVar[Component] = Component.SAFETY_CHECKER
    SPEC: ClassVar[type[Standalone]] = CheckerSpec

    folder: Path
    weights: Path
    vision: dict[str, Any]
    projection: int

    @classmethod
    def read(cls, folder: Path) -> CheckerFiles:
        """Read `config.json` and find the weights.

        Raises:
            CheckpointError: naming the file that is missing, malformed or of a kind that is not served.
        """
        path = folder / "config.json"
        config = read_json(path, EXPECTED)
        found = (config.get("architectures") or [None])[0]
        if found != CLASS:
            raise UnsupportedArchitectureError(path, f"a {found}; served is {CLASS}")
        given = config.get("vision_config") or {}
        vision = {key: given.get(key, default) for key, default in VISION_DEFAULTS.items()}
        if vision["num_channels"] != len(MEAN):
            raise UnsupportedArchitectureError(path, f"takes pictures of {vision['num_channels']} channels, not 3")
        return cls(folder, weights_in(folder), vision, int(config.get("projection_dim", 512)))

    @property
    def architecture(self) -> str:
        """Equal for checkers that one exported graph serves."""
        counts = [self.tensors()[name].shape[0] for name in ("concept_embeds", "special_care_embeds")]
        told = ["safety_checker", 1, self.vision, self.projection, counts]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def tensors(self) -> dict[str, StoredTensor]:
        """What is stored, by the network's names. Raises DamagedFileError, or CheckpointError without concepts."""
        stored = {
            name.replace(OLD_PREFIX, PREFIX, 1) if name.startswith(OLD_PREFIX) else name: tensor
            for name, tensor in read_header(self.weights).items()
            if not name.endswith(BUFFERS)
        }
        for name in ("concept_embeds", "special_care_embeds"):
            if name not in stored or len(stored[name].shape) != 2:
                raise CheckpointError(self.weights, f"has no {name}, which says what the checker looks for")
        return stored

    def spec(self, fingerprint: str) -> CheckerSpec:
        """The checker's own description."""
        # its own, or that of the pipeline that it lies in
        folders = self.folder, self.folder.parent / "feature_extractor"
        mean, std = normalisation(folders, MEAN, STD)
        tensors = self.tensors()
        concepts, special = (tensors[name].shape[0] for name in ("concept_embeds", "special_care_embeds"))
        return CheckerSpec(fingerprint, int(self.vision["image_size"]), mean, std, concepts, special)
