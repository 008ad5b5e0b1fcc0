"""Which text conditions which row at which step: a request's two prompts, read."""

from __future__ import annotations

from dataclasses import dataclass

from diffusion.errors import InvalidFieldError
from diffusion.prompt.composition import split_composition
from diffusion.prompt.schedule import texts_by_step

MAX_JOINED = 8
MAX_TEXTS = 64


@dataclass(frozen=True, slots=True)
class Track:
    """One row of an image: `weight` of its pull, and the number of its text at each step."""

    weight: float
    texts: tuple[int, ...]

    def at(self, step: int) -> int:
        """Number of the text at `step` (from 0)."""
        return self.texts[min(step, len(self.texts) - 1)]


@dataclass(frozen=True, slots=True)
class PromptPlan:
    """The distinct texts of a request, with the field each is from, and the rows that use them."""

    texts: tuple[str, ...]
    fields: tuple[str, ...]
    positive: tuple[Track, ...]
    negative: Track


def make_plan(prompt: str, negative_prompt: str, steps: int) -> PromptPlan:
    """Read both prompts for `steps` steps. AND joins in the prompt only, as in AUTOMATIC1111.

    Raises:
        InvalidFieldError: more prompts joined, or more different texts over the steps, than one request may have.
    """
    joined = split_composition(prompt)
    if len(joined) > MAX_JOINED:
        raise InvalidFieldError("prompt", f"{len(joined)} prompts joined by AND", f"at most {MAX_JOINED}")
    numbers: dict[str, int] = {}
    fields: list[str] = []

    def track(field: str, text: str, weight: float) -> Track:
        by_step = texts_by_step(text, steps)
        for at_step in dict.fromkeys(by_step):
            if numbers.setdefault(at_step, len(numbers)) == len(fields):
                fields.append(field)
        if len(numbers) > MAX_TEXTS:
            raise InvalidFieldError(field, f"{len(numbers)} different texts over its steps", f"at most {MAX_TEXTS}")
        return Track(weight, tuple(numbers[at_step] for at_step in by_step))

    positive = tuple(track("prompt", part.text, part.weight) for part in joined)
    negative = track("negative_prompt", negative_prompt, 1.0)
    return PromptPlan(tuple(numbers), tuple(fields), positive, negative)
