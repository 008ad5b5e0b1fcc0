"""Text to token ids, in chunks of the text encoder's length. The only module of the core that knows `tokenizers`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer as _Tokenizer

from diffusion.pipeline import TextSpec

TokenIds = NDArray[np.int32]


class Tokenizer:
    """The checkpoint's own tokenizer (`tokenizer.json`)."""

    def __init__(self, path: Path, spec: TextSpec) -> None:
        self._tokenizer = _Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._spec = spec

    def chunks(self, text: str) -> TokenIds:
        """Token ids of `text`, int32 [chunks, chunk_tokens]: every chunk is BOS, its tokens, EOS and padding.

        A text that fits in one chunk gives what diffusers' pipelines give; a longer one goes on in further chunks
        (AUTOMATIC1111's way) instead of being cut off. An empty text is one empty chunk.
        """
        spec = self._spec
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        body = spec.chunk_tokens - 2
        parts = [ids[start : start + body] for start in range(0, len(ids), body)] or [[]]
        chunks = np.full((len(parts), spec.chunk_tokens), spec.pad, dtype=np.int32)
        chunks[:, 0] = spec.bos
        for row, part in zip(chunks, parts, strict=True):
            row[1 : 1 + len(part)] = part
            row[1 + len(part)] = spec.eos
        return chunks
