"""From a record to one of the many ways to ask for its picture."""

import tomllib
from pathlib import Path

import numpy as np

from training import config
from training.data import RECOLOURED, Record
from training.sources import LANGUAGES

SENTENCES = (
    "{a}", "{a}", "{a}", "a picture of {a}", "a drawing of {a}", "an icon of {a}", "{n} emoji", "picture of {a}",
    "draw {a}", "{a} on a white background", "a cute {n}", "the {n}", "illustration of {a}",
)  # fmt: skip
COLOURED = ("{c} {n}", "{c} {n}", "{c} {n}", "{n} in {c}", "{n}, {c}", "{c} coloured {n}")
PLURALS = frozenset(
    {"cherries", "grapes", "scissors", "bricks", "pancakes", "blueberries", "fries", "chips", "french fries"}
)
UNCOUNTED = frozenset(
    {"asleep", "rain", "lightning", "broccoli", "popcorn", "bread", "corn", "honey", "earth", "chocolate"}
)
PHRASES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text())


def with_article(noun: str) -> str:
    """`apple` -> `an apple`; plurals and masses stay bare."""
    if noun in PLURALS or noun in UNCOUNTED:
        return noun
    return ("an " if noun[0] in "aeio" else "a ") + noun


def caption(record: Record, rng: np.random.Generator, mix: config.Captions) -> str:
    """A random caption: label or everyday word, perhaps translated, tagged, in a sentence or phrase, with its style.

    Sometimes only the style or the colour, which is what a negative prompt names.
    """
    if rng.random() < mix.attribute:
        return record.colour if record.colour and rng.random() < 0.4 else f"{record.style} style"
    if record.translations and rng.random() < mix.translation:
        name = translated(record, rng)
    else:
        name = name_only(record, rng, mix)
        roll = rng.random()
        if roll < mix.sentence:
            name = _pick(SENTENCES, rng).format(a=with_article(name), n=name)
        elif roll < mix.sentence + mix.phrase:
            name = phrased(name, rng)
    if rng.random() < mix.style:
        name = f"{name}, {record.style} style"
    return name


def name_only(record: Record, rng: np.random.Generator, mix: config.Captions) -> str:
    """What the picture shows, in English, without sentence or style."""
    if record.part == RECOLOURED:
        return _colour(record, record.label.removeprefix(record.colour + " "), rng, mix)
    roll = rng.random()
    if roll < mix.tag and record.tags:
        return f"{record.label}, {_pick(record.tags, rng)}"
    roll -= mix.tag
    name = _pick(record.aliases, rng) if roll < mix.alias and record.aliases else record.label
    if record.colour and record.colour not in name.split() and rng.random() < mix.main_colour:
        name = _pick(COLOURED, rng).format(c=record.colour, n=name)
    return name


def translated(record: Record, rng: np.random.Generator) -> str:
    """Its name in one of the other languages, mostly with an article or in a phrase of that language.

    Which gender a noun has is not known, so any article of the language may stand beside it: all are to be looked past.
    """
    language = int(rng.integers(len(LANGUAGES)))
    words = record.translations[language]
    name = _pick(words[1:], rng) if len(words) > 1 and rng.random() < 0.4 else words[0]
    return _pick(PHRASES[LANGUAGES[language]], rng).format(n=name) if rng.random() < 0.65 else name


def made_up(rng: np.random.Generator) -> str:
    """A word of nobody's, so that the pieces of words that were never seen are looked past too."""
    return "".join(_pick(PHRASES["syllables"], rng) for _ in range(int(rng.integers(1, 4))))


def phrased(name: str, rng: np.random.Generator) -> str:
    """The name amid what people say around it: perhaps an opener, an adjective, an ending, a stray word or two."""
    noun = f"{_pick(PHRASES['adjectives'], rng)} {name}" if rng.random() < 0.4 else name
    opener = _pick(PHRASES["openers"], rng) if rng.random() < 0.6 else "{a}"
    text = opener.format(a=with_article(noun), n=noun)
    if rng.random() < 0.5:
        text = f"{text} {_pick(PHRASES['endings'], rng)}"
    if rng.random() < 0.4:
        words = text.split()
        for _ in range(int(rng.integers(1, 3))):
            stray = made_up(rng) if rng.random() < 0.3 else _pick(PHRASES["words"], rng)
            words.insert(int(rng.choice([0, len(words)])), stray)
        text = " ".join(words)
    return text


def _colour(record: Record, noun: str, rng: np.random.Generator, mix: config.Captions) -> str:
    """A recoloured object's name; where the object comes in any colour, sometimes without its colour."""
    if record.any_colour and rng.random() < mix.colour_left_out:
        return noun
    return _pick(COLOURED, rng).format(c=record.colour, n=noun)


def _pick(words: tuple[str, ...] | list[str], rng: np.random.Generator) -> str:
    return words[rng.integers(len(words))]
