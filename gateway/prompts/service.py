"""What helps to write prompts, and what is done to them before they are run."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from diffusion.request import MAX_SEED
from gateway.errors import InvalidRequestError, NotFoundError
from gateway.prompts.expansion import ExpansionError, Wildcards, expand
from gateway.prompts.items import Style, Template, Value
from gateway.prompts.library import Library
from gateway.prompts.suggestions import Suggestions

PROMPTS = ("prompt", "negative_prompt")


@dataclass(frozen=True, slots=True)
class Prompts:
    """Both prompts of a request, ready for the engine, and what was noticed."""

    prompt: str
    negative_prompt: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """Both prompts of an order as they are run.

    Attributes:
        seed: the order's, which made the choices.
        originals: what was asked (`original_prompt`, `original_negative_prompt`), where that differs.
    """

    prompt: str
    negative_prompt: str
    seed: int | None
    originals: Mapping[str, str]

    @property
    def changes(self) -> dict[str, str | int | None]:
        """The fields of an order that become others."""
        changed = {name: getattr(self, name) for name in PROMPTS if f"original_{name}" in self.originals}
        return {**changed, "seed": self.seed} if changed else {}


class PromptService:
    """Styles, templates, wildcards and suggestions."""

    def __init__(self, folder: Path) -> None:
        self._library = Library(folder)
        self.suggestions = Suggestions()

    def templates(self) -> Sequence[Template]:
        """All of them, by name."""
        return [template for _, template in sorted(self._library.templates().items())]

    def styles(self) -> Sequence[Style]:
        """All of them, by name."""
        return [style for _, style in sorted(self._library.styles().items())]

    def wildcards(self) -> Wildcards:
        """All of them with their choices."""
        return self._library.wildcards()

    def fill(self, name: str, values: Mapping[str, Value]) -> Prompts:
        """A template with its places filled.

        Raises:
            NotFoundError: no such template.
            InvalidRequestError: a value is missing or not allowed.
        """
        template = self._library.templates().get(name)
        if template is None:
            raise NotFoundError(f"There is no template '{name}'")
        return Prompts(*template.fill(values))

    def settle(self, prompt: str, negative_prompt: str, styles: Sequence[str], seed: int | None) -> Settled:
        """What every surface does with the prompts of an order: `prepare`, with a seed of our own where it has none.
        Of what is no wildcard `advice` tells, as of all that an order's prompts ask for in vain.

        Raises:
            InvalidRequestError: as `prepare`.
        """
        used = secrets.randbelow(MAX_SEED + 1) if seed is None else seed
        made = self.prepare(prompt, negative_prompt, styles, used)
        asked = {"prompt": prompt, "negative_prompt": negative_prompt}
        originals = {f"original_{name}": text for name, text in asked.items() if getattr(made, name) != text}
        return Settled(made.prompt, made.negative_prompt, used if originals else seed, originals)

    def prepare(self, prompt: str, negative_prompt: str, styles: Sequence[str], seed: int) -> Prompts:
        """Put both prompts in the styles, then make the choices of their variants and wildcards, `seed`'s choices.

        Raises:
            InvalidRequestError: an unknown style, or variants that do not come to an end.
        """
        known: Mapping[str, Style] = self._library.styles() if styles else {}
        for name in styles:
            if name not in known:
                raise InvalidRequestError(f"styles: '{name}' is unknown; there are {', '.join(known)}", field="styles")
            prompt, negative_prompt = known[name].apply(prompt, negative_prompt)
        choose = random.Random(seed)  # noqa: S311 - for pictures
        texts, warnings = [], []
        for field, text in zip(PROMPTS, (prompt, negative_prompt), strict=True):
            if "{" not in text and "__" not in text:
                texts.append(text)
                continue
            try:
                expansion = expand(text, self.wildcards(), choose)
            except ExpansionError as error:
                raise InvalidRequestError(f"{field}: {error}", field=field) from error
            texts.append(expansion.text)
            warnings += [f"{field}: '__{name}__' is no wildcard here" for name in expansion.unknown]
        return Prompts(texts[0], texts[1], tuple(warnings))
