import json
from dataclasses import replace

import numpy as np
import pytest

from training import config, data, recolour

CIRCLE = '<circle cx="16" cy="16" r="12" fill="#{}"/>'


def make_modules(folder):
    """A `node_modules` in the packages' own layout, with two concepts and one further drawing."""
    labels = {"1F34E": "red apple", "2B50": "star", "1F697": "automobile"}
    colours = {"red-apple": "e02020", "star": "f0c000", "automobile": "2060e0"}
    for name, spdx in (
        ("noto", "Apache-2.0"),
        ("fluent-emoji-flat", "MIT"),
        ("noto-v1", "Apache-2.0"),
        ("fluent-emoji", "MIT"),
    ):
        place = folder / "@iconify-json" / name
        place.mkdir(parents=True)
        icons = {slug: {"body": CIRCLE.format(colour)} for slug, colour in colours.items()}
        (place / "icons.json").write_text(json.dumps({"width": 32, "height": 32, "icons": icons}))
        (place / "info.json").write_text(json.dumps({"license": {"spdx": spdx}}))
        (place / "package.json").write_text(json.dumps({"version": "1.0.0"}))
    for lang in ("en", "de", "fr", "pt", "es"):
        place = folder / "emojibase-data" / lang
        place.mkdir(parents=True)
        rows = [
            {"hexcode": h, "label": f"{label}" if lang == "en" else f"{lang} {label}", "group": 4}
            for h, label in labels.items()
        ]
        (place / "data.json").write_text(json.dumps(rows))
        (place / "messages.json").write_text(json.dumps({"groups": [{"order": 4, "key": "food-drink"}]}))
    return folder


CONCEPTS = data.Concepts(
    {"red apple": ("apple",), "star": ()},
    {"star": "star"},
    frozenset({"green star"}),
    frozenset({"star"}),
    {"green": 125.0, "blue": 212.0, "yellow": 48.0},
)


@pytest.fixture
def build(tmp_path):
    pytest.importorskip("resvg_py", reason="drawing SVGs needs resvg-py; TestTurn and TestShrink run without it")
    modules = make_modules(tmp_path / "node_modules")
    return lambda: list(data.Builder(modules, config.load().data, CONCEPTS).build())


class TestBuilder:
    def test_same_packages_give_the_same_bytes(self, build):
        def once():
            pairs = build()
            return data.digest([r for r, _ in pairs], np.stack([p for _, p in pairs]))

        assert once() == once()

    def test_base_other_and_extra_drawings_are_kept_apart(self, build):
        parts = {(r.style, r.label): r.part for r, _ in build()}
        assert parts["noto", "red apple"] == parts["fluent", "star"] == data.BASE
        assert parts["noto", "automobile"] == data.EXTRA
        assert parts["blob", "star"] == data.OTHER
        assert ("blob", "automobile") not in parts

    def test_held_out_combinations_are_drawn_but_not_trained(self, build):
        parts = {r.label: r.part for r, _ in build()}
        assert parts["green star"] == data.HELD_OUT
        assert parts["blue star"] == data.RECOLOURED
        assert "yellow star" not in parts  # it is yellow already

    def test_a_drawings_main_colour_is_named(self, build):
        records = {(r.style, r.label): r for r, _ in build()}
        assert records["noto", "red apple"].colour == "red"
        assert records["noto", "blue star"].colour == "blue"
        assert records["noto", "blue star"].any_colour
        assert not records["noto", "star"].any_colour

    def test_pictures_have_the_configured_size_and_a_white_background(self, build):
        for _, picture in build():
            assert picture.shape == (64, 64, 3)
            assert (picture[0, 0] == 255).all()

    def test_a_concept_emojibase_does_not_know_is_named(self, tmp_path):
        modules = make_modules(tmp_path / "node_modules")
        with pytest.raises(ValueError, match="no emojibase label unicorn car"):
            data.Builder(modules, config.load().data, replace(CONCEPTS, aliases={"unicorn car": ()}))


def disc(colour):
    picture = np.full((64, 64, 3), 255, np.uint8)
    y, x = np.mgrid[:64, :64]
    picture[(y - 32) ** 2 + (x - 32) ** 2 < 600] = colour
    return picture


class TestTurn:
    @pytest.mark.parametrize(("hue", "strongest"), [(357, 0), (125, 1), (212, 2)])
    def test_the_main_colour_becomes_the_one_asked_for(self, hue, strongest):
        turned = recolour.turn(disc((200, 170, 20)), hue)
        assert turned[32, 32].argmax() == strongest

    def test_white_and_other_hues_stay(self):
        picture = disc((220, 30, 30))
        picture[30:34, 30:34] = (20, 60, 220)
        turned = recolour.turn(picture, 125)
        assert (turned[0, 0] == 255).all()
        assert turned[32, 32].argmax() == 2

    def test_is_deterministic(self):
        assert (recolour.turn(disc((200, 30, 90)), 48) == recolour.turn(disc((200, 30, 90)), 48)).all()


class TestShrink:
    def test_pixels_are_means_of_blocks(self):
        picture = np.zeros((4, 4, 3), np.uint8)
        picture[:2, :2] = [[[0, 0, 0], [10, 0, 0]], [[20, 0, 0], [30, 0, 0]]]
        assert data.shrink(picture, 2)[0, 0].tolist() == [15, 0, 0]


def test_concept_list_is_consistent():
    concepts = data.read_concepts(config.DEFAULT.parent / config.load().data.concepts)
    assert len(concepts.aliases) > 200
    assert concepts.recoloured.keys() <= concepts.aliases.keys()
    nouns, colours = set(concepts.recoloured.values()), set(concepts.hues)
    assert all(label.split()[0] in colours and label.split()[1] in nouns for label in concepts.held_out)
    words = [word for aliases in concepts.aliases.values() for word in aliases]
    assert len(words) == len(set(words)), "one word for two pictures"
