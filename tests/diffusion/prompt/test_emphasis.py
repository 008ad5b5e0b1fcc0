from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.prompt.emphasis import Emphasis, read_emphasis

GRAMMAR = st.text(alphabet="ab ,.:|()[]\\1-BREAKND", max_size=60)


def read(text, mode=Emphasis.ORIGINAL):
    return [("BREAK" if p.is_break else p.text, round(p.weight, 4)) for p in read_emphasis(text, mode).pieces]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", [("", 1.0)]),
        ("normal text", [("normal text", 1.0)]),
        ("an (important) word", [("an ", 1.0), ("important", 1.1), (" word", 1.0)]),
        ("((a))", [("a", 1.21)]),
        ("[a]", [("a", 0.9091)]),
        ("(a:1.3)", [("a", 1.3)]),
        ("(a : 0.5 )", [("a ", 0.5)]),
        ("(a:-1)", [("a", -1.0)]),
        ("(a (b:1.5) c:1.2)", [("a ", 1.2), ("b", 1.8), (" c", 1.2)]),
        ("([a])", [("a", 1.0)]),
        ("[[a]:1.5]", [("a", 0.8264), (":1.5", 0.9091)]),
        (r"\(literal\] \\", [(r"(literal] " + "\\", 1.0)]),
        (r"(16\:9)", [("16:9", 1.1)]),
        (r"back\slash", [(r"back\slash", 1.0)]),
        ("a:1.2)", [("a:1.2)", 1.0)]),
        ("(unbalanced", [("unbalanced", 1.1)]),
        ("[unbalanced", [("unbalanced", 0.9091)]),
        ("(a:1.1.2)", [("a:1.1.2", 1.1)]),
        ("(a:1)b[c", [("ab", 1.0), ("c", 0.9091)]),
        ("a BREAK b", [("a", 1.0), ("BREAK", 1.0), ("b", 1.0)]),
        ("(a BREAK b:1.5)", [("a", 1.5), ("BREAK", 1.0), ("b", 1.5)]),
        ("BREAKFAST", [("BREAKFAST", 1.0)]),
        ("(a:9999)", [("a", 100.0)]),
        ("(a:" + "9" * 400 + ")", [("a", 100.0)]),
        (
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky)))",
            [
                ("a ", 1.0),
                ("house", 1.573),
                (" ", 1.1),
                ("on", 1.0),
                (" a ", 1.1),
                ("hill", 0.55),
                (", sun, ", 1.1),
                ("sky", 1.4641),
            ],
        ),
    ],
)
def test_each_form_has_its_weights(text, pieces):
    assert read(text) == pieces


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("(a", "'(' is not closed; it goes to the end of the text"),
        ("a)", "')' closes nothing; it is part of the text"),
        ("(a:1..2)", "':1..2' is no weight"),
        ("(a:1000)", "a weight was limited to 100"),
    ],
)
def test_what_looks_like_a_mistake_is_told(text, warning):
    assert read_emphasis(text).warnings == [warning]


def test_without_emphasis_brackets_are_text():
    assert read("(a:1.2) BREAK [b]", Emphasis.NONE) == [("(a:1.2) BREAK [b]", 1.0)]


def test_ignored_weights_are_read_and_have_no_effect():
    assert read("(a:1.2) BREAK [b]", Emphasis.IGNORE) == [("a", 1.0), ("BREAK", 1.0), ("b", 1.0)]


@given(GRAMMAR | st.text(max_size=40))
@settings(max_examples=150)
def test_no_text_raises_and_every_weight_is_bounded(text):
    pieces = read_emphasis(text).pieces
    assert pieces
    assert all(abs(piece.weight) <= 100 for piece in pieces)
    assert sum(len(piece.text) for piece in pieces) <= len(text)


@given(st.text(alphabet=st.characters(exclude_characters="()[]\\", exclude_categories=["Cs"]), max_size=40))
@settings(max_examples=100)
def test_weight_one_everywhere_equals_the_plain_text(text):
    plain, weighted = read_emphasis(text), read_emphasis(f"({text}:1)")
    assert [(p.text, p.weight) for p in weighted.pieces] == [(p.text, p.weight) for p in plain.pieces]


@pytest.mark.parametrize("text", ["(" * 4000 + ")" * 4000, "(a" * 2600 + ")" * 2600, "[" * 8000])
def test_brackets_nested_in_thousands_are_read(text):
    assert read_emphasis(text).pieces
