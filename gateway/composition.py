"""Puts the parts together, and starts and stops them in order: for the application and for a worker of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypedDict

from gateway.accounts.service import AccountService
from gateway.auth.service import KeyService
from gateway.auth.sessions import SessionService
from gateway.auth.signing import Signer, master_secret
from gateway.auth.tokens import AccessTokens
from gateway.backend.base import Backend
from gateway.files.service import FileService
from gateway.history.service import HistoryService
from gateway.jobs.acceptance import Acceptance, JobLimits
from gateway.jobs.hub import Hub
from gateway.jobs.service import JobService
from gateway.jobs.wakeups.base import Message, Wakeups
from gateway.jobs.wakeups.inprocess import InProcessWakeups
from gateway.kit.clock import Clock, SystemClock
from gateway.kit.shutdown import Shutdown
from gateway.limits.rates import RateLimiter
from gateway.limits.service import QuotaService
from gateway.limits.traffic import Traffic
from gateway.models.service import Catalogue
from gateway.observability.metrics import Metrics
from gateway.observability.readiness import Readiness
from gateway.settings import Settings
from gateway.storage.database import Database, sqlite_url
from gateway.storage.images import DiskImageStore, ImageStore
from gateway.storage.single import only_process
from gateway.storage.sweep import Sweeper
from gateway.webui import WebPage
from gateway.worker.run import Tools
from gateway.worker.service import Worker


class State(TypedDict):
    """What the endpoints find in `request.state`."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    database: Database
    images: ImageStore
    keys: KeyService
    sessions: SessionService
    accounts: AccountService
    traffic: Traffic
    quotas: QuotaService
    history: HistoryService
    files: FileService
    jobs: JobService
    backend: Backend
    catalogue: Catalogue
    readiness: Readiness
    shutdown: Shutdown
    web_page: WebPage


@dataclass(frozen=True, slots=True)
class Ground:
    """What both kinds of process stand on."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    database: Database
    images: ImageStore
    wakeups: Wakeups
    backend: Backend

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
            lease_s=settings.lease_s,
            run_limit_s=settings.run_limit_s,
        )
        return Worker(tools, settings.worker_concurrency)


@contextlib.asynccontextmanager
async def grounded(settings: Settings, backend: Backend, metrics: Metrics) -> AsyncIterator[Ground]:
    """Database, image store and backend, open.

    Raises:
        DatabaseError, StorageError: one of them cannot be used; the message says what to do.
    """
    clock = SystemClock()
    database = make_database(settings)
    images = make_image_store(settings, clock)
    async with contextlib.AsyncExitStack() as stack:
        if database.is_sqlite:
            stack.enter_context(only_process(settings.data_dir))
        stack.push_async_callback(database.aclose)
        await database.open()
        await images.open()
        stack.push_async_callback(backend.aclose)
        await backend.start()
        yield Ground(settings, clock, metrics, database, images, make_wakeups(database), backend)


@contextlib.asynccontextmanager
async def serving(settings: Settings, backend: Backend, metrics: Metrics, shutdown: Shutdown) -> AsyncIterator[State]:
    """Everything that lives as long as the application."""
    async with contextlib.AsyncExitStack() as stack:
        ground = await stack.enter_async_context(grounded(settings, backend, metrics))
        database, clock = ground.database, ground.clock
        keys = KeyService(database, clock)
        stack.push_async_callback(keys.flush)
        await stack.enter_async_context(background(keys.keep_flushing()))
        await stack.enter_async_context(background(Sweeper(database, ground.images, clock).run()))
        history = HistoryService(database, ground.images, clock, settings.trash_days)
        await stack.enter_async_context(background(history.keep_emptying()))
        quotas = QuotaService(database, clock)
        limits = JobLimits(settings.max_waiting_jobs, settings.max_attempts)
        acceptance = Acceptance(database, quotas, clock, limits)
        jobs = JobService(database, ground.wakeups, Hub(), clock, acceptance)
        worker = ground.worker() if settings.worker == "embedded" else None
        await stack.enter_async_context(working(ground, worker, shutdown, [jobs.hear]))
        secret = settings.secret_key.get_secret_value() if settings.secret_key else await master_secret(database)
        tokens = AccessTokens(Signer(secret, "sessions").key, settings.access_lifetime_s)
        sessions = SessionService(database, tokens, clock, timedelta(seconds=settings.session_lifetime_s))
        limiter = RateLimiter(clock, settings.redis_url.get_secret_value() if settings.redis_url else None)
        stack.push_async_callback(limiter.aclose)
        traffic = Traffic(limiter, settings.requests_per_minute)
        accounts = AccountService(database, sessions, limiter, clock, settings.registration)
        if settings.admin_email and settings.admin_password:
            await accounts.add_administrator(settings.admin_email, settings.admin_password.get_secret_value())
        page = WebPage(settings.web_dir)
        await asyncio.to_thread(page.load)
        yield State(
            settings=settings,
            clock=clock,
            metrics=metrics,
            database=database,
            images=ground.images,
            keys=keys,
            sessions=sessions,
            accounts=accounts,
            traffic=traffic,
            quotas=quotas,
            history=history,
            files=FileService(database, ground.images, Signer(secret, "files"), clock, settings.link_lifetime_s),
            jobs=jobs,
            backend=backend,
            catalogue=Catalogue(backend, settings.model_aliases, settings.default_model),
            readiness=Readiness(backend, clock),
            shutdown=shutdown,
            web_page=page,
        )


@contextlib.asynccontextmanager
async def working(
    ground: Ground, worker: Worker | None, shutdown: Shutdown, listeners: list[Callable[[Message], None]]
) -> AsyncIterator[None]:
    """Wake-ups are heard and jobs are taken within the block.

    From `shutdown.begun` on no job is taken; when those that ran have ended or the grace period has, it is `over`.
    """
    heard = listeners if worker is None else [*listeners, worker.hear]

    def deliver(message: Message) -> None:
        for listener in heard:
            listener(message)

    await ground.wakeups.start(deliver)
    if worker is not None:
        worker.start()
    winding_down = asyncio.ensure_future(_wind_down(worker, shutdown, ground.settings.graceful_timeout_s))
    try:
        yield
    finally:
        shutdown.begun.set()
        await winding_down
        await ground.wakeups.aclose()


async def _wind_down(worker: Worker | None, shutdown: Shutdown, grace_s: float) -> None:
    await shutdown.begun.wait()
    if worker is not None:
        await worker.stop(grace_s)
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


def make_database(settings: Settings) -> Database:
    """The database that the settings name."""
    url = settings.database_url
    return Database(url.get_secret_value() if url is not None else sqlite_url(settings.data_dir))


def make_wakeups(database: Database) -> Wakeups:
    """SQLite means one process; on PostgreSQL there may be more."""
    if database.is_sqlite:
        return InProcessWakeups()
    from gateway.jobs.wakeups.postgres import PostgresWakeups  # noqa: PLC0415 - only where PostgreSQL is used

    return PostgresWakeups(database.dsn)


def make_image_store(settings: Settings, clock: Clock) -> ImageStore:
    """Where the settings want images kept."""
    if settings.s3_bucket is None:
        return DiskImageStore(settings.data_dir / "images", clock)
    from gateway.storage.s3 import S3ImageStore  # noqa: PLC0415 - only where S3 is used

    return S3ImageStore(settings)
