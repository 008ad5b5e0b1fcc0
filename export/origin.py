"""Where a checkpoint is from, and under which licence: told by whoever fetched it, or by the checkpoint itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

CARD, MAX_CARD_CHARS = "README.md", 100_000
LICENCE = "licence"
"""In what is told of an origin: the licence that was accepted. Other usual words are kind, location, revision."""


def licence_of(checkpoint: Path, origin: Mapping[str, str]) -> str:
    """The licence's name, as its origin tells it, else the head of the checkpoint's model card; "" where none does."""
    if origin.get(LICENCE):
        return origin[LICENCE]
    try:
        with (checkpoint / CARD).open(encoding="utf-8", errors="replace") as file:
            text = file.read(MAX_CARD_CHARS)
    except OSError:
        return ""
    head = re.match(r"---\s*\n(.*?)\n---\s*(\n|$)", text, re.DOTALL)
    told = dict(re.findall(r"^(license|license_name):[ \t]*[\"']?([^\"'\n]+)", head[1], re.MULTILINE)) if head else {}
    return str(told.get("license_name") or told.get("license") or "").strip()
