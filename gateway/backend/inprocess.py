"""The same engine as in Triton, on a thread of this process with ONNX Runtime, for machines without the server."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path

from diffusion.assembly import Files, make_loop
from diffusion.errors import ComponentUnavailableError, DiffusionError
from diffusion.events import Event, failed, is_terminal
from diffusion.loop import EngineLoop
from diffusion.pipeline import PipelineSpec
from diffusion.probe import ProbedRunner, ProbeReport, report
from diffusion.request import GenerationRequest
from diffusion.scheduling.profile import FILE as PROFILE
from diffusion.variants import network_specs
from gateway.backend.base import Backend, ControlError, Health, ModelControl, Presence, Sighting
from gateway.backend.installed import InstalledPipelines
from gateway.backend.onnx_runner import OnnxRunner
from gateway.settings import Settings

PROBE_S = 4.0


@dataclass(frozen=True, slots=True)
class _Pipeline:
    spec: PipelineSpec
    runner: ProbedRunner
    loop: EngineLoop


class InProcessBackend:
    """One engine per loaded pipeline, each on its own thread. The constructor loads nothing.

    Args:
        settings: repository, threads and folders.
        preloads: whether `start` loads every installed pipeline; else it is done one by one, by `load`.
    """

    def __init__(self, settings: Settings, *, preloads: bool = True) -> None:
        self._repository = settings.model_repository
        self._installed = InstalledPipelines(settings.model_repository)
        self._preloads = preloads
        self._threads = settings.component_threads
        self._max_waiting = settings.max_queue
        self._embeddings = (settings.embedding_folder,)
        self._loras = settings.lora_folders
        self._pipelines: dict[str, _Pipeline] = {}

    @property
    def pipelines(self) -> Mapping[str, PipelineSpec]:
        """The installed pipelines, by name."""
        return self._installed.specs

    async def start(self) -> None:
        """Find what is installed, and load it where that is wanted.

        Raises:
            ComponentFailedError, ValueError: an installed pipeline that is to be loaded is not whole.
        """
        await asyncio.to_thread(self._installed.look)
        for path in sorted(self._repository.glob("*/1/pipeline.json")) if self._preloads else ():
            await self._open(path.parents[1].name)

    async def aclose(self) -> None:
        """End what runs with `shutting_down`. The pipelines stay listed, since late callers get that answer too."""
        await asyncio.gather(*(asyncio.to_thread(pipeline.loop.stop) for pipeline in self._pipelines.values()))

    # -- what is loaded -----------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """See `gateway.backend.base.ModelControl`: each process has its own networks."""
        return f"{socket.gethostname()}:inprocess:{os.getpid()}"

    @property
    def is_allowed(self) -> bool:
        """See `gateway.backend.base.ModelControl`."""
        return True

    async def look(self) -> Sighting | None:
        """See `gateway.backend.base.ModelControl`."""
        await asyncio.to_thread(self._installed.look)
        loaded = dict.fromkeys(self._pipelines, Presence.LOADED)
        return Sighting({**dict.fromkeys(self._installed.specs, Presence.ABSENT), **loaded}, self._installed.contents)

    async def load(self, pipeline: str) -> None:
        """See `gateway.backend.base.ModelControl`."""
        try:
            await self._open(pipeline)
        except (DiffusionError, OSError, ValueError, KeyError, TypeError) as error:
            raise ControlError(str(error)) from error

    async def unload(self, pipeline: str) -> None:
        """See `gateway.backend.base.ModelControl`."""
        found = self._pipelines.pop(pipeline, None)
        if found is not None:
            await asyncio.to_thread(found.loop.stop)

    async def release(self) -> None:
        """See `gateway.backend.base.ModelControl`: `aclose` ends what is loaded."""

    async def _open(self, name: str) -> None:
        if name not in self._pipelines:
            pipeline = await asyncio.to_thread(self._load, self._repository / name / "1" / "pipeline.json")
            pipeline.loop.start()
            self._pipelines[name] = pipeline

    # -- requests -----------------------------------------------------------------------------------------------------

    async def submit(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """The events of `request`; see `gateway.backend.base.Backend`."""
        pipeline = self._pipelines.get(request.pipeline)
        if pipeline is None:
            yield failed(request.request_id, ComponentUnavailableError(request.pipeline, "it is not loaded"))
            return
        here, events = asyncio.get_running_loop(), asyncio.Queue[Event]()

        def listen(event: Event) -> None:
            if not here.is_closed():
                here.call_soon_threadsafe(events.put_nowait, event)

        pipeline.loop.submit(request, listen)
        has_ended = False
        try:
            while not has_ended:
                event = await events.get()
                has_ended = is_terminal(event)
                yield event
        finally:
            if not has_ended:
                pipeline.loop.cancel(request.request_id)

    async def health(self) -> Health:
        """Run every network of every loaded pipeline on its smallest input, between two steps of its engine."""
        if not self.pipelines:
            return Health(is_ready=False, reason=f"no pipeline is installed in {self._repository}")
        for name, pipeline in list(self._pipelines.items()):
            try:
                async with asyncio.timeout(PROBE_S):
                    found = await _probed(pipeline)
            except TimeoutError:
                return Health(is_ready=False, reason=f"{name}: no answer to a probe within {PROBE_S:g} s")
            if found is None:
                if name not in self._pipelines:
                    continue  # it was unloaded meanwhile
                return Health(is_ready=False, reason="stopping")
            if not found.is_ready:
                return Health(is_ready=False, reason=f"{name}: {found.reason}")
        return Health(is_ready=True)

    def _load(self, path: Path) -> _Pipeline:
        spec = PipelineSpec.load(path)
        specs = network_specs(spec)
        networks = OnnxRunner(specs)
        networks.load(self._repository, spec.name, self._threads)
        runner = ProbedRunner(networks, specs, time.monotonic)
        files = Files(path.with_name("tokenizer.json"), self._embeddings, self._loras, path.with_name(PROFILE))
        loop = make_loop(spec, files, runner, max_waiting=self._max_waiting, clock=time.monotonic)
        return _Pipeline(spec, runner, loop)


async def _probed(pipeline: _Pipeline) -> ProbeReport | None:
    """What a probe on the engine's thread finds; None when the engine takes no more work."""
    here, answers = asyncio.get_running_loop(), asyncio.Queue[ProbeReport]()

    def ask() -> None:
        here.call_soon_threadsafe(answers.put_nowait, report(pipeline.runner, pipeline.spec, ()))

    return await answers.get() if pipeline.loop.call(ask) else None


_: type[Backend] = InProcessBackend
__: type[ModelControl] = InProcessBackend
