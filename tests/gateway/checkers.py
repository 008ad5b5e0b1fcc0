"""A safety checker that plays a script: what a surface does must not depend on what random weights happen to find."""

from __future__ import annotations

import asyncio

import numpy as np

from diffusion.safety import CheckerSpec
from gateway.backend.checker import PictureChecker
from gateway.backend.standalone import NetworkAwayError
from gateway.kit.clock import SystemClock
from gateway.safety.service import SafetyService
from gateway.storage.database import Database

PLAIN = CheckerSpec("0" * 64, 8, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), concepts=2, special=1)


class ScriptedChecker:
    """Finds concept 1 in every picture brighter than `limit` of 255, by as much as it is brighter."""

    def __init__(self, limit: float = 128.0, spec: CheckerSpec | None = PLAIN) -> None:
        self.limit = limit
        self.spec = spec
        self.is_away = False
        self.looked = 0
        self.waits_for: asyncio.Event | None = None

    async def scores(self, pixels):
        if self.is_away:
            raise NetworkAwayError("its script says so")
        if self.waits_for is not None:
            await self.waits_for.wait()
        self.looked += 1
        brightness = pixels.mean(axis=(1, 2, 3)) - self.limit / 255
        none = np.full(len(pixels), -1.0)
        return none[:, None].astype(np.float32), np.stack([none, brightness], axis=1).astype(np.float32)

    async def aclose(self):
        pass


_: type[PictureChecker] = ScriptedChecker


def safety_of(database: Database, checker: PictureChecker | None = None) -> SafetyService:
    """The service on a database; nothing is set there."""
    return SafetyService(database, SystemClock(), checker or ScriptedChecker())
