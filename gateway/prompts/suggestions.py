"""Tags for what somebody types, in his own language: `pôr do` finds `sunset`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.prompts.library import read_json


class Category(StrEnum):
    """What a tag says something about."""

    STYLES = "styles"
    SUBJECTS = "subjects"
    LIGHTING = "lighting"
    CAMERA = "camera"


class Language(StrEnum):
    """Of the words that lead to tags."""

    EN = "en"
    DE = "de"
    FR = "fr"
    PT = "pt"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag, and the word that led to it."""

    tag: str
    category: Category
    word: str
    language: Language


@dataclass(frozen=True, slots=True)
class _Entry:
    tag: str
    category: Category
    models: frozenset[str]
    words: tuple[tuple[Language, str, str], ...]  # as it is shown and as it is compared


class Suggestions:
    """All tags with their words, read once."""

    def __init__(self) -> None:
        listed = [*read_json("tags.json"), *({"category": "subjects", **entry} for entry in read_json("subjects.json"))]
        self._entries = [_entry(raw) for raw in listed]

    def find(
        self, typed: str, *, category: Category | None, language: Language | None, model: str | None, limit: int
    ) -> list[Suggestion]:
        """The best `limit` tags whose words begin with `typed`; with nothing typed, the first of the category."""
        wanted = compared(typed)
        ranked = []
        for position, entry in enumerate(self._entries):
            if category not in (None, entry.category) or (entry.models and model not in (None, *entry.models)):
                continue
            best = min(_matches(wanted, entry.words, language), default=None)
            if best is not None:
                rank, index = best
                of, word, _ = entry.words[index]
                ranked.append((rank, position, Suggestion(entry.tag, entry.category, word, of)))
        ranked.sort(key=lambda found: found[:2])
        return list({found.tag: found for _, _, found in reversed(ranked)}.values())[::-1][:limit]


def compared(text: str) -> str:
    """Without accents, case and outer blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).strip()


def _matches(
    wanted: str, words: Iterable[tuple[Language, str, str]], language: Language | None
) -> Iterable[tuple[int, int]]:
    """(how well, which) of each word that fits: whole, from its beginning, from the beginning of a part of it."""
    for index, (of, _, word) in enumerate(words):
        if language not in (None, of):
            continue
        if word == wanted:
            yield 0, index
        elif word.startswith(wanted):
            yield 1, index
        elif f" {wanted}" in word.replace("-", " "):
            yield 2, index


def _entry(raw: Mapping[str, object]) -> _Entry:
    words = raw["words"]
    assert isinstance(words, dict)  # noqa: S101 - our own file
    pairs = [(Language(language), word) for language, listed in words.items() for word in listed]
    return _Entry(
        tag=str(raw["tag"]),
        category=Category(str(raw["category"])),
        models=frozenset(raw.get("models", ())),  # type: ignore[call-overload]
        words=tuple((language, word, compared(word)) for language, word in pairs),
    )
