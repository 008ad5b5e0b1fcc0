"""`a cat AND a dog :0.5`: several prompts for one image, each pulling with its own weight."""

from __future__ import annotations

import re
from dataclasses import dataclass

from diffusion.prompt.emphasis import limited

_AND = re.compile(r"\bAND\b")
_WEIGHT = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)\s*")


@dataclass(frozen=True, slots=True)
class WeightedPrompt:
    """One of the prompts joined by AND."""

    text: str
    weight: float


def split_composition(text: str) -> list[WeightedPrompt]:
    """The prompts that `text` joins; a text without AND is one prompt of weight 1, whatever it ends with."""
    parts = _AND.split(text)
    return [WeightedPrompt(text, 1.0)] if len(parts) == 1 else [_weighted(part) for part in parts]


def _weighted(part: str) -> WeightedPrompt:
    head, colon, tail = part.rpartition(":")
    if not colon or not _WEIGHT.fullmatch(tail):
        return WeightedPrompt(part.strip(), 1.0)
    return WeightedPrompt(head.strip(), limited(float(tail)))
