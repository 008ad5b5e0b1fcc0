"""Weights in a text: `(a)` is 1.1, `[a]` is 1/1.1, `(a:1.3)` is 1.3; nesting multiplies; `\\(` is just a bracket."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

MORE = 1.1
MAX_WEIGHT = 100.0

_SIGN = re.compile(r"\\[()\[\]\\:|]|[()\[\]]|:\s*[+-]?[.\d]+\s*(?=\))|\s*\bBREAK\b\s*")
_CLOSING = {")": "(", "]": "["}


class Emphasis(StrEnum):
    """What weights do."""

    ORIGINAL = "original"  # scale the text states, then bring their mean back
    NO_NORM = "no_norm"  # scale the text states
    IGNORE = "ignore"  # are read and have no effect
    NONE = "none"  # are not read: brackets are part of the text


@dataclass(slots=True)
class Piece:
    """A stretch of text of one weight; with `is_break`, no text but the end of a chunk."""

    text: str
    weight: float = 1.0
    is_break: bool = False


@dataclass(slots=True)
class Reading:
    """A text's pieces, in order, and what looks like a mistake in it."""

    pieces: list[Piece]
    warnings: list[str] = field(default_factory=list)


def read_emphasis(text: str, mode: Emphasis = Emphasis.ORIGINAL) -> Reading:
    """Cut `text` into pieces of one weight; neighbours of the same weight are one piece."""
    if mode is Emphasis.NONE:
        return Reading([Piece(text)])
    reader = _Reader()
    reader.read(text)
    pieces, warnings = reader.pieces, reader.finish()
    if mode is Emphasis.IGNORE:
        for piece in pieces:
            piece.weight = 1.0
    return Reading(list(_merged(pieces)) or [Piece("")], warnings)


def limited(weight: float) -> float:
    """`weight` brought into -100 … 100; what is no number becomes 1."""
    return 1.0 if math.isnan(weight) else min(max(weight, -MAX_WEIGHT), MAX_WEIGHT)


class _Reader:
    """One pass over a text. An open bracket is remembered as the number of the piece that follows it."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._open: dict[str, list[int]] = {"(": [], "[": []}
        self._pending: float | None = None  # the weight before a closing bracket
        self._ranges: list[tuple[int, int, float]] = []
        self._warnings: list[str] = []

    def read(self, text: str) -> None:
        position = 0
        for sign in _SIGN.finditer(text):
            self._add(text[position : sign.start()])
            self._apply(sign[0])
            position = sign.end()
        self._add(text[position:])

    def finish(self) -> list[str]:
        """Close what is open at the end of the text, bound the weights; returns the warnings."""
        for opening, factor in (("(", MORE), ("[", 1 / MORE)):
            if self._open[opening]:
                self._warnings.append(f"{opening!r} is not closed; it goes to the end of the text")
            for start in self._open[opening]:
                self._multiply(start, factor)
        weights = np.ones(len(self.pieces))
        with np.errstate(all="ignore"):
            for start, end, factor in self._ranges:
                weights[start:end] *= factor
        for piece, weight in zip(self.pieces, weights.tolist(), strict=True):
            piece.weight = limited(weight)
            if weight != piece.weight:
                self._warnings.append(f"a weight was limited to {piece.weight:g}")
        return list(dict.fromkeys(self._warnings))

    def _add(self, text: str) -> None:
        if text:
            self.pieces.append(Piece(text))

    def _apply(self, sign: str) -> None:
        if sign.startswith("\\"):
            self._add(sign[1:])
        elif sign in self._open:
            self._open[sign].append(len(self.pieces))
        elif sign in _CLOSING:
            self._close(sign)
        elif sign.startswith(":"):
            self._weigh(sign)
        else:
            self.pieces.append(Piece("", is_break=True))

    def _weigh(self, sign: str) -> None:
        try:
            weight = float(sign[1:])
        except ValueError:
            self._warnings.append(f"{sign.strip()!r} is no weight")
            weight = math.nan
        if math.isnan(weight) or not self._open["("]:
            self._add(sign)
        else:
            self._pending = weight

    def _close(self, sign: str) -> None:
        opened = self._open[_CLOSING[sign]]
        weight, self._pending = self._pending, None
        if not opened:
            self._warnings.append(f"{sign!r} closes nothing; it is part of the text")
            self._add(sign)
        elif sign == "]":
            self._multiply(opened.pop(), 1 / MORE)
        else:
            self._multiply(opened.pop(), MORE if weight is None else weight)

    def _multiply(self, start: int, factor: float) -> None:
        self._ranges.append((start, len(self.pieces), factor))  # multiplied at the end: brackets may nest in thousands


def _merged(pieces: list[Piece]) -> Iterator[Piece]:
    last: Piece | None = None
    for piece in pieces:
        if piece.is_break:
            piece.weight = 1.0
        if last is not None and not last.is_break and not piece.is_break and last.weight == piece.weight:
            last.text += piece.text
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last
