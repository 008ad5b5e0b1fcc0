from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.prompts.expansion import MAX_CHARS, ExpansionError, expand

WILDCARDS = {"color": ["red", "blue"], "dir/a": ["x"], "dir/b": ["y"], "nested": ["a __color__ {cat|dog}"]}


def results(text, count=60):
    return {expand(text, WILDCARDS, random.Random(seed)).text for seed in range(count)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", {"plain"}),
        ("{a|b} c", {"a c", "b c"}),
        ("{a|}", {"a", ""}),
        ("{a|{b|c}}", {"a", "b", "c"}),
        ("{0::a|b}", {"b"}),
        ("{0::a|0::b}", {"a", "b"}),
        ("{2$$a|b}", {"a, b", "b, a"}),
        ("{2$$ and $$a|b}", {"a and b", "b and a"}),
        ("{1-2$$+$$a|b}", {"a", "b", "a+b", "b+a"}),
        ("{-1$$a|b}", {"", "a", "b"}),
        ("{9$$a|b}", {"a, b", "b, a"}),
        ("__color__ ball", {"red ball", "blue ball"}),
        ("__dir/*__", {"x", "y"}),
        ("{__color__|green}", {"red", "blue", "green"}),
        ("__nested__", {"a red cat", "a red dog", "a blue cat", "a blue dog"}),
        (r"\{a|b\} {c}", {"{a|b} {c}"}),
        (r"\__color__", {"__color__"}),
        ("a snake_case __unknown__", {"a snake_case __unknown__"}),
        ("{a", {"{a"}),
        ("[a|b] (c:1.2)", {"[a|b] (c:1.2)"}),
    ],
)
def test_each_form_has_its_results(text, expected):
    assert results(text) == expected


def test_heavier_options_come_more_often():
    texts = [expand("{9::a|b}", {}, random.Random(seed)).text for seed in range(200)]
    assert 150 < texts.count("a") < 200


def test_the_same_seed_makes_the_same_choices():
    text = "{a|b|c|d} __color__ {2$$e|f|g}"
    assert expand(text, WILDCARDS, random.Random(7)) == expand(text, WILDCARDS, random.Random(7))


def test_unknown_wildcards_are_told():
    assert expand("__nope__ __color__", WILDCARDS, random.Random(1)).unknown == ("nope",)


@pytest.mark.parametrize(
    ("wildcards", "reason"),
    [
        ({"a": ["__b__"], "b": ["__a__"]}, "in a circle"),
        ({"a": ["__a__ __a__"]}, "in a circle"),
        ({"a": ["x" * MAX_CHARS + "__a__"]}, "grows beyond"),
    ],
)
def test_what_does_not_end_is_refused(wildcards, reason):
    with pytest.raises(ExpansionError, match=reason):
        expand("__a__", wildcards, random.Random(1))


@given(st.text(alphabet="ab{}|$:_-0123456789*/\\ ", max_size=60))
@settings(max_examples=200)
def test_every_text_is_expanded_or_refused(text):
    with contextlib.suppress(ExpansionError):
        expand(text, WILDCARDS, random.Random(1))
