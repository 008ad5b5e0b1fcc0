"""Tags for what somebody types, in his own language: `pôr do` finds `sunset`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.models.schemas import LoraFile
from gateway.prompts.library import read_json


class Category(StrEnum):
    """What a tag says something about."""

    STYLES = "styles"
    SUBJECTS = "subjects"
    LIGHTING = "lighting"
    CAMERA = "camera"
    LORAS = "loras"


class Language(StrEnum):
    """Of the words that lead to tags."""

    EN = "en"
    DE = "de"
    FR = "fr"
    PT = "pt"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag, and the word that led to it; names and triggers of LoRAs are of no language."""

    tag: str
    category: Category
    word: str
    language: Language | None


Word = tuple[Language | None, str, str]
"""As it is shown and as it is compared."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A tag with the words that lead to it."""

    tag: str
    category: Category
    models: frozenset[str]
    words: tuple[Word, ...]
    plain: str
    """The tag as it is compared."""


class Suggestions:
    """All tags with their words, read once."""

    def __init__(self) -> None:
        listed = [*read_json("tags.json"), *({"category": "subjects", **entry} for entry in read_json("subjects.json"))]
        self._entries = [_entry(raw) for raw in listed]

    def find(
        self,
        typed: str,
        *,
        category: Category | None,
        language: Language | None,
        model: str | None,
        limit: int,
        more: Sequence[Entry] = (),
    ) -> list[Suggestion]:
        """The best `limit` tags whose words begin with `typed`; with nothing typed, the first of the category.

        `more` are tags beside those that ship (`of_loras`).
        """
        wanted = compared(typed)
        ranked = []
        for position, entry in enumerate((*self._entries, *more)):
            if category not in (None, entry.category) or (entry.models and model not in (None, *entry.models)):
                continue
            best = min(_matches(wanted, entry.words, language), default=None)
            if best is not None:
                rank, index = best
                of, word, plain = entry.words[index]
                is_other = plain != entry.plain  # a cat before all that a cat is a word for
                ranked.append((rank, is_other, position, Suggestion(entry.tag, entry.category, word, of)))
        ranked.sort(key=lambda found: found[:3])
        return list({found.tag: found for *_, found in reversed(ranked)}.values())[::-1][:limit]


def compared(text: str) -> str:
    """Without accents, case and outer blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).strip()


def of_loras(loras: Iterable[LoraFile]) -> list[Entry]:
    """Each LoRA that works, as the tag that calls it, and its triggers; both are found by its name and title too."""
    found = []
    for lora in loras:
        if lora.error is not None:
            continue
        named = [lora.name, *([lora.title] if lora.title != lora.name else [])]
        for tag, words in ((f"<lora:{lora.name}:1>", named), *((one, [one, *named]) for one in lora.triggers)):
            compare = tuple((None, word, compared(word)) for word in words)
            found.append(Entry(tag, Category.LORAS, frozenset(), compare, compared(tag)))
    return found


def _matches(wanted: str, words: Iterable[Word], language: Language | None) -> Iterable[tuple[int, int]]:
    """(how well, which) of each word that fits: whole, from its beginning, from the beginning of a part of it."""
    for index, (of, _, word) in enumerate(words):
        if None not in (language, of) and language != of:
            continue
        if word == wanted:
            yield 0, index
        elif word.startswith(wanted):
            yield 1, index
        elif f" {wanted}" in word.replace("-", " "):
            yield 2, index


def _entry(raw: Mapping[str, object]) -> Entry:
    words = raw["words"]
    assert isinstance(words, dict)  # noqa: S101 - our own file
    pairs = [(Language(language), word) for language, listed in words.items() for word in listed]
    return Entry(
        tag=str(raw["tag"]),
        category=Category(str(raw["category"])),
        models=frozenset(raw.get("models", ())),  # type: ignore[call-overload]
        words=tuple((language, word, compared(word)) for language, word in pairs),
        plain=compared(str(raw["tag"])),
    )
