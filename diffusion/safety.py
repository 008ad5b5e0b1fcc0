"""The safety checker: a network that says of a finished picture whether it shows what an installation forbids.

Its architecture is that of Stable Diffusion's own (diffusers' StableDiffusionSafetyChecker): CLIP's image encoder, and
the cosine of what it says with the embeddings of some concepts. It belongs to no pipeline: one in a model repository
looks at the pictures of all of them. `network.json` beside its graph describes it.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diffusion.components import AxisBounds, Component, ComponentSpec, Tensor, TensorSpec

MODEL = f"safety__{Component.SAFETY_CHECKER}"
"""Its name in the model repository."""

DESCRIPTION = "network.json"
FORMAT = 1
PIXELS, SPECIAL, CONCEPTS = "clip_input", "special_scores", "concept_scores"
SPECIAL_CARE = 0.01
"""What a concept's score gains where one of the special ones is there."""

DECIMALS = 3  # diffusers rounds scores before it compares them with zero


@dataclass(frozen=True, slots=True)
class CheckerSpec:
    """One safety checker.

    Attributes:
        fingerprint: hash of its weights.
        side: pixels of the square that it looks at.
        mean, std: of each channel in 0 … 1, which are taken out of a picture before.
        concepts, special: how many concepts it knows, and how many of those that only sharpen the others.
        max_rows: largest batch of one call.
    """

    fingerprint: str
    side: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    concepts: int
    special: int
    max_rows: int = 8

    @property
    def network(self) -> ComponentSpec:
        """What its graph takes and gives: a concept's score is above zero where a picture shows it."""
        return ComponentSpec(
            component=Component.SAFETY_CHECKER,
            inputs=(TensorSpec(PIXELS, "float32", ("batch", 3, self.side, self.side)),),
            outputs=(
                TensorSpec(SPECIAL, "float32", ("batch", self.special)),
                TensorSpec(CONCEPTS, "float32", ("batch", self.concepts)),
            ),
            max_rows=self.max_rows,
            bounds={"batch": AxisBounds(1, 1, self.max_rows)},
            tolerance=2e-5,
            tolerance_reason="cosines, of sums over the hidden width in another order",
        )

    def to_json(self) -> str:
        """The text of `network.json`."""
        told = {"format": FORMAT, "component": Component.SAFETY_CHECKER}
        return json.dumps({**told, **dataclasses.asdict(self)}, indent=2, sort_keys=True) + "\n"

    @classmethod
    def load(cls, path: Path) -> CheckerSpec:
        """Read the `network.json` at `path`; raises ValueError when it describes something else."""
        data = json.loads(path.read_text(encoding="utf-8"))
        if (data.pop("format", None), data.pop("component", None)) != (FORMAT, Component.SAFETY_CHECKER):
            raise ValueError(f"{path}: not a safety checker of format {FORMAT}; install it again")
        return cls(**{**data, "mean": tuple(data["mean"]), "std": tuple(data["std"])})

    @classmethod
    def installed(cls, repository: Path) -> CheckerSpec | None:
        """The one in a model repository, if there is one; raises ValueError as `load`."""
        path = repository / MODEL / "1" / DESCRIPTION
        return cls.load(path) if path.is_file() else None


def shown_concepts(special: Tensor, concepts: Tensor, sensitivity: float = 0.0) -> tuple[int, ...]:
    """Numbers of the concepts that one picture shows, from its scores.

    Args:
        special, concepts: [special] and [concepts], as the network gives them.
        sensitivity: added to every score: above 0 it finds more, below 0 less.
    """
    cares = np.round(special.astype(np.float64) + sensitivity, DECIMALS) > 0
    gain = sensitivity + (SPECIAL_CARE if cares.any() else 0.0)
    found = np.round(concepts.astype(np.float64) + gain, DECIMALS) > 0
    return tuple(int(number) for number in np.flatnonzero(found))
