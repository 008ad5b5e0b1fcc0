"""Text to token ids. The only module of the core that knows `tokenizers`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer as _Tokenizer


class Tokenizer:
    """The checkpoint's own tokenizer (`tokenizer.json`)."""

    def __init__(self, path: Path) -> None:
        self._tokenizer = _Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def encode(self, text: str) -> list[int]:
        """Token ids of `text`, however many, without begin and end."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def starts(self, text: str) -> list[int]:
        """Of each token of `text`, the place of its first character."""
        return [start for start, _ in self._tokenizer.encode(text, add_special_tokens=False).offsets]

    def vector(self, token: int) -> NDArray[np.float32]:
        """A checkpoint's own tokens have no vectors here."""
        raise KeyError(token)
