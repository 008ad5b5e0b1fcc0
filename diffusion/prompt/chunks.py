"""Pieces of text to rows of token ids with their weights, in chunks of the text encoder's length."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from diffusion.pipeline import TextSpec
from diffusion.prompt.emphasis import Piece

TokenIds = NDArray[np.int32]
Weights = NDArray[np.float32]


class TextTokenizer(Protocol):
    """Text to token ids; `diffusion.tokenizer.Tokenizer` is the shipped one."""

    def encode(self, text: str) -> list[int]:
        """Token ids of `text`, without begin and end; negative ones stand for vectors."""
        ...

    def starts(self, text: str) -> list[int]:
        """Of each token of `text`, the place of its first character."""
        ...

    def vector(self, token: int) -> NDArray[np.float32]:
        """What stands behind a negative id, float32 [width]."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A text ready for the encoder: `ids` int32 and `weights` float32, both [chunks, chunk_tokens].

    `lengths` counts the tokens of each chunk, without begin, end and padding; `vectors` has those of negative ids.
    `clip_skip` is how many of the encoder's last layers are left out.
    """

    ids: TokenIds
    weights: Weights
    lengths: tuple[int, ...]
    vectors: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    clip_skip: int = 0

    def padded(self, num_chunks: int, empty: Passage) -> Passage:
        """This passage with as many `empty` chunks behind it as make `num_chunks`."""
        missing = num_chunks - len(self.ids)
        if not missing:
            return self
        return dataclasses.replace(
            self,
            ids=np.concatenate([self.ids, *[empty.ids] * missing]),
            weights=np.concatenate([self.weights, *[empty.weights] * missing]),
            lengths=self.lengths + empty.lengths * missing,
        )


@dataclass(slots=True)
class _Chunk:
    ids: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    last_comma: int = -1

    def split_after_comma(self) -> _Chunk:
        """Take off and return what follows the last comma."""
        cut = self.last_comma + 1
        rest = _Chunk(self.ids[cut:], self.weights[cut:])
        del self.ids[cut:], self.weights[cut:]
        return rest


class Chunker:
    """Fills chunks: a full one goes on in the next, from the last comma when that is near; BREAK ends one early."""

    def __init__(self, tokenizer: TextTokenizer, spec: TextSpec) -> None:
        self._tokenizer = tokenizer
        self._spec = spec
        self._body = spec.chunk_tokens - 2
        self._backtrack = round(self._body * 20 / 75)  # AUTOMATIC1111's 20 for CLIP's 75
        self._comma = tokenizer.encode(",")[-1:]

    def passage(self, pieces: Iterable[Piece]) -> Passage:
        """The rows of a text; one without tokens is one empty chunk."""
        chunks = [_Chunk()]
        for piece in pieces:
            if piece.is_break:
                chunks.append(_Chunk())
                continue
            for group in _together(self._tokenizer.encode(piece.text)):
                if len(chunks[-1].ids) + len(group) > self._body and len(group) > 1:
                    chunks.append(_Chunk())  # the vectors of one embedding stay together
                for token in group:
                    self._add(chunks, token, piece.weight)
        if len(chunks) > 1 and not chunks[-1].ids:
            chunks.pop()
        return self._rows(chunks)

    def _add(self, chunks: list[_Chunk], token: int, weight: float) -> None:
        chunk = chunks[-1]
        is_comma = [token] == self._comma
        if len(chunk.ids) == self._body:
            near = chunk.last_comma >= 0 and self._body - chunk.last_comma <= self._backtrack
            chunks.append(chunk.split_after_comma() if near and not is_comma else _Chunk())
            chunk = chunks[-1]
        if is_comma:
            chunk.last_comma = len(chunk.ids)
        chunk.ids.append(token)
        chunk.weights.append(weight)

    def _rows(self, chunks: list[_Chunk]) -> Passage:
        spec = self._spec
        ids = np.full((len(chunks), spec.chunk_tokens), spec.pad, dtype=np.int32)
        weights = np.ones(ids.shape, np.float32)
        ids[:, 0] = spec.bos
        for row, row_weights, chunk in zip(ids, weights, chunks, strict=True):
            end = 1 + len(chunk.ids)
            row[1:end] = chunk.ids
            row[end] = spec.eos
            row_weights[1:end] = chunk.weights
        negative = dict.fromkeys(ids[ids < 0].tolist())
        vectors = {token: self._tokenizer.vector(token) for token in negative}
        return Passage(ids, weights, tuple(len(chunk.ids) for chunk in chunks), vectors)


def _together(ids: Iterable[int]) -> Iterator[list[int]]:
    """Each id alone, but the vectors of one embedding (negative ids that count down) as one group."""
    group: list[int] = []
    for token in ids:
        if group and not (token < 0 and group[-1] == token + 1):
            yield group
            group = []
        group.append(token)
    if group:
        yield group
