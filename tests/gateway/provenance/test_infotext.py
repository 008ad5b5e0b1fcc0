from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.provenance.infotext import infotext, parse_infotext, recipe_from_infotext
from gateway.provenance.recipe import FIELDS, recipe_of

MADE_OF = {
    "prompt": "a red apple, oil: on canvas",
    "negative_prompt": "blurry",
    "width": 64,
    "height": 128,
    "num_inference_steps": 20,
    "guidance_scale": 7.0,
    "sampler": "dpmpp_2m",
    "schedule": "karras",
}
# AUTOMATIC1111's own expression for the pairs of the last line
ITS_PAIRS = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
# no line of a prompt may look like a line of parameters or begin the negative prompt: the format cannot tell them apart
PROMPTS = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters=":"), min_size=1, max_size=200)


def test_it_has_automatic1111s_order():
    text = infotext(recipe_of(MADE_OF, "toy", "0123456789abcdef", 5))
    assert text.startswith(
        "a red apple, oil: on canvas\nNegative prompt: blurry\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, "
        "CFG scale: 7, Seed: 5, Size: 64x128, Model hash: 0123456789, Model: toy, RNG: CPU, Version: avila-"
    )
    assert dict(ITS_PAIRS.findall(text.rpartition("\n")[2]))["Schedule type"] == "Karras"


@pytest.mark.parametrize("emphasis", ["no_norm", "ignore", "none"])
def test_what_weights_do_is_told_and_read_where_it_is_not_the_usual(emphasis):
    text = infotext(recipe_of({**MADE_OF, "emphasis": emphasis}, "toy", "f", 5))
    assert recipe_from_infotext(text)["emphasis"] == emphasis
    assert "Emphasis" not in infotext(recipe_of({**MADE_OF, "emphasis": "original"}, "toy", "f", 5))


def test_an_empty_negative_prompt_has_no_line():
    text = infotext(recipe_of({**MADE_OF, "negative_prompt": ""}, "toy", "f", 5))
    assert "Negative prompt" not in text


@given(prompt=PROMPTS, negative=PROMPTS, seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 150))
def test_what_is_written_is_read_back(prompt, negative, seed, steps):
    made_of = {**MADE_OF, "prompt": prompt, "negative_prompt": negative, "num_inference_steps": steps}
    found = recipe_from_infotext(infotext(recipe_of(made_of, "my: model, v2", "f" * 64, seed)))
    expected = {name: value for name, value in made_of.items() if name in FIELDS}
    assert found == {**expected, "seed": seed, "model": "my: model, v2"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("just a prompt", {"prompt": "just a prompt", "negative_prompt": ""}),
        ("two, words\nSteps: 20", {"prompt": "two, words\nSteps: 20", "negative_prompt": ""}),  # too few pairs
        (
            "cat\nSteps: 9, Sampler: Euler a Karras, CFG scale: x, Seed: 3, Size: huge",
            {
                "prompt": "cat",
                "negative_prompt": "",
                "num_inference_steps": 9,
                "seed": 3,
                "sampler": "euler_a",
                "schedule": "karras",
            },
        ),
    ],
)
def test_others_texts_are_read_as_far_as_they_go(text, expected):
    assert recipe_from_infotext(text) == expected


def test_quoted_values_are_unquoted():
    parts = parse_infotext('cat\nSteps: 2, Lora hashes: "a: 1, b: 2", Seed: 3, Model: "x:y"')
    assert (parts["Lora hashes"], parts["Model"]) == ("a: 1, b: 2", "x:y")
