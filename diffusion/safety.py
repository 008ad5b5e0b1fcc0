"""The safety checker: a network that says of a finished picture whether it shows what an installation forbids.

Its architecture is that of Stable Diffusion's own (diffusers' StableDiffusionSafetyChecker): CLIP's image encoder, and
the cosine of what it says with the embeddings of some concepts. It belongs to no pipeline: one in a model repository
looks at the pictures of all of them (`diffusion.standalone`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from diffusion.components import AxisBounds, Component, ComponentSpec, Tensor, TensorSpec
from diffusion.standalone import Standalone

PIXELS, SPECIAL, CONCEPTS = "clip_input", "special_scores", "concept_scores"
SPECIAL_CARE = 0.01
"""What a concept's score gains where one of the special ones is there."""

DECIMALS = 3  # diffusers rounds scores before it compares them with zero


@dataclass(frozen=True, slots=True)
class CheckerSpec(Standalone):
    """One safety checker.

    Attributes:
        fingerprint: hash of its weights.
        side: pixels of the square that it looks at.
        mean, std: of each channel in 0 … 1, which are taken out of a picture before.
        concepts, special: how many concepts it knows, and how many of those that only sharpen the others.
        max_rows: largest batch of one call.
    """

    COMPONENT: ClassVar[Component] = Component.SAFETY_CHECKER
    GROUP: ClassVar[str] = "safety"
    TITLE: ClassVar[str] = "safety checker"

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


MODEL = CheckerSpec.model()


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
