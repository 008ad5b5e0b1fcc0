from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.pipeline import TextSpec
from diffusion.prompt.chunks import Chunker
from diffusion.prompt.emphasis import read_emphasis
from tests.fakes.pipeline import BOS, EOS, CharTokenizer

BODY = 15
PAD = 0
SPEC = TextSpec(chunk_tokens=BODY + 2, width=4, bos=BOS, eos=EOS, pad=PAD)


def passage(text):
    return Chunker(CharTokenizer(), SPEC).passage(read_emphasis(text).pieces)


def texts(text):
    return ["".join(chr(token) for token in row if token > 2) for row in passage(text).ids]


@pytest.mark.parametrize(
    ("text", "chunks"),
    [
        ("", [""]),
        ("a" * BODY, ["a" * BODY]),
        ("a" * (BODY + 1), ["a" * BODY, "a"]),
        ("aaaaaaaaaaaaa,bbb", ["aaaaaaaaaaaaa,", "bbb"]),
        ("aaaaaaaaaaa,bbbbb", ["aaaaaaaaaaa,", "bbbbb"]),
        ("aaaaaaaaaa,bbbbbb", ["aaaaaaaaaa,bbbb", "bb"]),  # 5 tokens back: the comma is too far away (4 = 20/75 of 15)
        ("aaaaaaaaaaaaaaa,b", ["aaaaaaaaaaaaaaa", ",b"]),
        ("a BREAK b", ["a", "b"]),
        ("a BREAK BREAK b", ["a", "", "b"]),
        ("BREAK b", ["", "b"]),
        ("a BREAK ", ["a"]),
    ],
)
def test_a_full_chunk_goes_on_in_the_next(text, chunks):
    assert texts(text) == chunks


def test_a_chunk_is_begin_tokens_end_and_padding():
    (row,) = passage("(ab:2)c").ids
    assert row.tolist() == [BOS, *map(ord, "abc"), EOS, *[PAD] * (BODY - 3)]
    assert passage("(ab:2)c").weights[0].tolist() == [1, 2, 2, 1, *[1] * (BODY - 2)]


def test_weights_move_with_the_words_after_the_comma():
    moved = passage("aaaaaaaaaaaaa,(bbb:2)")
    assert moved.weights[1].tolist()[1:4] == [2, 2, 2]
    assert (moved.weights[0] == 1).all()


def test_a_shorter_text_is_padded_with_empty_chunks():
    padded = passage("(a:2)").padded(3, passage(""))
    assert (padded.ids[1:] == passage("").ids).all()
    assert padded.weights.shape == (3, BODY + 2)


@given(st.text(alphabet="ab, ", max_size=80))
@settings(max_examples=100)
def test_no_token_is_lost_and_weight_one_equals_the_plain_text(text):
    assert "".join(texts(text)) == text
    for same in (f"({text}:1.0)", f"([{text}])"):
        weighted = passage(same)
        assert np.array_equal(weighted.ids, passage(text).ids)
        assert np.allclose(weighted.weights, 1.0)
