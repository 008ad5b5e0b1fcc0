"""Textual inversion: files that teach the text encoder a word by the vectors of its tokens, by name in any prompt.

A name in a text becomes as many negative token ids as its file has vectors; the text encoder takes those vectors
instead of looking the tokens up. Equal to diffusers' `load_textual_inversion`, where the name is the token.
"""

from __future__ import annotations

import json
import math
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion.errors import DiffusionError
from diffusion.pipeline import TextSpec
from diffusion.prompt.chunks import TextTokenizer

SUFFIX = ".safetensors"
MAX_FILE_BYTES = 4_000_000
MAX_LOADED = 256
STORED_TYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}

Vectors = NDArray[np.float32]


class EmbeddingError(DiffusionError):
    """A file that a prompt names cannot be used; `name` is its, `reason` says why."""

    code = "invalid_embedding"

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"the embedding {name}: {reason}")


@dataclass(frozen=True, slots=True)
class _Embedding:
    first: int
    vectors: Vectors

    @property
    def ids(self) -> list[int]:
        return [self.first - index for index in range(len(self.vectors))]


class EmbeddingTokenizer:
    """A tokenizer that knows the embeddings in some folders; files are read when a prompt names them.

    Args:
        tokenizer: for all other text.
        folders: searched in this order; those that are missing are passed over.
        spec: of the text encoder; files of another width are refused.
    """

    def __init__(self, tokenizer: TextTokenizer, folders: Sequence[Path], spec: TextSpec) -> None:
        self._tokenizer = tokenizer
        self._folders = tuple(folders)
        self._spec = spec
        self._loaded: OrderedDict[tuple[Path, int, int], _Embedding] = OrderedDict()
        self._by_id: dict[int, Vectors] = {}
        self._next = -1

    def encode(self, text: str) -> list[int]:
        """Token ids; those of embeddings are negative.

        Raises:
            EmbeddingError: a named file cannot be used.
        """
        return [token for token, _ in self._tokens(text)]

    def starts(self, text: str) -> list[int]:
        """Of each token of `text`, the place of its first character."""
        return [start for _, start in self._tokens(text)]

    def vector(self, token: int) -> Vectors:
        """The vector of a negative id of a text that was encoded just before."""
        return self._by_id[token]

    def _tokens(self, text: str) -> list[tuple[int, int]]:
        files = embedding_files(self._folders) if self._spec.max_clip_skip else {}
        if not files:
            return self._plain(text, 0)
        found, position = [], 0
        for match in _names(files).finditer(text):
            found += self._plain(text[position : match.start()], position)
            embedding = self._load(files[match[0].casefold()])
            found += [(token, match.start()) for token in embedding.ids]
            position = match.end()
        return found + self._plain(text[position:], position)

    def _plain(self, text: str, offset: int) -> list[tuple[int, int]]:
        if not text:
            return []
        places = self._tokenizer.starts(text)
        return list(zip(self._tokenizer.encode(text), [offset + place for place in places], strict=True))

    def _load(self, path: Path) -> _Embedding:
        status = path.stat()
        key = (path, status.st_mtime_ns, status.st_size)
        if key not in self._loaded:
            vectors = read_embedding(path, self._spec)
            self._loaded[key] = embedding = _Embedding(self._next, vectors)
            self._next -= len(vectors) + 1  # a gap, so that neighbours in a prompt are told apart
            self._by_id.update(zip(embedding.ids, vectors, strict=True))
        self._loaded.move_to_end(key)
        while len(self._loaded) > MAX_LOADED:
            _, old = self._loaded.popitem(last=False)
            for token in old.ids:
                del self._by_id[token]
        return self._loaded[key]


def embedding_files(folders: Sequence[Path]) -> dict[str, Path]:
    """Every embedding by its name in lower case; a folder goes before those behind it."""
    found: dict[str, Path] = {}
    for folder in reversed(folders):
        if folder.is_dir():
            found |= {path.stem.casefold(): path for path in folder.iterdir() if path.suffix == SUFFIX}
    return found


def read_embedding(path: Path, spec: TextSpec) -> Vectors:
    """The vectors of a file, float32 [tokens, width].

    Raises:
        EmbeddingError: not a safetensors file of one tensor of the encoder's width and at most a chunk of tokens.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise EmbeddingError(path.stem, f"larger than {MAX_FILE_BYTES} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise EmbeddingError(path.stem, f"cannot be read ({error.strerror})") from error
    try:
        length = int.from_bytes(data[:8], "little")
        header = {name: entry for name, entry in json.loads(data[8 : 8 + length]).items() if name != "__metadata__"}
        found = {name: _described(entry) for name, entry in header.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise EmbeddingError(path.stem, "not a safetensors file") from None
    names = ["emb_params"] if "emb_params" in found else list(found)
    if len(names) != 1:
        raise EmbeddingError(path.stem, f"holds {len(names)} tensors; expected one, or emb_params")
    kind, shape, begin, end = found[names[0]]
    longest = spec.chunk_tokens - 2
    if not 1 <= len(shape) <= 2 or shape[-1] != spec.width:
        raise EmbeddingError(path.stem, f"shape {list(shape)}; this text encoder's vectors have width {spec.width}")
    if len(shape) == 2 and not 1 <= shape[0] <= longest:
        raise EmbeddingError(path.stem, f"{shape[0]} vectors; expected 1 to {longest}")
    return _read(path.stem, data[8 + length :][begin:end], kind, shape).reshape(-1, spec.width)


def _described(entry: dict[str, Any]) -> tuple[str, tuple[int, ...], int, int]:
    begin, end = entry["data_offsets"]
    return str(entry["dtype"]), tuple(int(axis) for axis in entry["shape"]), int(begin), int(end)


def _read(name: str, data: bytes, kind: str, shape: tuple[int, ...]) -> Vectors:
    if kind not in STORED_TYPES:
        raise EmbeddingError(name, f"type {kind}; expected {', '.join(STORED_TYPES)}")
    if len(data) != math.prod(shape) * np.dtype(STORED_TYPES[kind]).itemsize:
        raise EmbeddingError(name, "its data is incomplete")
    values = np.frombuffer(data, STORED_TYPES[kind])
    if kind == "BF16":  # the upper half of a float32
        values = (values.astype("<u4") << 16).view("<f4")
    vectors: Vectors = values.astype(np.float32)
    if not np.isfinite(vectors).all():
        raise EmbeddingError(name, "holds values that are not finite")
    return vectors


def _names(files: dict[str, Path]) -> re.Pattern[str]:
    longest_first = sorted(files, key=len, reverse=True)
    bounded = (f"{_edge(name[0])}{re.escape(name)}{_edge(name[-1], is_end=True)}" for name in longest_first)
    return re.compile("|".join(bounded), re.IGNORECASE)


def _edge(letter: str, *, is_end: bool = False) -> str:
    """A name is a word of its own: `cat` is not in `catalogue`."""
    if not (letter.isalnum() or letter == "_"):
        return ""
    return r"(?![\w-])" if is_end else r"(?<![\w-])"
