"""What `/v1/loras` answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from pydantic import BaseModel

from diffusion.loras.file import LoraFileError, LoraHeader

MAX_TRIGGERS = 10
MAX_TAGS_CHARS = 2_000_000
MAX_CHARS = 200


class LoraFile(BaseModel):
    """A LoRA; `triggers` are the words that it was trained with most, `error` why it cannot be used."""

    name: str
    title: str
    base_model: str | None = None
    triggers: list[str] = []
    error: str | None = None

    @classmethod
    def of(cls, name: str, header: LoraHeader | LoraFileError) -> LoraFile:
        """From what its file says; trainers write each their own names."""
        if isinstance(header, LoraFileError):
            return cls(name=name, title=name, error=str(header))
        texts = header.metadata
        base = _first(texts, "modelspec.architecture", "ss_base_model_version", "ss_sd_model_name")
        return cls(
            name=name,
            title=_first(texts, "modelspec.title", "ss_output_name") or name,
            base_model=base,
            triggers=_triggers(texts),
        )


def _first(texts: Mapping[str, str], *names: str) -> str | None:
    return next((texts[name][:MAX_CHARS] for name in names if texts.get(name)), None)


def _triggers(texts: Mapping[str, str]) -> list[str]:
    if phrase := _first(texts, "modelspec.trigger_phrase"):
        return [phrase]
    text, counted = texts.get("ss_tag_frequency", ""), Counter[str]()
    if not text or len(text) > MAX_TAGS_CHARS:
        return []
    try:
        for folder in json.loads(text).values():
            counted.update({str(tag).strip()[:MAX_CHARS]: int(count) for tag, count in folder.items()})
    except (ValueError, TypeError, AttributeError, RecursionError):
        return []  # somebody's text that only looks like it
    return [tag for tag, _ in counted.most_common(MAX_TRIGGERS)]
