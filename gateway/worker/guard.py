"""Looks at a job's pictures before anything is stored or shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from diffusion.events import Pixels
from diffusion.safety import shown_concepts
from gateway.backend.checker import PictureChecker
from gateway.backend.standalone import NetworkAwayError
from gateway.observability.metrics import Metrics
from gateway.safety.pixels import blurred, prepared
from gateway.safety.policy import BLOCKED, BLURRED, Level, Stage, finding
from gateway.storage.tables import JobRow


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be stored of a picture, None for nothing, and what there is to tell of it."""

    pixels: Pixels | None
    found: dict[str, Any] | None = None


class Guard:
    """Carries out what was decided when the job was accepted (`JobRow.moderation`)."""

    def __init__(self, checker: PictureChecker | None, metrics: Metrics, job: JobRow) -> None:
        told = job.moderation or {}
        self._checker = checker
        self._metrics = metrics
        self._pictures = Level(told.get("pictures", Level.OFF))
        self._sensitivity = float(told.get("sensitivity", 0.0))
        self._rule: str | None = told.get("rule")

    @property
    def is_on(self) -> bool:
        """Whether pictures may turn out to be for nobody's eyes: then none is shown before it has been looked at."""
        return self._pictures is not Level.OFF or self._rule is not None

    async def refused_input(self, picture: Pixels | None) -> dict[str, Any] | None:
        """What there is to tell of a picture that went in, where nothing may be made of it.

        Raises:
            NetworkAwayError: it could not be looked at.
        """
        if picture is None or self._pictures is not Level.BLOCK or not await self._shown(picture):
            return None
        return self._counted(finding(0, 0, Stage.INPUT, BLOCKED, "the picture that it starts from is not allowed"))

    async def judge(self, image: int, seed: int, pixels: Pixels) -> Verdict:
        """What becomes of a finished picture.

        Raises:
            NetworkAwayError: it could not be looked at.
        """
        concepts = () if self._pictures is Level.OFF else await self._shown(pixels)
        if concepts:
            reason = f"the safety checker found what is not allowed (concept {', '.join(map(str, concepts))})"
            if self._pictures is Level.BLOCK:
                return Verdict(None, self._counted(finding(image, seed, Stage.OUTPUT, BLOCKED, reason)))
            return await self._blurred(pixels, finding(image, seed, Stage.OUTPUT, BLURRED, reason))
        if self._rule is not None:
            reason = f"the prompt matches the rule {self._rule!r}"
            return await self._blurred(pixels, finding(image, seed, Stage.PROMPT, BLURRED, reason))
        return Verdict(pixels)

    async def _blurred(self, pixels: Pixels, found: dict[str, Any]) -> Verdict:
        return Verdict(await asyncio.to_thread(blurred, pixels), self._counted(found))

    async def _shown(self, pixels: Pixels) -> tuple[int, ...]:
        spec = None if self._checker is None else self._checker.spec
        if self._checker is None or spec is None:
            raise NetworkAwayError("no safety checker is installed")
        rows = await asyncio.to_thread(prepared, pixels, spec)
        special, concepts = await self._checker.scores(rows)
        return shown_concepts(special[0], concepts[0], self._sensitivity)

    def _counted(self, found: dict[str, Any]) -> dict[str, Any]:
        self._metrics.moderation.labels(found["stage"], found["action"]).inc()
        return found
