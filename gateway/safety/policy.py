"""What applies to a request: how strict its role is, and how strict its caller wants it to be."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class Level(StrEnum):
    """What happens to what is found; each is stricter than the one before it."""

    OFF = "off"
    BLUR = "blur"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """For comparison."""
        return list(Level).index(self)

    def stricter(self, other: Level | None) -> Level:
        """The stricter one of the two."""
        return self if other is None or self.rank >= other.rank else other


class Stage(StrEnum):
    """What looked, in the words that every surface uses."""

    PROMPT = "prompt"
    INPUT = "input_image"
    OUTPUT = "output_image"


class SafetyPolicy(BaseModel):
    """Of a role.

    Attributes:
        prompts: what happens to the pictures of a prompt that a rule matches.
        pictures: what happens to a picture in which the safety checker finds something.
        sensitivity: added to the checker's scores: above 0 it finds more, below 0 less.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompts: Level = Level.OFF
    pictures: Level = Level.OFF
    sensitivity: Annotated[float, Field(ge=-0.2, le=0.2)] = 0.0

    def at_least(self, wish: Level | None) -> SafetyPolicy:
        """As strict as the caller wants it, never laxer than it is."""
        return self.model_copy(
            update={"prompts": self.prompts.stricter(wish), "pictures": self.pictures.stricter(wish)}
        )


BLOCKED, BLURRED = "blocked", "blurred"


def finding(image: int, seed: int, stage: str, action: str, reason: str) -> dict[str, Any]:
    """What every surface tells of a picture that was blocked or blurred."""
    return {"image": image, "seed": seed, "stage": stage, "action": action, "reason": reason}


def findings_of(moderation: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Those of a job, by picture."""
    return sorted((moderation or {}).get("found", ()), key=lambda one: int(one["image"]))


def sentence(found: Mapping[str, Any]) -> str:
    """One of them in words."""
    return f"picture {found['image'] + 1} was {found['action']} (stage: {found['stage']}): {found['reason']}"


def warnings_of(moderation: Mapping[str, Any] | None) -> list[str]:
    """What there is to tell of a job's pictures: what was found, and that they were not shown while they were made."""
    if not moderation:
        return []
    withheld = "previews are withheld: pictures are looked at before they are shown"
    return [withheld, *(sentence(found) for found in findings_of(moderation))]
