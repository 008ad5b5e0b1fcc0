"""Watches every pipeline of a Triton server by real inferences and tells what it finds. Repairs nothing.

The safety checker, which belongs to no pipeline, is watched too where that is asked for: whether its process lives. An
inference of it every two seconds would cost a processor more than the pictures that it looks at.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from diffusion.probe import ProbeReport
from diffusion.safety import MODEL
from gateway.backend.standalone import CALL_TIMEOUT_S
from gateway.backend.triton.client import (
    ControlRefusedError,
    ModelAwayError,
    ModelState,
    TritonClient,
    TritonError,
    TritonTimeoutError,
    TritonUnreachableError,
)

logger = logging.getLogger(__name__)

SEPARATOR = "__"  # between a pipeline's name and a component's


class Condition(Enum):
    """What a probe found out about a pipeline."""

    READY = "ready"
    AWAY = "away"  # a model's process is dead, or the model is not loaded
    FAILING = "failing"  # a model answers with an error
    SILENT = "silent"  # no answer within the time for one
    GONE = "gone"  # no connection to the server


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one probe.

    Attributes:
        culprit: the Triton model that is at fault, or "" when ready.
        asked_at: when the probe was sent, on `time.monotonic`.
        report: the orchestrator's own words, when it gave any.
    """

    pipeline: str
    condition: Condition
    asked_at: float
    culprit: str = ""
    reason: str = ""
    report: ProbeReport | None = None


class PipelineProber:
    """Probes each installed pipeline every `interval_s`, independently of the others.

    Args:
        client: the connection.
        on_finding: told of every outcome, on the event loop; must not block.
        fallback: the installed pipelines' names, for a server that does not tell them to us.
        on_index: told the loaded pipelines' names whenever the index was read; None when there is no server.
        interval_s: pause between two probes of a pipeline.
        silence_s: how long an answer may take. A probe waits for the step that is running, so this must be longer than
            the longest step.
    """

    def __init__(
        self,
        client: TritonClient,
        on_finding: Callable[[Finding], None],
        on_index: Callable[[set[str] | None], None] = lambda _: None,
        *,
        fallback: Callable[[], set[str]] = set,
        interval_s: float = 2.0,
        silence_s: float = 30.0,
    ) -> None:
        self._client = client
        self._on_finding = on_finding
        self._on_index = on_index
        self._fallback = fallback
        self._interval_s = interval_s
        self._silence_s = silence_s

    async def run(self) -> None:
        """Probe until cancelled."""
        async with asyncio.TaskGroup() as group:
            watches: dict[str, asyncio.Task[None]] = {}
            while True:
                pipelines = await self._loaded()
                self._on_index(pipelines)
                if pipelines is not None:
                    for gone in watches.keys() - pipelines:
                        watches.pop(gone).cancel()
                    for new in pipelines - watches.keys():
                        watches[new] = group.create_task(self._watch(new))
                await asyncio.sleep(self._interval_s)

    async def _loaded(self) -> set[str] | None:
        """Those that somebody has unloaded are nobody's fault: they are not probed."""
        try:
            try:
                return self.watched([model for model in await self._client.index() if model.is_loaded])
            except ControlRefusedError:
                return {name for name in self._fallback() if await self._client.is_ready(name)}
        except TritonError as error:
            logger.debug("no index: %s", error)
            return None

    def watched(self, models: Sequence[ModelState]) -> set[str]:
        """Which of the loaded models are probed."""
        return pipelines_of(models)

    async def _watch(self, pipeline: str) -> None:
        while True:
            finding = await probe(self._client, pipeline, self._silence_s)
            self._on_finding(finding)
            # a slow pipeline must not spend most of its time on probes
            await asyncio.sleep(max(self._interval_s, time.monotonic() - finding.asked_at))


class WholeProber(PipelineProber):
    """The same, and the safety checker where one is installed."""

    def watched(self, models: Sequence[ModelState]) -> set[str]:
        """See `PipelineProber`."""
        return pipelines_of(models) | {model.name for model in models if model.name == MODEL}


async def probe(client: TritonClient, pipeline: str, silence_s: float) -> Finding:
    """One probe of one pipeline, or of the safety checker."""
    asked_at = time.monotonic()
    try:
        report = await _ask(client, pipeline, silence_s)
    except ModelAwayError as error:
        return Finding(pipeline, Condition.AWAY, asked_at, pipeline, str(error))
    except TritonTimeoutError as error:
        return Finding(pipeline, Condition.SILENT, asked_at, pipeline, str(error))
    except TritonUnreachableError as error:
        return Finding(pipeline, Condition.GONE, asked_at, pipeline, str(error))
    except TritonError as error:
        return Finding(pipeline, Condition.FAILING, asked_at, pipeline, str(error))
    if report is None or report.is_ready:
        return Finding(pipeline, Condition.READY, asked_at, report=report)
    condition = Condition.AWAY if report.is_away else Condition.FAILING
    culprit = f"{pipeline}{SEPARATOR}{report.component}"
    return Finding(pipeline, condition, asked_at, culprit, report.reason, report)


async def _ask(client: TritonClient, model: str, silence_s: float) -> ProbeReport | None:
    """What an orchestrator says of its networks; the safety checker has none and says nothing."""
    if model == MODEL:
        await client.knock(MODEL, max(silence_s, CALL_TIMEOUT_S))
        return None
    return await client.probe(model, silence_s)


def pipelines_of(models: Sequence[ModelState]) -> set[str]:
    """The names of the orchestrators among a repository's models."""
    return {model.name for model in models if SEPARATOR not in model.name}
