import re
import tomllib

import numpy as np
import pytest

from training import captions, config, data

# what any sentence is made of, and so may be in both
FUNCTION_WORDS = {
    "a", "an", "the", "of", "in", "for", "to", "with", "and", "i", "me", "my", "is", "it", "at", "by", "from", "on",
    "would", "like", "there", "ein", "für", "une", "à",
}  # fmt: skip

CAR = data.Record(
    data.BASE,
    "noto",
    "noto",
    "automobile",
    "automobile",
    ("car",),
    ("vehicle",),
    (("auto",), ("voiture",), ("carro",), ("coche",)),
    colour="red",
)
BLUE_CAR = data.Record(
    data.RECOLOURED, "fluent", "fluent", "blue car", "automobile", colour="blue", any_colour=True
)  # fmt: skip


def many(record, **mix):
    shares = dict.fromkeys(config.Captions.__annotations__, 0.0) | mix
    rng = np.random.default_rng(0)
    return [captions.caption(record, rng, config.Captions(**shares)) for _ in range(300)]


@pytest.fixture(scope="module")
def free_prompts():
    sheet = tomllib.loads((config.DEFAULT.parent / "prompts.toml").read_text())["prompt"]
    return [p["text"].lower() for p in sheet if p.get("phrasing") in ("free", "unseen")]


def test_the_sheets_free_phrases_are_in_no_training_caption(free_prompts):
    whole = {text for part in captions.PHRASES.values() for text in part}
    templates = {re.sub(r"\{[an]\}", "", text).strip() for text in whole}
    for prompt in free_prompts:
        for phrase in templates:
            if len(phrase.split()) > 1:
                assert f" {phrase} " not in f" {prompt} ", f"{phrase!r} is in {prompt!r}"


def test_the_sheets_free_words_are_in_no_training_phrase(free_prompts):
    concepts = data.read_concepts(config.DEFAULT.parent / "concepts.toml")
    names = " ".join([*concepts.aliases, *(w for words in concepts.aliases.values() for w in words), *concepts.hues])
    known = set(names.lower().split()) | FUNCTION_WORDS
    asked = {word for prompt in free_prompts for word in prompt.split()} - known
    used = {w for part in captions.PHRASES.values() for text in part for w in re.findall(r"\w+", text)}
    assert not asked & used


def test_without_any_share_a_caption_is_the_label():
    assert set(many(CAR)) == {"automobile"}


def test_a_main_colour_is_named_but_not_twice():
    named = set(many(CAR, main_colour=1.0))
    assert "red automobile" in named
    assert all("red" in text for text in named)
    heart = data.Record(data.BASE, "noto", "noto", "red heart", "red heart", colour="red")
    assert set(many(heart, main_colour=1.0)) == {"red heart"}


def test_the_colour_is_left_out_only_where_any_will_do():
    assert "car" in many(BLUE_CAR, colour_left_out=0.5)
    apple = data.Record(data.RECOLOURED, "noto", "noto", "blue apple", "red apple", colour="blue")
    assert all("blue" in text for text in many(apple, colour_left_out=1.0))


def test_an_attribute_alone_is_the_style_or_the_colour():
    assert set(many(BLUE_CAR, attribute=1.0)) == {"blue", "fluent style"}


def test_a_phrase_keeps_the_name_whole():
    texts = many(CAR, phrase=1.0)
    assert all("automobile" in text for text in texts)
    assert len(set(texts)) > 150


def test_a_translation_stands_in_a_phrase_of_its_own_language():
    texts = set(many(CAR, translation=1.0, sentence=1.0))
    assert {"ein auto", "une voiture", "carro", "coche"} <= texts
    assert not any("picture of" in text for text in texts)


def test_a_shorter_word_of_the_language_is_used_too():
    dog = data.Record(data.BASE, "noto", "noto", "dog face", "dog face", translations=(("hundegesicht", "hund"),) * 4)
    texts = many(dog, translation=1.0)
    assert any("hundegesicht" in text for text in texts)
    assert any(re.search(r"\bhund\b", text) for text in texts)
