"""The pipeline's `tokenizer.json`: the checkpoint's own, or made from an older one's `vocab.json` and `merges.txt`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from export.errors import CheckpointError, DamagedFileError

MAX_BYTES = 64_000_000
END_OF_WORD = "</w>"
# How CLIP splits text before merging; from OpenAI's CLIP, simple_tokenizer.py
CLIP_PATTERN = r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


def tokenizer_json(folder: Path) -> str:
    """The text of `tokenizer.json` for the tokenizer in `folder`.

    Raises:
        CheckpointError: when there is neither a tokenizer.json nor vocab.json with merges.txt.
    """
    own = folder / "tokenizer.json"
    if own.is_file():
        return _read(own)
    vocabulary, merges = folder / "vocab.json", folder / "merges.txt"
    for path in (vocabulary, merges):
        if not path.is_file():
            raise CheckpointError(path, "no such file, and no tokenizer.json beside it")
    return _clip_tokenizer(_parsed(vocabulary), _read(merges), str(vocabulary))


def token_ids(folder: Path, config: Mapping[str, Any]) -> tuple[int, int, int]:
    """The ids of beginning, end and padding, looked up by the words that `tokenizer_config.json` gives them."""
    data = json.loads(tokenizer_json(folder))
    known = dict(data["model"]["vocab"]) | {token["content"]: token["id"] for token in data.get("added_tokens", [])}
    return (
        _token_id(folder, known, config, "bos_token", "<|startoftext|>"),
        _token_id(folder, known, config, "eos_token", "<|endoftext|>"),
        _token_id(folder, known, config, "pad_token", "<|endoftext|>"),
    )


def _token_id(folder: Path, known: Mapping[str, int], config: Mapping[str, Any], key: str, fallback: str) -> int:
    value = config.get(key) or fallback
    word = value["content"] if isinstance(value, Mapping) else value
    if word not in known:
        raise CheckpointError(folder, f"{key} is {word!r}, which the tokenizer does not know")
    return known[word]


def _read(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise DamagedFileError(path, f"a tokenizer's file is at most {MAX_BYTES // 10**6} MB long")
    return path.read_text(encoding="utf-8")


def _parsed(path: Path) -> dict[str, int]:
    try:
        data = json.loads(_read(path))
    except ValueError as error:
        raise DamagedFileError(path, f"not JSON ({error})") from None
    return {str(word): int(index) for word, index in data.items()}


def _clip_tokenizer(vocabulary: dict[str, int], merges: str, source: str) -> str:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    lines = [line.split() for line in merges.splitlines() if line and not line.startswith("#version")]
    pairs = [(line[0], line[1]) for line in lines if len(line) == 2]
    unknown = "<|endoftext|>"
    if unknown not in vocabulary:
        raise CheckpointError(source, f"not CLIP's vocabulary: it has no {unknown}")
    tokenizer = Tokenizer(
        models.BPE(
            vocab=vocabulary,
            merges=pairs,
            end_of_word_suffix=END_OF_WORD,
            continuing_subword_prefix="",
            unk_token=unknown,
            fuse_unk=False,
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(CLIP_PATTERN), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    specials = [word for word in ("<|startoftext|>", "<|endoftext|>") if word in vocabulary]
    tokenizer.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in specials])
    return tokenizer.to_str(pretty=False)
