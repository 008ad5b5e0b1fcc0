"""Variants and wildcards: `{red|green}`, `{2::often|seldom}`, `{2$$ and $$a|b|c}`, `{1-3$$a|b|c}`, `__dir/color__`.

The same seed makes the same choices. Braces without a bar are text, and so is what a backslash precedes.
"""

from __future__ import annotations

import fnmatch
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_CHOICES = 500
MAX_CHARS = 32_000

_INNERMOST = re.compile(r"\{([^{}]*)\}")
_WILDCARD = re.compile(r"__([\w*?\-]+(?:/[\w*?\-]+)*?)__")
_WEIGHT = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)::")
_COUNT = re.compile(r"\s*(\d{1,3})?(-)?(\d{1,3})?\s*")
_HIDDEN = {"\\{": "\ue000", "\\}": "\ue001", "{": "\ue002", "}": "\ue003", "\\_": "\ue004"}
_SHOWN = str.maketrans({"\ue000": "{", "\ue001": "}", "\ue002": "{", "\ue003": "}", "\ue004": "_"})

Wildcards = Mapping[str, Sequence[str]]


class ExpansionError(Exception):
    """What cannot be expanded; the message says why."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """A text without variants, and the wildcards in it that nobody knows (they are left as they are)."""

    text: str
    unknown: tuple[str, ...]


def expand(text: str, wildcards: Wildcards, choose: random.Random) -> Expansion:
    """Replace every variant and wildcard of `text` by a choice, inside out, until none is left.

    Raises:
        ExpansionError: too many choices (wildcards that name each other in a circle), or too long a result.
    """
    unknown: dict[str, None] = {}
    expander = _Expander(wildcards, choose, unknown)
    for escaped in ("\\{", "\\}", "\\_"):
        text = text.replace(escaped, _HIDDEN[escaped])
    before = -1
    while before != expander.choices:
        before = expander.choices
        text = expander.once(text)
        if len(text) > MAX_CHARS:
            raise ExpansionError(f"the text grows beyond {MAX_CHARS} characters")
    return Expansion(text.translate(_SHOWN), tuple(unknown))


class _Expander:
    def __init__(self, wildcards: Wildcards, choose: random.Random, unknown: dict[str, None]) -> None:
        self._wildcards = wildcards
        self._random = choose
        self._unknown = unknown
        self.choices = 0

    def once(self, text: str) -> str:
        """Expand what holds nothing to expand."""
        text = _INNERMOST.sub(lambda found: self._variant(found[1]), text)
        return _WILDCARD.sub(lambda found: self._wildcard(found[1], found[0]), text)

    def _variant(self, inside: str) -> str:
        head, mark, rest = inside.partition("$$")
        count = _COUNT.fullmatch(head) if mark else None
        if count is None and "|" not in inside:
            return f"{_HIDDEN['{']}{inside}{_HIDDEN['}']}"
        self._count()
        if count is None:
            return self._sample(inside.split("|"), 1, ", ")
        separator, mark, options = rest.partition("$$")
        if not mark:
            separator, options = ", ", rest
        listed = options.split("|")
        low, high = _range(count, len(listed))
        return self._sample(listed, self._random.randint(low, high), separator)

    def _sample(self, options: list[str], number: int, separator: str) -> str:
        """`number` different options, by weight, in the order in which they were drawn."""
        left = [_weighted(option) for option in options]
        drawn = []
        for _ in range(min(number, len(left))):
            weights = [weight for weight, _ in left]
            index = self._random.choices(range(len(left)), weights if any(weights) else None)[0]
            drawn.append(left.pop(index)[1])
        return separator.join(drawn)

    def _wildcard(self, name: str, written: str) -> str:
        names = fnmatch.filter(sorted(self._wildcards), name)
        lines = [line for known in names for line in self._wildcards[known]]
        if not lines:
            self._unknown[name] = None
            return written.replace("_", _HIDDEN["\\_"])
        self._count()
        return self._random.choice(lines)

    def _count(self) -> None:
        self.choices += 1
        if self.choices > MAX_CHOICES:
            raise ExpansionError(f"more than {MAX_CHOICES} choices; do wildcards name each other in a circle?")


def _weighted(option: str) -> tuple[float, str]:
    found = _WEIGHT.match(option)
    return (1.0, option) if found is None else (float(found[1]), option[found.end() :])


def _range(count: re.Match[str], most: int) -> tuple[int, int]:
    low = int(count[1]) if count[1] else 0 if count[2] else 1
    high = int(count[3]) if count[3] else most if count[2] else low
    return min(low, high, most), min(max(low, high), most)
