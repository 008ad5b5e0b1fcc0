from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.prompt.schedule import texts_by_step
from tests.diffusion.prompt.test_emphasis import GRAMMAR


def runs(text, steps=10):
    """(last step, text) of each run of the same text."""
    texts, result, last = texts_by_step(text, steps), [], 0
    for same, group in groupby(texts):
        last += len(list(group))
        result.append((last, same))
    return result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test", [(10, "test")]),
        ("a [b:3]", [(3, "a "), (10, "a b")]),
        ("a [b: 3]", [(3, "a "), (10, "a b")]),
        ("a [b::3] c", [(3, "a b c"), (10, "a  c")]),
        ("a [b:c:0.5] d", [(5, "a b d"), (10, "a c d")]),
        ("a [b:.5] c", [(5, "a  c"), (10, "a b c")]),
        ("a [b:c:1.0]", [(10, "a b")]),
        ("a [b:c:0]", [(10, "a c")]),
        ("a [b:c:-2]", [(10, "a c")]),
        ("a [b:c:99]", [(10, "a b")]),
        ("a [[[b]]:2]", [(2, "a "), (10, "a [[b]]")]),
        ("[(a:2):3]", [(3, ""), (10, "(a:2)")]),
        ("a [b : c : 1] d", [(1, "a b  d"), (10, "a  c  d")]),
        ("a[b:[c:d:2]:1]e", [(1, "abe"), (2, "ace"), (10, "ade")]),
        ("a [unbalanced", [(10, "a [unbalanced")]),
        ("((a][:b:c [d:3]", [(3, "((a][:b:c "), (10, "((a][:b:c d")]),
        ("(a [b:c:2]:1.3)", [(2, "(a b:1.3)"), (10, "(a c:1.3)")]),
        ("[red:blue]", [(10, "[red:blue]")]),
        ("[a:b:c:3]", [(10, "[a:b:c:3]")]),
        ("[a|b:3]", [(10, "[a|b:3]")]),
        (r"\[a:b:3\]", [(10, r"\[a:b:3\]")]),
        ("time 10:30 | noon", [(10, "time 10:30 | noon")]),
    ],
)
def test_each_form_changes_after_its_step(text, expected):
    assert runs(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a|(b:1.1)]", ["a", "(b:1.1)", "a", "(b:1.1)"]),
        ("[fe|]male", ["female", "male", "female", "male"]),
        ("[fe|||]male", ["female", "male", "male", "male"]),
        ("[[a|b]:c:2]", ["a", "b", "c", "c"]),
        ("[a|[b|c]]", ["a", "c", "a", "c"]),
    ],
)
def test_alternatives_take_turns(text, expected):
    assert texts_by_step(text, 4) == expected


@given(GRAMMAR | st.text(max_size=40), st.integers(1, 20))
@settings(max_examples=150)
def test_no_text_raises_and_there_is_one_for_every_step(text, steps):
    assert len(texts_by_step(text, steps)) == steps


@given(st.text(alphabet=st.characters(exclude_characters="[]"), max_size=60))
def test_a_text_without_square_brackets_stays_as_it_is(text):
    assert texts_by_step(text, 2) == [text, text]


@pytest.mark.parametrize("text", ["[" * 8000, "[a:" * 1500 + ":3]" * 1500, "[a|" * 2000 + "]" * 2000])
def test_brackets_nested_in_thousands_are_read(text):
    assert len(texts_by_step(text, 3)) == 3
