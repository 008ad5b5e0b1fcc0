"""Rules about prompts: words in a row, `*` standing for any letters within a word.

A rule is no regular expression: matching takes time in proportion to the prompt, whatever somebody writes into either.
Both are read alike: as Unicode's compatibility forms, without accents, in small letters, without invisible signs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.errors import InvalidRequestError

MAX_RULE_CHARS, MAX_RULE_WORDS, MAX_STARS = 200, 10, 3
_WORD = re.compile(r"[\w*]+")
_LETTERS = re.compile(r"\w+")
_BRACKETS = str.maketrans("", "", "()[]{}\\")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its words, and what people are told when it matches."""

    id: str
    label: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, rule_id: str, label: str, text: str) -> Rule:
        """From its text.

        Raises:
            InvalidRequestError: it is none, or could match everything.
        """
        words = tuple(_WORD.findall(plain(text).replace("_", " ")))
        if not words or len(text) > MAX_RULE_CHARS or len(words) > MAX_RULE_WORDS:
            allowed = f"1 to {MAX_RULE_WORDS} words and at most {MAX_RULE_CHARS} characters"
            raise InvalidRequestError(f"words: {text[:60]!r} was given; allowed are {allowed}", field="words")
        for word in words:
            if word.count("*") > MAX_STARS or not word.replace("*", ""):
                allowed = f"at most {MAX_STARS} '*', beside a letter or digit"
                raise InvalidRequestError(f"words: {word[:60]!r} was given; a word has {allowed}", field="words")
        return cls(rule_id, label, words)

    def matches(self, reading: Reading) -> bool:
        """Whether its words stand in a row there."""
        if not all(reading.has(word) for word in self.words):
            return False
        count = len(self.words)
        return any(
            all(_fits(wanted, given) for wanted, given in zip(self.words, reading.words[at : at + count], strict=True))
            for at in range(len(reading.words) - count + 1)
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text in order, plain, and each of them once: most rules are done with after a look at those."""

    words: tuple[str, ...]
    distinct: frozenset[str]

    def has(self, wanted: str) -> bool:
        """Whether a rule's word fits one of them."""
        return wanted in self.distinct if "*" not in wanted else any(_fits(wanted, word) for word in self.distinct)


def first_match(rules: Iterable[Rule], texts: Iterable[str]) -> Rule | None:
    """The first rule that one of the texts matches. Slow work for long texts: use a thread."""
    readings = [reading for text in texts for reading in readings_of(text)]
    return next((rule for rule in rules if any(rule.matches(reading) for reading in readings)), None)


def readings_of(text: str) -> list[Reading]:
    """A prompt read twice: brackets part words, and brackets are not there (`n(u)de`)."""
    found = plain(text).replace("_", " ")
    both = {tuple(_LETTERS.findall(found)), tuple(_LETTERS.findall(found.translate(_BRACKETS)))}
    return [Reading(words, frozenset(words)) for words in both]


def plain(text: str) -> str:
    """Letters without accents, small, in one form each; nothing invisible."""
    parts = unicodedata.normalize("NFKD", text)
    kept = "".join(sign for sign in parts if unicodedata.category(sign) not in ("Mn", "Cf"))
    return unicodedata.normalize("NFKC", kept).casefold()


def _fits(wanted: str, given: str) -> bool:
    """Whether a word has the parts between the stars in order; time in proportion to its length and the stars."""
    first, *rest = wanted.split("*")
    if not rest:
        return given == first
    *middle, last = rest
    if not (given.startswith(first) and given.endswith(last) and len(given) >= len(first) + len(last)):
        return False
    place, end = len(first), len(given) - len(last)
    for part in middle:
        found = given.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
