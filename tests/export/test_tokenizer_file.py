from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from benchmarks.gpu.vocabulary import write_vocabulary
from export.errors import CheckpointError
from export.tokenizer_file import token_ids, tokenizer_json

TEXTS = ["a red apple", "  Two\n  spaces, and CAPS!", "it's 2026: 3 apples", "naïve café ☃ 日本", ""]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_vocabulary(tmp_path_factory.mktemp("tokenizer"))


def test_vocabulary_and_merges_give_what_transformers_gives(folder: Path) -> None:
    from transformers import CLIPTokenizer

    theirs = CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    ours = Tokenizer.from_str(tokenizer_json(folder))
    for text in TEXTS:
        assert ours.encode(text, add_special_tokens=False).ids == theirs(text, add_special_tokens=False).input_ids


def test_ids_are_looked_up_by_the_words_of_the_config(folder: Path) -> None:
    vocabulary = json.loads((folder / "vocab.json").read_text())
    config = {"bos_token": {"content": "<|startoftext|>"}, "eos_token": "<|endoftext|>", "pad_token": "!"}
    bos, eos, pad = token_ids(folder, config)
    assert (bos, eos, pad) == tuple(vocabulary[word] for word in ("<|startoftext|>", "<|endoftext|>", "!"))


def test_a_word_the_tokenizer_lacks_is_named(folder: Path) -> None:
    with pytest.raises(CheckpointError, match="pad_token is '<pad>'"):
        token_ids(folder, {"pad_token": "<pad>"})


def test_a_missing_merges_file_is_named(tmp_path: Path) -> None:
    write_vocabulary(tmp_path)
    (tmp_path / "merges.txt").unlink()
    with pytest.raises(CheckpointError, match=r"merges\.txt"):
        tokenizer_json(tmp_path)
