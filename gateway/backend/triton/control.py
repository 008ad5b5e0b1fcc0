"""Loads and unloads the pipelines of a Triton server: each is a model of its own and one for every network."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from gateway.backend.base import ControlError, ModelControl, Presence, Sighting
from gateway.backend.installed import InstalledPipelines
from gateway.backend.triton.client import (
    UNLOADED,
    ControlRefusedError,
    ModelState,
    TritonClient,
    TritonError,
)
from gateway.backend.triton.prober import SEPARATOR, pipelines_of

logger = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
UNLOAD_S = 60.0
"""A model that still answers a request is unloaded after it."""

ORCHESTRATOR_S = 15.0
POLL_S = 0.1
REFUSED = "Triton keeps its model control for who has its secret; set AVILA_TRITON_CONTROL_TOKEN_FILE"


class TritonControl:
    """See `gateway.backend.base.ModelControl`.

    Args:
        url: `host:port` of Triton's gRPC port. Every process that controls the same server must call it the same; an
            address of this machine itself is told apart by the machine's name.
        control_token: gives the secret of its model control.
        repository: the model repository, where this machine has it.
    """

    def __init__(self, url: str, control_token: Callable[[], str], repository: Path) -> None:
        host, _, port = url.rpartition(":")
        self._name = f"{socket.gethostname()}:{port}" if host in LOOPBACK else url
        self._client = TritonClient(url, control_token)
        self._installed = InstalledPipelines(repository)
        self._is_allowed = True
        self._shared: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """See `ModelControl`."""
        return self._name

    @property
    def is_allowed(self) -> bool:
        """See `ModelControl`."""
        return self._is_allowed

    async def look(self) -> Sighting | None:
        """See `ModelControl`. What belongs to no pipeline (the safety checker) is loaded on the way."""
        await asyncio.to_thread(self._installed.look)
        try:
            models = await self._client.index()
            self._is_allowed = True
        except ControlRefusedError:
            if self._is_allowed:
                logger.warning("%s", REFUSED)
            self._is_allowed = False
            return await self._look_without_index()
        except TritonError as error:
            logger.debug("no index: %s", error)
            return None
        self._load_shared(models)
        presence = {model.name: _presence(model) for model in models if SEPARATOR not in model.name}
        contents = self._installed.contents  # the index lists what is in the server's repository, which may not be ours
        return Sighting(presence, {name: contents.get(name, "") for name in presence})

    async def load(self, pipeline: str) -> None:
        """See `ModelControl`."""
        try:
            components = await self._components(pipeline)
            # each is a process of its own that opens its files: side by side they take as long as the slowest
            await _all([self._client.load(model) for model in components])
            await self._client.load(pipeline)
        except TritonError as error:
            logger.warning("pipeline %s could not be loaded: %s", pipeline, error)
            try:
                await self.unload(pipeline)
            except ControlError as again:
                logger.warning("what was loaded of %s stays: %s", pipeline, again)
            raise ControlError(_reason(error)) from error

    async def unload(self, pipeline: str) -> None:
        """See `ModelControl`. The orchestrator goes first: an engine whose network is unloaded in a call never ends.

        Triton keeps an orchestrator for ever whose client went away in the middle; its networks are what takes memory,
        so they go then all the same.
        """
        try:
            if not await self._gone(lambda name: name == pipeline, pipeline, ORCHESTRATOR_S):
                logger.warning("Triton keeps the orchestrator of %s; its networks are unloaded all the same", pipeline)
            if not await self._gone(lambda name: name != pipeline, pipeline, UNLOAD_S):
                raise ControlError(f"its networks were not unloaded within {UNLOAD_S:g} s")
        except TritonError as error:
            raise ControlError(_reason(error)) from error

    async def _gone(self, is_meant: Callable[[str], bool], pipeline: str, within_s: float) -> bool:
        """Have those of a pipeline's models unloaded, and see it done; False when it is not done in time."""
        began = time.monotonic()
        while True:
            found = [model for model in await self._models_of(pipeline) if is_meant(model.name)]
            left = [model for model in found if model.is_loaded or model.is_changing]
            if not left or time.monotonic() - began > within_s:
                return not left
            await _all([self._client.unload(model.name) for model in left if model.is_loaded])
            await asyncio.sleep(POLL_S)

    async def release(self) -> None:
        """Close the connection."""
        if self._shared is not None:
            self._shared.cancel()
            await asyncio.wait([self._shared])
        await self._client.aclose()

    # -- parts --------------------------------------------------------------------------------------------------------

    async def _look_without_index(self) -> Sighting | None:
        presence = {}
        try:
            for name in self._installed.specs:
                presence[name] = Presence.LOADED if await self._client.is_ready(name) else Presence.ABSENT
        except TritonError as error:
            logger.debug("no answer: %s", error)
            return None
        return Sighting(presence, self._installed.contents)

    async def _models_of(self, pipeline: str) -> Sequence[ModelState]:
        found = await self._client.index()
        return [model for model in found if model.name.partition(SEPARATOR)[0] == pipeline]

    async def _components(self, pipeline: str) -> list[str]:
        return [model.name for model in await self._models_of(pipeline) if model.name != pipeline]

    def _load_shared(self, models: Sequence[ModelState]) -> None:
        """One that failed is left to whoever mends it: it says why, so it is not tried every second."""
        pipelines = pipelines_of(models)
        asleep = [
            model.name
            for model in models
            if SEPARATOR in model.name
            and model.name.partition(SEPARATOR)[0] not in pipelines
            and not (model.is_loaded or model.is_changing)
            and model.reason in ("", UNLOADED)
        ]
        if asleep and (self._shared is None or self._shared.done()):
            self._shared = asyncio.create_task(self._load_one_by_one(asleep), name="load-shared")

    async def _load_one_by_one(self, models: Sequence[str]) -> None:
        for model in models:
            try:
                await self._client.load(model)
            except TritonError as error:
                logger.error("%s could not be loaded: %s", model, error)


def _presence(model: ModelState) -> Presence:
    if model.is_changing:
        return Presence.CHANGING
    return Presence.LOADED if model.is_loaded else Presence.ABSENT


async def _all(calls: Sequence[Awaitable[None]]) -> None:
    """Do them side by side, to the end of each; raises the first error."""
    for found in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(found, BaseException):
            raise found


def _reason(error: TritonError) -> str:
    return REFUSED if isinstance(error, ControlRefusedError) else str(error).partition("\n")[0]


_: type[ModelControl] = TritonControl
