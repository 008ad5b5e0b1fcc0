"""Looks at what a source offers; done where models are written, which alone reaches the sources and has the room."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.installations.errors import SourceRefusedError
from gateway.installations.needs import needs_of
from gateway.installations.offer import Kind
from gateway.installations.sources import Question, Sources
from gateway.settings import Settings

LOOK_S = 60.0
"""How long a source may take to tell what it has."""

PREVIEW = "installation.preview"


class Looker:
    """Answers `PREVIEW`."""

    def __init__(self, settings: Settings, sources: Sources) -> None:
        self._settings = settings
        self._sources = sources

    async def preview(self, question: Mapping[str, Any], name: str | None) -> dict[str, Any]:
        """`offer`, `needs` and whether it `replaces` something, as JSON. `question` is a `Question`'s.

        Raises:
            SourceRefusedError: and its subclasses.
        """
        kind = question["kind"]
        asked = Question(**{**question, "kind": None if kind is None else Kind(kind)})
        try:
            async with asyncio.timeout(LOOK_S):
                return await asyncio.to_thread(self._look, asked, name)
        except TimeoutError:
            raise SourceRefusedError(f"it did not tell what it has within {LOOK_S:g} s") from None

    def _look(self, question: Question, name: str | None) -> dict[str, Any]:
        offer = self._sources.look(question)
        needs = needs_of(offer, self._settings.model_repository.absolute().parent)
        replaces = is_installed(self._settings, offer.kind, name or offer.suggested_name)
        return {"offer": offer.to_json(), "needs": asdict(needs), "replaces": replaces}


def is_installed(settings: Settings, kind: Kind, name: str) -> bool:
    """Whether something of this kind is called so."""
    return any(path.exists() for path in _places(settings, kind, name))


def _places(settings: Settings, kind: Kind, name: str) -> Sequence[Path]:
    if kind is Kind.PIPELINE:
        return (settings.model_repository / name / "1" / "pipeline.json",)
    if kind is Kind.LORA:
        return [folder / f"{name}.safetensors" for folder in settings.lora_folders]
    if kind is Kind.EMBEDDING:
        return (settings.embedding_folder / f"{name}.safetensors",)
    return [*settings.controlnet_folder.glob(f"*/{name}")]
