"""A server whose loading takes as long as a test says, and which remembers what was asked of it."""

from __future__ import annotations

import asyncio

from gateway.backend.base import ControlError, ModelControl, Presence, Sighting


class ScriptedControl:
    def __init__(self, *pipelines: str, takes_s: float = 0.0) -> None:
        self.installed = dict.fromkeys(pipelines, "1")
        self.loaded: set[str] = set()
        self.changing: set[str] = set()
        self.broken: dict[str, str] = {}
        self.takes_s = takes_s
        self.most = 0
        self.acts: list[tuple[str, str]] = []
        self.is_up = True
        self.is_allowed = True
        self.name = "server"

    async def look(self) -> Sighting | None:
        if not self.is_up:
            return None
        presence = dict.fromkeys((*self.installed, *self.loaded), Presence.ABSENT)
        presence |= dict.fromkeys(self.loaded, Presence.LOADED) | dict.fromkeys(self.changing, Presence.CHANGING)
        return Sighting(presence, dict(self.installed))

    async def load(self, pipeline: str) -> None:
        self.acts.append(("load", pipeline))
        self.changing.add(pipeline)
        self.most = max(self.most, len(self.loaded | self.changing))
        await asyncio.sleep(self.takes_s)
        self.changing.discard(pipeline)
        if pipeline in self.broken:
            raise ControlError(self.broken[pipeline])
        self.loaded.add(pipeline)

    async def unload(self, pipeline: str) -> None:
        self.acts.append(("unload", pipeline))
        await asyncio.sleep(self.takes_s)
        self.loaded.discard(pipeline)

    async def release(self) -> None:
        pass


_: type[ModelControl] = ScriptedControl
