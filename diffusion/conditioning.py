"""Prompts to the UNet's text conditioning: chunks of tokens, encoded in batches, each distinct chunk once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from diffusion.components import Component
from diffusion.errors import InvalidFieldError
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from diffusion.runner import Runner

TokenIds = NDArray[np.int32]
Context = NDArray[np.float32]


class TextTokenizer(Protocol):
    """Text to chunks of token ids; `diffusion.tokenizer.Tokenizer` is the shipped one."""

    def chunks(self, text: str) -> TokenIds:
        """Token ids, int32 [chunks, chunk_tokens]; an empty text is one chunk."""
        ...


@dataclass(frozen=True, slots=True)
class TokenizedPrompt:
    """Both prompts of a request, each int32 [chunks, chunk_tokens], padded to the same number of chunks."""

    positive: TokenIds
    negative: TokenIds

    @property
    def num_chunks(self) -> int:
        """Length of the conditioning, in chunks."""
        return len(self.positive)


def tokenize(request: GenerationRequest, spec: PipelineSpec, tokenizer: TextTokenizer) -> TokenizedPrompt:
    """Tokenise both prompts; the shorter one is padded with empty chunks.

    Raises:
        InvalidFieldError: a prompt longer than `spec.limits.max_prompt_chunks`.
    """
    positive, negative = tokenizer.chunks(request.prompt), tokenizer.chunks(request.negative_prompt)
    longest = spec.limits.max_prompt_chunks
    for field, chunks in (("prompt", positive), ("negative_prompt", negative)):
        if len(chunks) > longest:
            tokens = spec.text.chunk_tokens - 2
            raise InvalidFieldError(field, f"{len(chunks)} chunks", f"at most {longest} chunks of {tokens} tokens")
    num_chunks = max(len(positive), len(negative))
    empty = tokenizer.chunks("")
    return TokenizedPrompt(_padded(positive, num_chunks, empty), _padded(negative, num_chunks, empty))


def _padded(chunks: TokenIds, num_chunks: int, empty: TokenIds) -> TokenIds:
    return np.concatenate([chunks, *[empty] * (num_chunks - len(chunks))])


class TextConditioner:
    """Encodes chunks through the runner and remembers the `cache_chunks` last used."""

    def __init__(self, runner: Runner, max_rows: int, cache_chunks: int = 512) -> None:
        self._runner = runner
        self._max_rows = max_rows
        self._cache_chunks = cache_chunks
        self._cache: OrderedDict[bytes, Context] = OrderedDict()

    def prepare(self, prompts: Iterable[TokenizedPrompt]) -> int:
        """Encode all chunks of `prompts` that are not remembered, in as few calls as the encoder's cap allows.

        Returns the number of rows that were run. Raises what the runner raises.
        """
        wanted = {
            row.tobytes(): row for prompt in prompts for side in (prompt.positive, prompt.negative) for row in side
        }
        for key in wanted.keys() & self._cache.keys():
            self._cache.move_to_end(key)
        missing = [(key, row) for key, row in wanted.items() if key not in self._cache]
        for start in range(0, len(missing), self._max_rows):
            part = missing[start : start + self._max_rows]
            ids = np.stack([row for _, row in part])
            states = self._runner.run(Component.TEXT_ENCODER, {"input_ids": ids})["last_hidden_state"]
            for (key, _), state in zip(part, states, strict=True):
                self._cache[key] = np.array(state, dtype=np.float32)
        self._trim(keep=len(wanted))
        return len(missing)

    def context(self, chunks: TokenIds) -> Context:
        """The conditioning of chunks that were prepared just before: float32 [chunks * chunk_tokens, width]."""
        return np.concatenate([self._cache[row.tobytes()] for row in chunks])

    def _trim(self, keep: int) -> None:
        while len(self._cache) > max(self._cache_chunks, keep):
            self._cache.popitem(last=False)
