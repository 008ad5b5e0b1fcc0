"""From a record to one of the many ways to ask for its picture."""

import numpy as np

from training import config
from training.data import Record

SENTENCES = (
    "{a}", "{a}", "{a}", "a picture of {a}", "a drawing of {a}", "an icon of {a}", "{n} emoji", "picture of {a}",
    "draw {a}", "{a} on a white background", "a cute {n}", "the {n}", "illustration of {a}",
)  # fmt: skip
PLURALS = frozenset(
    {"cherries", "grapes", "scissors", "bricks", "pancakes", "blueberries", "fries", "chips", "french fries"}
)
UNCOUNTED = frozenset(
    {"asleep", "rain", "lightning", "broccoli", "popcorn", "bread", "corn", "honey", "earth", "chocolate"}
)


def with_article(noun: str) -> str:
    """`apple` -> `an apple`; plurals and masses stay bare."""
    if noun in PLURALS or noun in UNCOUNTED:
        return noun
    return ("an " if noun[0] in "aeio" else "a ") + noun


def caption(record: Record, rng: np.random.Generator, mix: config.Captions) -> str:
    """A random caption: label or everyday word, perhaps translated, tagged, in a sentence, with the style's name."""
    name = name_only(record, rng, mix)
    if rng.random() < mix.sentence:
        name = SENTENCES[rng.integers(len(SENTENCES))].format(a=with_article(name), n=name)
    if rng.random() < mix.style:
        name = f"{name}, {record.style} style"
    return name


def name_only(record: Record, rng: np.random.Generator, mix: config.Captions) -> str:
    """What the picture shows, without sentence or style."""
    roll = rng.random()
    if roll < mix.translation and record.translations:
        return _pick(record.translations, rng)
    roll -= mix.translation
    if roll < mix.tag and record.tags:
        return f"{record.label}, {_pick(record.tags, rng)}"
    roll -= mix.tag
    if roll < mix.alias and record.aliases:
        return _pick(record.aliases, rng)
    return record.label


def _pick(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[rng.integers(len(words))]
