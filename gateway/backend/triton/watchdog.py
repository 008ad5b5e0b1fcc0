"""Repairs what Triton 2.51 does not: a dead python process stays dead while readiness stays 200."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from gateway.backend.triton.client import TritonClient, TritonError
from gateway.backend.triton.prober import Condition, Finding, WholeProber

logger = logging.getLogger(__name__)

MAX_PAUSE_S = 60.0
LOAD_ATTEMPTS = 6
FAILING_PROBES = 3  # an error may be a passing one (memory); a dead process is not


class Watchdog:
    """Probes the pipelines and the safety checker, and repairs the model that is at fault by `unload`, then `load`.

    Args:
        client: the connection; closed by its owner.
        on_hang: called when a pipeline has been silent for `silence_s`, with its name and the reason: only a restart of
            the server helps, which is up to whoever started it.
    """

    def __init__(
        self,
        client: TritonClient,
        on_hang: Callable[[str, str], Awaitable[None]],
        *,
        interval_s: float = 2.0,
        silence_s: float = 30.0,
    ) -> None:
        self.findings: dict[str, Finding] = {}
        self.is_answered = False  # whether the server says what is loaded
        self.repairs: Counter[str] = Counter()  # models that were loaded again, since the start
        self._client = client
        self._on_hang = on_hang
        self._prober = WholeProber(client, self._on_finding, self._on_index, interval_s=interval_s, silence_s=silence_s)
        self._under_repair: dict[str, asyncio.Task[None]] = {}
        self._attempts: dict[str, int] = {}
        self._failing: dict[str, int] = {}

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            await self._prober.run()
        finally:
            for task in self._under_repair.values():
                task.cancel()

    def _on_finding(self, finding: Finding) -> None:
        self.findings[finding.pipeline] = finding
        if finding.condition is Condition.READY:
            self._failing.pop(finding.pipeline, None)
            mended = [name for name in self._attempts if finding.pipeline in (name, name.partition("__")[0])]
            for model in mended:
                del self._attempts[model]
        elif self._needs_repair(finding) and finding.culprit not in self._under_repair:
            logger.warning("%s is %s: %s", finding.culprit, finding.condition.value, finding.reason)
            task = asyncio.create_task(self._repair(finding), name=f"repair-{finding.culprit}")
            self._under_repair[finding.culprit] = task
            task.add_done_callback(lambda _: self._under_repair.pop(finding.culprit, None))

    def _on_index(self, loaded: set[str] | None) -> None:
        self.is_answered = loaded is not None
        for gone in self.findings.keys() - (loaded or set()):
            del self.findings[gone]

    def _needs_repair(self, finding: Finding) -> bool:
        if finding.condition is Condition.FAILING:
            self._failing[finding.pipeline] = self._failing.get(finding.pipeline, 0) + 1
            return self._failing[finding.pipeline] >= FAILING_PROBES
        return finding.condition in (Condition.AWAY, Condition.SILENT)

    async def _repair(self, finding: Finding) -> None:
        if finding.condition is Condition.SILENT:
            await self._on_hang(finding.pipeline, finding.reason)
            return
        model = finding.culprit
        attempt = self._attempts.get(model, 0)
        self._attempts[model] = attempt + 1
        if attempt:
            await asyncio.sleep(min(MAX_PAUSE_S, 2.0**attempt))
        started = time.monotonic()
        try:
            if not await self._is_meant_to_run(finding.pipeline):
                return
            # load alone is a no-op for a model whose process is dead
            await self._client.unload(model)
            await self._load(model)
        except TritonError as error:
            logger.error("%s could not be loaded again: %s", model, error)
            return
        self.repairs[model] += 1
        logger.warning("%s was unloaded and loaded again in %.1f s", model, time.monotonic() - started)

    async def _is_meant_to_run(self, pipeline: str) -> bool:
        """A pipeline that somebody unloads looks like a dead one to a probe that was under way."""
        return any(model.name == pipeline and model.is_loaded for model in await self._client.index())

    async def _load(self, model: str) -> None:
        """Nobody probes a pipeline that is not loaded, so what this has unloaded it must bring back."""
        for attempt in range(1, LOAD_ATTEMPTS):
            try:
                return await self._client.load(model)
            except TritonError as error:
                logger.warning("%s could not be loaded again, once more in a moment: %s", model, error)
                await asyncio.sleep(min(MAX_PAUSE_S, 2.0**attempt))
        return await self._client.load(model)
