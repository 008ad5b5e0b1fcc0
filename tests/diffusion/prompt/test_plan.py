from __future__ import annotations

import pytest

from diffusion.errors import InvalidFieldError
from diffusion.prompt.composition import split_composition
from diffusion.prompt.plan import make_plan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a cat", [("a cat", 1.0)]),
        ("a ratio of 16:9", [("a ratio of 16:9", 1.0)]),
        ("a cat AND a dog", [("a cat", 1.0), ("a dog", 1.0)]),
        ("a cat :1.2 AND a dog AND a penguin :-0.5", [("a cat", 1.2), ("a dog", 1.0), ("a penguin", -0.5)]),
        ("a (cat:1.3) AND b", [("a (cat:1.3)", 1.0), ("b", 1.0)]),
        ("SAND AND ANDROID", [("SAND", 1.0), ("ANDROID", 1.0)]),
        ("a AND ", [("a", 1.0), ("", 1.0)]),
        ("a:1e999 AND b:9999", [("a:1e999", 1.0), ("b", 100.0)]),
    ],
)
def test_and_joins_prompts_with_weights(text, expected):
    assert [(part.text, part.weight) for part in split_composition(text)] == expected


def test_each_joined_prompt_has_its_own_schedule_and_equal_texts_are_one():
    plan = make_plan("[a:b:2] AND b :0.5", "b", 4)
    assert plan.texts == ("a", "b")
    assert [(track.weight, track.texts) for track in plan.positive] == [(1.0, (0, 0, 1, 1)), (0.5, (1, 1, 1, 1))]
    assert plan.negative.texts == (1, 1, 1, 1)
    assert plan.negative.at(99) == 1


@pytest.mark.parametrize(
    ("prompt", "negative", "field"),
    [
        (" AND ".join("abcdefghi"), "", "prompt"),
        ("[a|b|c|d|e|f|g|h] [a|b|c|d|e|f|g|h|i]", "", "prompt"),
        ("a", "[a|b|c|d|e|f|g|h] [a|b|c|d|e|f|g|h|i]", "negative_prompt"),
    ],
)
def test_more_than_a_request_may_have_names_the_field(prompt, negative, field):
    with pytest.raises(InvalidFieldError) as refused:
        make_plan(prompt, negative, 100)
    assert refused.value.field == field
