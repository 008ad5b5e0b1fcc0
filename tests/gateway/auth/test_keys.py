from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.keys import PREFIX_LENGTH, hash_of, is_well_formed, make_key


class TestMakeKey:
    def test_a_key_is_well_formed_and_never_the_same(self):
        keys = {make_key().text for _ in range(200)}
        assert len(keys) == 200
        assert all(is_well_formed(key) and re.fullmatch(r"av_[0-9A-Za-z]{48}", key) for key in keys)

    def test_its_representation_does_not_show_it(self):
        key = make_key()
        assert key.text not in repr(key)

    def test_prefix_and_hash_do_not_hold_the_secret(self):
        key = make_key()
        assert key.text.startswith(key.prefix)
        assert len(key.prefix) == PREFIX_LENGTH
        assert key.hash == hash_of(key.text)
        assert key.text[PREFIX_LENGTH:] not in key.hash


class TestIsWellFormed:
    @given(st.text(max_size=60))
    def test_random_text_is_not(self, text):
        assert not is_well_formed(text)

    @given(st.integers(3, 50), st.sampled_from("0Az"))
    def test_one_wrong_character_is_noticed(self, position, replacement):
        key = make_key().text
        changed = key[:position] + replacement + key[position + 1 :]
        assert is_well_formed(changed) == (changed == key)
