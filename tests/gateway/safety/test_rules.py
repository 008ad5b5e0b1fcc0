"""Rules about prompts: what they match, and that nobody can make them slow."""

from __future__ import annotations

import time

import pytest

from gateway.errors import InvalidRequestError
from gateway.safety.rules import Rule, first_match


def matches(words: str, *texts: str) -> bool:
    return first_match([Rule.of("rule_1", "label", words)], texts) is not None


@pytest.mark.parametrize(
    ("words", "prompt"),
    [
        ("sword", "a sword in a stone"),
        ("sword", "a SWORD, in a stone"),
        ("sword", "a (sword:1.3) in a stone"),
        ("sword", "a s(wo)rd"),
        ("sword", "a s[w]or{d}"),
        ("sword", "a ｓｗｏｒｄ"),  # full-width letters
        ("sword", "a s\u200bword"),  # an invisible sign inside
        ("épée", "une epee"),
        ("epee", "une e\u0301pe\u0301e"),
        ("strasse", "die Straße"),
        ("long sword", "a long,  sword"),
        ("long sword", "long_sword"),
        ("long_sword", "a long sword"),
        ("sword*", "swordfish"),
        ("*fish", "swordfish"),
        ("sw*f*sh", "swordfish"),
        ("*word*", "swords"),
        ("sword", "[apple:sword:0.5]"),
        ("sword", "an apple AND a sword"),
    ],
)
def test_it_matches(words, prompt):
    assert matches(words, prompt)


@pytest.mark.parametrize(
    ("words", "prompt"),
    [
        ("sword", "swords"),
        ("sword", "password"),
        ("sword", ""),
        ("long sword", "sword long"),
        ("long sword", "a long iron sword"),
        ("sw*f*sh", "swofi"),
        ("ab*ba", "aba"),  # the parts may not share letters
    ],
)
def test_it_does_not_match(words, prompt):
    assert not matches(words, prompt)


@pytest.mark.parametrize(
    "words", ["", " ", "*", "a *", "**", "_", "!", "a*b*c*d*e", " ".join("abcdefghijk"), "x" * 201]
)
def test_a_rule_that_could_match_everything_or_is_too_long_is_refused(words):
    with pytest.raises(InvalidRequestError, match=r"^words: ") as caught:
        Rule.of("rule_1", "label", words)
    assert caught.value.field == "words"


def test_the_first_of_several_is_told():
    rules = [Rule.of(f"rule_{n}", word, word) for n, word in enumerate(("axe", "sword", "knife"))]
    found = first_match(rules, ["a knife", "and a sword"])
    assert found is not None
    assert found.label == "sword"


def test_the_worst_rules_on_the_longest_prompt_take_no_time_to_speak_of():
    """Where a backtracking engine takes hours: stars in a word of one letter, repeated."""
    rules = [Rule.of(f"rule_{n}", "label", f"{'a' * 40}*a*a*b {'a' * n}x") for n in range(1, 150)]
    prompts = ["a" * 32_000, "a " * 16_000, ("a" * 39 + " ") * 800]
    began = time.perf_counter()
    assert first_match(rules, prompts) is None
    assert time.perf_counter() - began < 5.0
