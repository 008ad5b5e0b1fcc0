"""What every process stands on, gateway and worker alike: database, images, backend; opened and closed in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import cv2

from gateway.auth.signing import master_secret
from gateway.backend.base import Backend, ModelControl
from gateway.backend.checker import PictureChecker
from gateway.controls.service import MapMaker
from gateway.jobs.wakeups.base import Message, Wakeups
from gateway.kit.clock import Clock, SystemClock
from gateway.kit.memory import keep_freed
from gateway.kit.shutdown import Shutdown
from gateway.observability.metrics import Metrics
from gateway.observability.tracing import Tracing
from gateway.provenance.service import ProvenanceService, make_provenance
from gateway.residency.keeper import Keeper, Limits
from gateway.settings import Settings
from gateway.storage.counted import CountedImageStore
from gateway.storage.database import Database
from gateway.storage.images import ImageStore
from gateway.storage.single import only_process
from gateway.stores import make_database, make_image_store, make_wakeups
from gateway.worker.service import Worker
from gateway.worker.tools import Tools


@dataclass(frozen=True, slots=True)
class Networks:
    """What runs networks. `control` loads and unloads pipelines there; None where that is nobody's business."""

    backend: Backend
    checker: PictureChecker
    maps: MapMaker
    control: ModelControl | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What both kinds of process stand on."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    tracing: Tracing
    database: Database
    images: ImageStore
    wakeups: Wakeups
    backend: Backend
    secret: str
    provenance: ProvenanceService
    checker: PictureChecker
    control: ModelControl | None

    def worker(self) -> Worker:
        """A worker, not yet started."""
        settings = self.settings
        tools = Tools(
            database=self.database,
            backend=self.backend,
            images=self.images,
            wakeups=self.wakeups,
            clock=self.clock,
            metrics=self.metrics,
            tracing=self.tracing,
            lease_s=settings.lease_s,
            run_limit_s=settings.run_limit_s,
            marker=self.provenance.marker,
            checker=self.checker,
            keeper=self.keeper(),
        )
        return Worker(tools, settings.worker_concurrency)

    def keeper(self) -> Keeper | None:
        """What keeps the pipelines loaded that its jobs need, not yet started."""
        if self.control is None:
            return None
        limits = Limits(self.settings.max_resident, self.settings.load_wait_s, self.settings.default_model)
        return Keeper(self.database, self.control, self.clock, self.metrics, limits)


@contextlib.asynccontextmanager
async def grounded(settings: Settings, networks: Networks, metrics: Metrics, tracing: Tracing) -> AsyncIterator[Ground]:
    """Database, image store and backend, open.

    Raises:
        DatabaseError, StorageError, CertificateError: one of them cannot be used; the message says what to do.
    """
    keep_freed()
    cv2.setNumThreads(1)  # a picture has a thread already; to share its small steps costs more than it saves
    clock, backend, control = SystemClock(), networks.backend, networks.control
    database = make_database(settings)
    images = CountedImageStore(make_image_store(settings, clock), lambda what: metrics.store_errors.labels(what).inc())
    async with contextlib.AsyncExitStack() as stack:
        tracing.start()
        stack.push_async_callback(asyncio.to_thread, tracing.stop)
        if database.is_sqlite:
            stack.enter_context(only_process(settings.data_dir))
        stack.push_async_callback(database.aclose)
        await database.open()
        await images.open()
        stack.push_async_callback(backend.aclose)
        await backend.start()
        stack.push_async_callback(networks.checker.aclose)
        if control is not None:
            stack.push_async_callback(control.release)
        metrics.know(backend.pipelines)
        secret = settings.secret_key.get_secret_value() if settings.secret_key else await master_secret(database)
        provenance = await make_provenance(settings, database, clock, secret)
        wakeups = make_wakeups(database)
        yield Ground(
            settings=settings,
            clock=clock,
            metrics=metrics,
            tracing=tracing,
            database=database,
            images=images,
            wakeups=wakeups,
            backend=backend,
            secret=secret,
            provenance=provenance,
            checker=networks.checker,
            control=control,
        )


@contextlib.asynccontextmanager
async def working(
    ground: Ground, worker: Worker | None, shutdown: Shutdown, listeners: list[Callable[[Message], None]]
) -> AsyncIterator[None]:
    """Wake-ups are heard and jobs are taken within the block.

    From `shutdown.begun` on no job is taken; when those that ran have ended, or the grace period has, it is `over`.
    Where others run the jobs, whoever waits for one here has the whole of it.
    """
    heard = listeners if worker is None else [*listeners, worker.hear]

    def deliver(message: Message) -> None:
        for listener in heard:
            listener(message)

    await ground.wakeups.start(deliver)
    if worker is not None:
        worker.start()
    has_emptied = asyncio.Event()
    winding_down = asyncio.ensure_future(_wind_down(worker, shutdown, has_emptied, ground.settings.graceful_timeout_s))
    try:
        yield
    finally:
        shutdown.begun.set()
        has_emptied.set()  # the server is through with every request
        await winding_down
        await ground.wakeups.aclose()


async def _wind_down(worker: Worker | None, shutdown: Shutdown, has_emptied: asyncio.Event, grace_s: float) -> None:
    await shutdown.begun.wait()
    if worker is not None:
        await worker.stop(grace_s)
    else:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await has_emptied.wait()
    shutdown.over.set()


@contextlib.asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` beside the block, and end it with the block."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
