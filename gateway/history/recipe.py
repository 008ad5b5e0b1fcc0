"""The whole recipe of a picture: what its job was asked for, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.jobs.records import ORIGINALS
from gateway.provenance.recipe import recipe_of
from gateway.storage.tables import ImageRow


@dataclass(frozen=True, slots=True)
class Making:
    """How pictures were made: what there is to tell of their job, without the pictures that went in."""

    input: Mapping[str, Any]
    key_id: str | None
    surface: str
    cached_from: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def timings(self) -> dict[str, float | None]:
        """Seconds that the job waited and ran."""
        return {
            "queued_s": _seconds(self.created_at, self.started_at),
            "running_s": _seconds(self.started_at, self.finished_at),
        }


def whole_recipe(image: ImageRow, making: Making) -> dict[str, Any]:
    """Everything that makes a picture again, when, by whom and how fast it was made."""
    recipe = recipe_of(making.input, image.model, image.fingerprint, image.seed, image.index)
    del recipe["format"], recipe["software"]  # of a file that is written now
    before = {name: making.input[name] for name in (*ORIGINALS, "sources") if making.input.get(name)}
    return {
        **recipe,
        **before,
        "timings": making.timings,
        "owner": image.owner,
        "key_id": making.key_id,
        "surface": making.surface,
        "cached_from": making.cached_from,
        "created_at": image.created_at.isoformat(),
    }


def _seconds(begin: datetime | None, end: datetime | None) -> float | None:
    return None if begin is None or end is None else round((end - begin).total_seconds(), 3)
