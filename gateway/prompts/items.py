"""Templates with typed placeholders, and styles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.errors import InvalidRequestError

MAX_VALUE_CHARS = 500

Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=8000)]
Titles = Annotated[dict[str, str], Field(description="by language: en, de, fr, pt")]
Value = str | int | float

_PLACE = re.compile(r"\{(\w+)\}")
_STYLED = "{prompt}"


class Placeholder(BaseModel):
    """A field of a template's form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^\w{1,50}$")]
    type: Literal["text", "choice", "number"]
    labels: Titles = {}
    options: list[str] = []
    minimum: float | None = None
    maximum: float | None = None
    default: Value | None = None

    def filled(self, given: Value | None) -> str:
        """The text for a value.

        Raises:
            InvalidRequestError: it is missing or not allowed; says what is.
        """
        value = self.default if given is None else given
        allowed = self._refusal(value)
        if value is None or allowed is not None:
            said = "is missing" if value is None else f"{value!r} is not allowed"
            raise InvalidRequestError(f"values.{self.name}: {said}; expected {allowed}", field=f"values.{self.name}")
        return f"{value:g}" if isinstance(value, float) else str(value)

    def _refusal(self, value: Value | None) -> str | None:
        if self.type == "choice":
            return None if value in self.options else f"one of {', '.join(self.options)}"
        if self.type == "number":
            low, high = self.minimum, self.maximum
            fits = isinstance(value, (int, float)) and (low is None or value >= low) and (high is None or value <= high)
            return None if fits else f"a number{_bounds(low, high)}"
        fits = isinstance(value, str) and 0 < len(value.strip()) <= len(value) <= MAX_VALUE_CHARS
        return None if fits else f"a text of 1 to {MAX_VALUE_CHARS} characters"


class Template(BaseModel):
    """A prompt with places to fill in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    titles: Titles = {}
    prompt: Text
    negative_prompt: Text = ""
    placeholders: list[Placeholder] = []

    @model_validator(mode="after")
    def _places_are_declared(self) -> Template:
        places = set(_PLACE.findall(self.prompt + self.negative_prompt))
        declared = {placeholder.name for placeholder in self.placeholders}
        if places != declared:
            raise ValueError(f"the prompt has the places {sorted(places)}, the placeholders are {sorted(declared)}")
        return self

    def fill(self, values: Mapping[str, Value]) -> tuple[str, str]:
        """Prompt and negative prompt with every place filled.

        Raises:
            InvalidRequestError: a value that is missing, not allowed, or of no place.
        """
        declared = {placeholder.name: placeholder for placeholder in self.placeholders}
        for name in values:
            if name not in declared:
                known = ", ".join(declared) or "none"
                raise InvalidRequestError(f"values.{name}: no place of this template; it has {known}", field="values")
        texts = {name: placeholder.filled(values.get(name)) for name, placeholder in declared.items()}
        prompt, negative = (_PLACE.sub(lambda place: texts[place[1]], text) for text in self._texts)
        return prompt, negative

    @property
    def _texts(self) -> tuple[str, str]:
        return self.prompt, self.negative_prompt


class Style(BaseModel):
    """What is put around a prompt (`{prompt}` marks its place) or, without the mark, behind it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    titles: Titles = {}
    prompt: Text = ""
    negative_prompt: Text = ""

    def apply(self, prompt: str, negative_prompt: str) -> tuple[str, str]:
        """Both prompts in this style."""
        return _styled(self.prompt, prompt), _styled(self.negative_prompt, negative_prompt)


def _styled(style: str, prompt: str) -> str:
    if _STYLED in style:
        return style.replace(_STYLED, prompt)
    return ", ".join(part for part in (prompt.strip(), style.strip()) if part)


def _bounds(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    return f" from {low:g} to {high:g}" if low is not None and high is not None else ""
