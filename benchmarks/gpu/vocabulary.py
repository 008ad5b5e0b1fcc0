"""The smallest vocabulary that CLIP's tokenizers load."""

from __future__ import annotations

import json
from pathlib import Path


def write_vocabulary(folder: Path) -> Path:
    """CLIP's files for a vocabulary of single bytes, two merges and the two special tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(code) for code in printable] + [chr(256 + index) for index in range(256 - len(printable))]
    words = [*letters, *(f"{letter}</w>" for letter in letters), "re", "red</w>", "<|startoftext|>", "<|endoftext|>"]
    ids = {word: index for index, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\nr e\nre d</w>\n", encoding="utf-8")
    return folder
