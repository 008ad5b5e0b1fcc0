"""The search line: words, `"phrases"`, and `field:value` with `>`, `<`, `>=` or `<=` where a field has an order.

model:avila-demo steps:>20 "red apple" tag:best from:2026-01-01 is:favourite -pear
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from gateway.errors import InvalidRequestError

MAX_CHARS, MAX_TERMS = 500, 20
_WHOLE, _SEEDS = 2**31, 2**53
"""Beyond these a number is no value that the column can have, and is compared as a fraction."""

_TERM = re.compile(r'(-?)(?:([A-Za-z_]+):(>=|<=|>|<|=)?)?("[^"]*"|[^\s"]+)')
_WORD = re.compile(r"\w+")
_SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Condition:
    """`column op value`, as written in the search line."""

    column: str
    op: str
    value: Any


@dataclass(slots=True)
class Search:
    """A search line, understood. Phrases are tuples of words that follow each other."""

    phrases: list[tuple[str, ...]] = field(default_factory=list)
    without: list[tuple[str, ...]] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    albums: list[str] = field(default_factory=list)
    is_trashed: bool = False


def parse(line: str) -> Search:
    """Understand a search line.

    Raises:
        InvalidRequestError: too long, an unknown field, or a value the field cannot have.
    """
    if len(line) > MAX_CHARS:
        raise _refused(f"at most {MAX_CHARS} characters")
    search, terms = Search(), list(_TERM.finditer(line))
    if len(terms) > MAX_TERMS:
        raise _refused(f"at most {MAX_TERMS} terms")
    for term in terms:
        minus, name, op, value = term.groups()
        text = value.strip('"')
        if name is None:
            words = tuple(_WORD.findall(text.lower()))
            if words:
                (search.without if minus else search.phrases).append(words)
        elif minus:
            raise _refused("a minus before words only")
        else:
            _add(search, name.lower(), op or "=", text)
    return search


def _add(search: Search, name: str, op: str, text: str) -> None:
    if name in _NUMBERS:
        search.conditions.append(Condition(_NUMBERS[name], op, _number(name, text)))
    elif name in ("from", "to"):
        day = _day(name, text)
        bound = day if name == "from" else day + timedelta(days=1)
        search.conditions.append(Condition("created_at", ">=" if name == "from" else "<", bound))
    elif op != "=":
        raise _refused(f"{name}: without {op}")
    elif name in _WORDS:
        search.conditions.append(Condition(_WORDS[name], "=", text))
    elif name in _OTHERS:
        _OTHERS[name](search, text)
    else:
        known = sorted({*_NUMBERS, *_WORDS, *_OTHERS, "from", "to"})
        raise _refused(f"one of the fields {', '.join(known)}, not {name[:30]!r}")


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _refused(f"a number after {name}:, not {text[:30]!r}") from None
    # a whole number stays one, or PostgreSQL would turn the column into fractions and use no index of it
    return int(value) if value.is_integer() and abs(value) < (_SEEDS if name == "seed" else _WHOLE) else value


def _day(name: str, text: str) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _refused(f"a day like 2026-01-31 after {name}:, not {text[:30]!r}") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _add_size(search: Search, text: str) -> None:
    match = _SIZE.fullmatch(text)
    if match is None:
        raise _refused(f"a size like 512x512 after size:, not {text[:30]!r}")
    search.conditions += [Condition("width", "=", int(match[1])), Condition("height", "=", int(match[2]))]


def _add_flag(search: Search, text: str) -> None:
    if text == "favourite":
        search.conditions.append(Condition("is_favourite", "=", True))
    elif text == "trashed":
        search.is_trashed = True
    else:
        raise _refused(f"is:favourite or is:trashed, not is:{text[:30]}")


def _refused(allowed: str) -> InvalidRequestError:
    return InvalidRequestError(f"query: expected {allowed}", field="query")


_NUMBERS: Mapping[str, str] = {
    "steps": "steps",
    "guidance": "guidance",
    "width": "width",
    "height": "height",
    "seed": "seed",
    "rating": "rating",
}
_WORDS: Mapping[str, str] = {"model": "model", "sampler": "sampler", "schedule": "schedule", "job": "job_id"}
_OTHERS: Mapping[str, Callable[[Search, str], None]] = {
    "size": _add_size,
    "is": _add_flag,
    "tag": lambda search, text: search.tags.append(text.lower()),
    "album": lambda search, text: search.albums.append(text),
    "prompt": lambda search, text: search.phrases.append((*_WORD.findall(text.lower()),)),
    "lora": lambda search, text: search.phrases.append(("lora", *_WORD.findall(text.lower()))),
    "format": lambda search, text: search.conditions.append(Condition("media_type", "=", f"image/{text.lower()}")),
}
