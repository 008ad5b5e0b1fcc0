"""Puts the parts together, and starts and stops them in order: for the application and for a worker of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypedDict

from gateway.a1111.service import A1111Service
from gateway.accounts.service import AccountService
from gateway.admin.panel_watch import PanelWatch
from gateway.admin.service import AdminService
from gateway.audit.service import AuditService
from gateway.auth.service import KeyService
from gateway.auth.sessions import SessionService
from gateway.auth.signing import Signer, master_secret
from gateway.auth.tokens import AccessTokens
from gateway.backend.base import Backend, ModelControl
from gateway.backend.checker import PictureChecker
from gateway.controls.service import MapMaker
from gateway.files.service import FileService
from gateway.history.service import HistoryService
from gateway.installations.service import InstallationService
from gateway.installations.sources import Sources
from gateway.jobs.acceptance import Acceptance, JobLimits
from gateway.jobs.queue_watch import QueueWatch
from gateway.jobs.service import JobService
from gateway.jobs.wakeups.base import Message, Wakeups
from gateway.kit.clock import Clock, SystemClock
from gateway.kit.outbound import Outbound
from gateway.kit.shutdown import Shutdown
from gateway.limits.rates import RateLimiter
from gateway.limits.service import QuotaService
from gateway.limits.traffic import Traffic
from gateway.mcp.server import McpFace
from gateway.models.inventory import Inventory
from gateway.models.lora_files import LoraFiles
from gateway.models.service import Catalogue
from gateway.observability.metrics import Metrics
from gateway.observability.ops import make_ops_app, ops_port
from gateway.observability.panel import Watches
from gateway.observability.readiness import Readiness
from gateway.observability.tracing import Tracing
from gateway.oidc.service import OidcService
from gateway.personal.service import PersonalService
from gateway.prompts.service import PromptService
from gateway.provenance.service import ProvenanceService, make_provenance
from gateway.removal.service import FileKind, Kept, RemovalService
from gateway.residency.keeper import Keeper, Limits
from gateway.residency.service import ResidencyService
from gateway.retention.service import Periods, Retention
from gateway.safety.service import SafetyService
from gateway.settings import Settings
from gateway.storage.counted import CountedImageStore
from gateway.storage.database import Database
from gateway.storage.images import ImageStore
from gateway.storage.single import only_process
from gateway.storage.sweep import Sweeper
from gateway.stores import accelerator_probe, make_database, make_image_store, make_wakeups
from gateway.uploads.service import Intake, UploadService
from gateway.webhooks.sender import Sender, Timing
from gateway.webhooks.service import WebhookService
from gateway.webhooks.signing import Secrets
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
    outbound: Outbound
    audit: AuditService
    oidc: OidcService
    keys: KeyService
    sessions: SessionService
    accounts: AccountService
    traffic: Traffic
    quotas: QuotaService
    history: HistoryService
    personal: PersonalService
    files: FileService
    jobs: JobService
    uploads: UploadService
    maps: MapMaker
    webhooks: WebhookService
    loras: LoraFiles
    installations: InstallationService
    mcp: McpFace
    a1111: A1111Service
    provenance: ProvenanceService
    safety: SafetyService
    admin: AdminService
    backend: Backend
    catalogue: Catalogue
    prompts: PromptService
    residency: ResidencyService
    removal: RemovalService
    readiness: Readiness
    watches: Watches
    shutdown: Shutdown
    web_page: WebPage


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
async def serving(
    settings: Settings,
    networks: Networks,
    metrics: Metrics,
    shutdown: Shutdown,
    tracing: Tracing,
) -> AsyncIterator[State]:
    """Everything that lives as long as the application."""
    async with contextlib.AsyncExitStack() as stack:
        ground = await stack.enter_async_context(grounded(settings, networks, metrics, tracing))
        database, clock = ground.database, ground.clock
        keys = KeyService(database, clock)
        stack.push_async_callback(keys.flush)
        await stack.enter_async_context(background(keys.keep_flushing()))
        await stack.enter_async_context(background(Sweeper(database, ground.images, clock).run()))
        history = HistoryService(database, ground.images, clock, settings.trash_days)
        quotas = QuotaService(database, clock)
        outbound = Outbound(settings.allowed_places)
        uploads = make_uploads(ground, quotas, outbound)
        mcp = McpFace(settings.max_upload_bytes)
        await stack.enter_async_context(background(mcp.run()))
        loras = LoraFiles(settings.lora_folders, settings.lora_folders if settings.lora_dirs else ())
        safety = await make_safety(ground)
        acceptance = Acceptance(
            database, quotas, clock, JobLimits(settings.max_waiting_jobs, settings.max_attempts), loras, safety
        )
        jobs = JobService(database, ground.wakeups, clock, acceptance, metrics)
        personal = PersonalService(database, ground.images, jobs, clock)
        retention = Retention(database, history, personal, clock, Periods.of(settings))
        await stack.enter_async_context(background(retention.run()))
        webhooks, sender = make_webhooks(ground, outbound)
        await stack.enter_async_context(background(sender.run()))
        worker = ground.worker() if settings.worker == "embedded" else None
        await stack.enter_async_context(working(ground, worker, shutdown, [jobs.hear, sender.hear]))
        tokens = AccessTokens(Signer(ground.secret, "sessions").key, settings.access_lifetime_s)
        sessions = SessionService(database, tokens, clock, timedelta(seconds=settings.session_lifetime_s))
        limiter = RateLimiter(clock, settings.redis_url.get_secret_value() if settings.redis_url else None)
        stack.push_async_callback(limiter.aclose)
        traffic = Traffic(limiter, settings.requests_per_minute)
        accounts = AccountService(database, sessions, limiter, clock, settings.registration)
        if settings.admin_email and settings.admin_password:
            await accounts.add_administrator(settings.admin_email, settings.admin_password.get_secret_value())
        readiness = Readiness(ground.backend, clock, database)
        admin = AdminService(database, jobs, clock, accelerator_probe(settings), settings.worker_concurrency)
        watches = Watches(QueueWatch(database, ground.backend, clock, metrics), PanelWatch(admin, clock, metrics))
        ops = make_ops_app(readiness.check, metrics=metrics.render, before_metrics=watches.refresh)
        await stack.enter_async_context(ops_port(settings.host, settings.ops_port, ops))
        residency, removal = await stack.enter_async_context(model_desk(ground))
        yield State(
            settings=settings,
            clock=clock,
            metrics=metrics,
            database=database,
            images=ground.images,
            outbound=outbound,
            audit=AuditService(database, clock),
            oidc=OidcService(settings, accounts, sessions, Signer(ground.secret, "oidc").key, clock),
            keys=keys,
            sessions=sessions,
            accounts=accounts,
            traffic=traffic,
            quotas=quotas,
            history=history,
            personal=personal,
            files=FileService(database, ground.images, Signer(ground.secret, "files"), clock, settings.link_lifetime_s),
            jobs=jobs,
            uploads=uploads,
            maps=await stack.enter_async_context(contextlib.aclosing(networks.maps)),
            webhooks=webhooks,
            loras=loras,
            installations=stack.enter_context(installing(ground, outbound)),
            mcp=mcp,
            a1111=A1111Service(database),
            provenance=ground.provenance,
            safety=safety,
            admin=admin,
            backend=ground.backend,
            catalogue=Catalogue(ground.backend, settings.model_aliases, settings.default_model),
            prompts=PromptService(settings.data_dir / "prompts"),
            residency=residency,
            removal=removal,
            readiness=readiness,
            watches=watches,
            shutdown=shutdown,
            web_page=await make_page(settings),
        )


async def make_safety(ground: Ground) -> SafetyService:
    """The service, which has said in the log what it will refuse."""
    safety = SafetyService(ground.database, ground.clock, ground.checker)
    await safety.tell_at_start()
    return safety


@contextlib.contextmanager
def installing(ground: Ground, outbound: Outbound) -> Iterator[InstallationService]:
    """What administrators install models by."""
    settings = ground.settings
    token = None if settings.hub_token is None else settings.hub_token.get_secret_value()
    sources = Sources(outbound, settings.hub_endpoint, token, settings.install_dir)
    try:
        yield InstallationService(ground.database, ground.clock, settings, sources)
    finally:
        sources.close()


def make_uploads(ground: Ground, quotas: QuotaService, outbound: Outbound) -> UploadService:
    """The service, within the settings' bounds."""
    settings = ground.settings
    intake = Intake(timedelta(seconds=settings.upload_lifetime_s), outbound, settings.max_upload_bytes)
    return UploadService(ground.database, ground.images, ground.clock, quotas, ground.metrics, intake)


@contextlib.asynccontextmanager
async def model_desk(ground: Ground) -> AsyncIterator[tuple[ResidencyService, RemovalService]]:
    """What administrators ask of models: to load and unload them, to take them out of service and put them back."""
    settings, database, clock = ground.settings, ground.database, ground.clock
    residency = ResidencyService(database, clock, Inventory(settings.model_repository), settings.load_wait_s)
    folders = {FileKind.LORAS: settings.lora_folders, FileKind.EMBEDDINGS: (settings.embedding_folder,)}
    keep, audit = timedelta(days=settings.model_trash_days), AuditService(database, clock)
    removal = RemovalService(residency, audit, clock, settings.model_repository, Kept(folders, keep))
    async with background(removal.run()):
        yield residency, removal


async def make_page(settings: Settings) -> WebPage:
    """The page, read."""
    page = WebPage(settings.web_dir)
    await asyncio.to_thread(page.load)
    return page


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


def make_webhooks(ground: Ground, outbound: Outbound) -> tuple[WebhookService, Sender]:
    """What owners ask for, and what sends it."""
    secrets = Secrets(Signer(ground.secret, "webhooks"))
    timing = Timing(ground.settings.webhook_timeout_s, ground.settings.webhook_retry_s)
    service = WebhookService(ground.database, secrets, ground.wakeups, ground.clock, outbound.allowed)
    return service, Sender(ground.database, outbound, secrets, ground.clock, ground.metrics, timing)
