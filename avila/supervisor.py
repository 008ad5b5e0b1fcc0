"""The parent of Triton, gateway and installer: starts them in order, restarts what ends, stops them backwards."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import httpx

from avila import shared_memory
from avila.guardian import remove_shared_memory
from avila.process import Child, Guardian
from avila.triton import find_installation, make_launch
from gateway.backend.triton.client import UNLOADED, ModelState, TritonClient, TritonError
from gateway.backend.triton.prober import SEPARATOR, pipelines_of
from gateway.backend.triton.watchdog import Watchdog
from gateway.settings import Settings

Say = Callable[[str], None]
T = TypeVar("T")

GATEWAY = "the gateway"
POLL_S = 0.1
PROGRESS_S = 5.0
GATEWAY_START_S = 180.0
FIRST_PIPELINE_S = 120.0
TRITON_STOP_S = 15.0
INSTALLER_STOP_S = 5.0
LONG_LIFE_S = 60.0
MAX_PAUSE_S = 30.0


class StartError(Exception):
    """A child did not come up; the message is for people."""


class Supervisor:
    """Owns the children for the life of one `avila up`.

    Args:
        settings: of the service.
        say: prints one line for people.
        show_logs: the children write to this terminal instead of to `<data folder>/logs`.
    """

    def __init__(self, settings: Settings, say: Say, *, show_logs: bool = False) -> None:
        self._settings = settings
        self._say = say
        self._logs = None if show_logs else settings.data_dir.absolute() / "logs"
        self._guard = Guardian()
        self._shm_prefix = shared_memory.prefix_of(os.getpid())
        self._stopping = asyncio.Event()
        self._triton: Child | None = None
        self._gateway: Child | None = None
        self._installer: Child | None = None
        self._control_token = secrets.token_hex(16)
        self._client = TritonClient(settings.triton_grpc_url, lambda: self._control_token)

    async def run(self, when_ready: Callable[[], Awaitable[None]]) -> int:
        """Start everything, call `when_ready`, and stay until a signal. Returns the exit status.

        Raises:
            StartError: something did not come up; everything has been stopped again.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)
        removed = shared_memory.remove_stale()
        if removed:
            self._say(f"removed {removed} shared-memory files of an earlier run")
        self._guard.start()
        self._guard.tell("shm", self._shm_prefix)
        try:
            await self._until_stopped(self._serve(when_ready))
        finally:
            await self._stop()
        return 0

    async def _serve(self, when_ready: Callable[[], Awaitable[None]]) -> None:
        async with asyncio.TaskGroup() as group:
            if self._settings.backend == "triton":
                self._triton = self._make_triton()
                await self._start_triton(self._triton)
                group.create_task(self._keep(self._triton, self._after_triton))
            self._gateway = self._make_program(GATEWAY, "gateway")
            await self._start_gateway(self._gateway)
            group.create_task(self._keep(self._gateway, lambda: None))
            if self._settings.install_models:
                self._installer = self._make_program("the installer", "avila", "installer")
                await self._installer.start()
                group.create_task(self._keep(self._installer, lambda: None))
            if self._settings.backend == "triton":
                await self._first_pipeline()
            await when_ready()
            if self._settings.backend == "triton":
                await self._watch()

    async def _until_stopped(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    def _on_signal(self) -> None:
        if self._stopping.is_set():  # the second one: at once
            for child in (self._installer, self._gateway, self._triton):
                if child is not None:
                    child.kill()
            return
        self._say("stopping; press Ctrl-C again to stop at once")
        self._stopping.set()

    async def _stop(self) -> None:
        self._stopping.set()
        await self._client.aclose()
        if self._installer is not None:
            await self._installer.stop(INSTALLER_STOP_S)
        if self._gateway is not None:
            await self._gateway.stop(self._settings.graceful_timeout_s + 10)
        if self._triton is not None:
            await self._triton.stop(TRITON_STOP_S)
        remove_shared_memory(self._shm_prefix)
        self._guard.dismiss()

    # -- the children -------------------------------------------------------------------------------------------------

    def _make_triton(self) -> Child:
        found = find_installation(self._settings.venv_triton)
        backends = self._settings.data_dir.absolute() / "triton-backends"
        launch = make_launch(found, self._settings, backends, self._shm_prefix, dict(os.environ), self._control_token)
        launch = launch.loading_nothing()
        return Child("Triton", launch.command, launch.environment, self._log("triton"), self._guard)

    def _make_program(self, name: str, *arguments: str) -> Child:
        """One of our own, run by this interpreter."""
        command = (sys.executable, "-m", *arguments)
        root = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        own = {"PYTHONPATH": path}
        if name != GATEWAY:  # the port for probes is the gateway's
            own["AVILA_OPS_PORT"] = "0"
        if name == GATEWAY and self._settings.backend == "triton":  # it decides which pipelines are loaded
            own["AVILA_TRITON_CONTROL_TOKEN_FILE"] = str(self._write_token())
        return Child(name, command, {**os.environ, **own}, self._log(arguments[-1]), self._guard)

    def _write_token(self) -> Path:
        path = self._settings.data_dir.absolute() / "triton-control-token"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(self._control_token)
        return path

    def _log(self, name: str) -> Path | None:
        return None if self._logs is None else self._logs / f"{name}.log"

    async def _start_triton(self, child: Child) -> None:
        started = time.monotonic()
        self._say("starting Triton")
        await child.start()
        models = await self._polled(child, self._index)
        installed = len(pipelines_of(models))
        self._say(f"Triton is up after {time.monotonic() - started:.1f} s; {installed} pipelines are installed")

    async def _first_pipeline(self) -> None:
        """Wait until one is loaded, or none can be: a first request should not have to."""
        started = said = time.monotonic()
        while (models := await self._index()) is None or not self._has_pipeline(models):
            now = time.monotonic()
            if now - started > FIRST_PIPELINE_S:
                return self._say("no pipeline is loaded yet; the log of the gateway says why")
            if now - said > PROGRESS_S:
                said = now
                self._say(f"still loading the first pipeline, {now - started:.0f} s")
            await asyncio.sleep(POLL_S)
        return None

    @staticmethod
    def _has_pipeline(models: list[ModelState]) -> bool:
        own = [model for model in models if SEPARATOR not in model.name]
        return not own or any(model.is_loaded or model.reason not in ("", UNLOADED) for model in own)

    async def _index(self) -> list[ModelState] | None:
        try:
            return await self._client.index()
        except TritonError:
            return None

    async def _start_gateway(self, child: Child) -> None:
        self._say("starting the gateway")
        await child.start()
        async with httpx.AsyncClient(trust_env=False) as client:
            await self._polled(child, lambda: self._answers(client), GATEWAY_START_S)

    async def _answers(self, client: httpx.AsyncClient) -> bool | None:
        try:
            answer = await client.get(f"{self._settings.address}/health", timeout=2)
        except httpx.TransportError:
            return None
        return answer.is_success or None

    async def _polled(
        self, child: Child, ask: Callable[[], Awaitable[T | None]], patience_s: float = float("inf")
    ) -> T:
        """Ask until there is an answer; says every few seconds that it still waits."""
        started = said = time.monotonic()
        while (answer := await ask()) is None:
            if not child.is_running:
                raise StartError(f"{child.name} did not start ({await child.ended()})\n{child.last_words()}".rstrip())
            now = time.monotonic()
            if now - started > patience_s:
                raise StartError(f"{child.name} did not answer within {patience_s:g} s\n{child.last_words()}".rstrip())
            if now - said > PROGRESS_S:
                said = now
                self._say(f"still waiting for {child.name}, {now - started:.0f} s")
            await asyncio.sleep(POLL_S)
        return answer

    async def _keep(self, child: Child, clean_up: Callable[[], object]) -> None:
        """Start `child` again whenever it ends, sooner if it had lived for long."""
        pause = 0.0
        while True:
            started = time.monotonic()
            how = await child.ended()
            clean_up()
            if time.monotonic() - started > LONG_LIFE_S:
                pause = 0.0
            self._say(f"{child.name} ended ({how}); starting it again" + (f" in {pause:.0f} s" if pause else ""))
            await asyncio.sleep(pause)
            pause = min(MAX_PAUSE_S, pause * 2 or 1.0)
            await child.start()

    def _after_triton(self) -> None:
        remove_shared_memory(self._shm_prefix)

    # -- the watchdog -------------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        watchdog = Watchdog(
            self._client,
            self._on_hang,
            interval_s=self._settings.watchdog_interval_s,
            silence_s=self._settings.watchdog_silence_s,
        )
        await watchdog.run()

    async def _on_hang(self, pipeline: str, reason: str) -> None:
        self._say(f"{pipeline} makes no progress ({reason}); starting Triton again")
        if self._triton is not None:
            self._triton.kill()
