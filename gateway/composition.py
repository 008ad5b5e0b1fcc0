"""Puts the parts of the application together, subject by subject, and starts and stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TypedDict

from gateway.a1111.service import A1111Service
from gateway.accounts.service import AccountService
from gateway.admin.panel_watch import PanelWatch
from gateway.admin.service import AdminService
from gateway.audit.service import AuditService
from gateway.auth.service import KeyService
from gateway.auth.sessions import SessionService
from gateway.auth.signing import Signer
from gateway.auth.tokens import AccessTokens
from gateway.backend.base import Backend
from gateway.controls.service import MapMaker
from gateway.errands.service import Errands, HereErrands, SentErrands
from gateway.files.service import FileService
from gateway.ground import Ground, Networks, background, grounded, working
from gateway.history.service import HistoryService
from gateway.installations.service import InstallationService
from gateway.jobs.acceptance import Acceptance, JobLimits
from gateway.jobs.queue_watch import QueueWatch
from gateway.jobs.service import JobService
from gateway.kit.clock import Clock
from gateway.kit.outbound import Outbound
from gateway.kit.shutdown import Shutdown
from gateway.limits.rates import RateLimiter
from gateway.limits.service import QuotaService
from gateway.limits.traffic import Traffic
from gateway.mcp.server import McpFace
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
from gateway.provenance.service import ProvenanceService
from gateway.removal.service import RemovalService
from gateway.residency.service import ResidencyService
from gateway.retention.service import Periods, Retention
from gateway.safety.service import SafetyService
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.images import ImageStore
from gateway.storage.sweep import Sweeper
from gateway.store_keeping import make_removal, make_residency, removing
from gateway.stores import accelerator_probe
from gateway.uploads.service import Intake, UploadService
from gateway.webhooks.sender import Sender, Timing
from gateway.webhooks.service import WebhookService
from gateway.webhooks.signing import Secrets
from gateway.webui import WebPage


class Common(TypedDict):
    """What every subject may use."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    database: Database
    images: ImageStore
    backend: Backend
    provenance: ProvenanceService
    outbound: Outbound
    audit: AuditService
    shutdown: Shutdown


class People(TypedDict):
    """Who somebody is, and how often he may ask."""

    keys: KeyService
    sessions: SessionService
    accounts: AccountService
    oidc: OidcService
    traffic: Traffic


class Orders(TypedDict):
    """From a request to a job."""

    quotas: QuotaService
    loras: LoraFiles
    safety: SafetyService
    jobs: JobService


class Pictures(TypedDict):
    """What came of it, and what is sent in."""

    history: HistoryService
    personal: PersonalService
    files: FileService
    uploads: UploadService


class Told(TypedDict):
    """Who is told of jobs."""

    webhooks: WebhookService


class ModelDesk(TypedDict):
    """What is asked of models: which there are, to install, load and unload them, to take them out of service."""

    catalogue: Catalogue
    installations: InstallationService
    residency: ResidencyService
    removal: RemovalService
    errands: Errands


class Figures(TypedDict):
    """How the installation does."""

    readiness: Readiness
    admin: AdminService
    watches: Watches


class Faces(TypedDict):
    """What single faces have of their own."""

    maps: MapMaker
    mcp: McpFace
    a1111: A1111Service
    prompts: PromptService
    web_page: WebPage


class State(Common, People, Orders, Pictures, Told, ModelDesk, Figures, Faces):
    """What the endpoints find in `request.state`."""


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
        begin = stack.enter_async_context
        ground = await begin(grounded(settings, networks, metrics, tracing))
        common = make_common(ground, shutdown)
        people = await begin(people_of(ground))
        orders = await make_orders(ground)
        pictures = await begin(pictures_of(ground, orders, common["outbound"]))
        told = await begin(at_work(ground, orders, common["outbound"], shutdown))
        figures = await begin(figures_of(ground, orders))
        desk = await begin(model_desk(ground))
        faces = await begin(faces_of(ground, networks.maps))
        yield {**common, **people, **orders, **pictures, **told, **figures, **desk, **faces}


def make_common(ground: Ground, shutdown: Shutdown) -> Common:
    """From the ground."""
    return Common(
        settings=ground.settings,
        clock=ground.clock,
        metrics=ground.metrics,
        database=ground.database,
        images=ground.images,
        backend=ground.backend,
        provenance=ground.provenance,
        outbound=Outbound(ground.settings.allowed_places),
        audit=AuditService(ground.database, ground.clock),
        shutdown=shutdown,
    )


@contextlib.asynccontextmanager
async def people_of(ground: Ground) -> AsyncIterator[People]:
    """The first administrator is made where the settings name him."""
    settings, database, clock = ground.settings, ground.database, ground.clock
    keys = KeyService(database, clock)
    tokens = AccessTokens(Signer(ground.secret, "sessions").key, settings.access_lifetime_s)
    sessions = SessionService(database, tokens, clock, timedelta(seconds=settings.session_lifetime_s))
    limiter = RateLimiter(clock, settings.redis_url.get_secret_value() if settings.redis_url else None)
    accounts = AccountService(database, sessions, limiter, clock, settings.registration)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(limiter.aclose)
        stack.push_async_callback(keys.flush)
        await stack.enter_async_context(background(keys.keep_flushing()))
        if settings.admin_email and settings.admin_password:
            await accounts.add_administrator(settings.admin_email, settings.admin_password.get_secret_value())
        yield People(
            keys=keys,
            sessions=sessions,
            accounts=accounts,
            oidc=OidcService(settings, accounts, sessions, Signer(ground.secret, "oidc").key, clock),
            traffic=Traffic(limiter, settings.requests_per_minute),
        )


async def make_orders(ground: Ground) -> Orders:
    """Says in the log what will be refused for safety."""
    settings, database, clock = ground.settings, ground.database, ground.clock
    quotas = QuotaService(database, clock)
    loras = LoraFiles(settings.lora_folders, settings.lora_folders if settings.lora_dirs else ())
    safety = SafetyService(database, clock, ground.checker)
    await safety.tell_at_start()
    limits = JobLimits(settings.max_waiting_jobs, settings.max_attempts)
    acceptance = Acceptance(database, quotas, clock, limits, loras, safety)
    jobs = JobService(database, ground.wakeups, clock, acceptance, ground.metrics)
    return Orders(quotas=quotas, loras=loras, safety=safety, jobs=jobs)


@contextlib.asynccontextmanager
async def pictures_of(ground: Ground, orders: Orders, outbound: Outbound) -> AsyncIterator[Pictures]:
    """With what removes those that nobody needs."""
    settings, database, images, clock = ground.settings, ground.database, ground.images, ground.clock
    history = HistoryService(database, images, clock, settings.trash_days)
    personal = PersonalService(database, images, orders["jobs"], clock)
    intake = Intake(timedelta(seconds=settings.upload_lifetime_s), outbound, settings.max_upload_bytes)
    retention = Retention(database, history, personal, clock, Periods.of(settings))
    async with background(Sweeper(database, images, clock).run()), background(retention.run()):
        yield Pictures(
            history=history,
            personal=personal,
            files=FileService(database, images, Signer(ground.secret, "files"), clock, settings.link_lifetime_s),
            uploads=UploadService(database, images, clock, orders["quotas"], ground.metrics, intake),
        )


@contextlib.asynccontextmanager
async def at_work(ground: Ground, orders: Orders, outbound: Outbound, shutdown: Shutdown) -> AsyncIterator[Told]:
    """Jobs are run, where that is this process's business, and those who asked for it are told of them."""
    settings, secrets = ground.settings, Secrets(Signer(ground.secret, "webhooks"))
    timing = Timing(settings.webhook_timeout_s, settings.webhook_retry_s)
    sender = Sender(ground.database, outbound, secrets, ground.clock, ground.metrics, timing)
    worker = ground.worker() if settings.worker == "embedded" else None
    webhooks = WebhookService(ground.database, secrets, ground.wakeups, ground.clock, outbound.allowed)
    async with (
        background(orders["safety"].keep_current()),
        background(sender.run()),
        working(ground, worker, shutdown, [orders["jobs"].hear, sender.hear]),
    ):
        yield Told(webhooks=webhooks)


@contextlib.asynccontextmanager
async def figures_of(ground: Ground, orders: Orders) -> AsyncIterator[Figures]:
    """Also on the port for probes and Prometheus."""
    settings, database, clock, metrics = ground.settings, ground.database, ground.clock, ground.metrics
    readiness = Readiness(ground.backend, clock, database)
    admin = AdminService(database, orders["jobs"], clock, accelerator_probe(settings), settings.worker_concurrency)
    watches = Watches(QueueWatch(database, ground.backend, clock, metrics), PanelWatch(admin, clock, metrics))
    ops = make_ops_app(readiness.check, metrics=metrics.render, before_metrics=watches.refresh)
    async with ops_port(settings.host, settings.ops_port, ops):
        yield Figures(readiness=readiness, admin=admin, watches=watches)


@contextlib.asynccontextmanager
async def model_desk(ground: Ground) -> AsyncIterator[ModelDesk]:
    """What writes the model store is the installer's business; where nothing is installed, it is done here."""
    settings, database, clock = ground.settings, ground.database, ground.clock
    removal = make_removal(settings, database, clock)
    async with contextlib.AsyncExitStack() as stack:
        errands: Errands = SentErrands(database, clock)
        if not settings.install_models:
            errands = HereErrands(await stack.enter_async_context(removing(removal)))
        yield ModelDesk(
            catalogue=Catalogue(ground.backend, settings.model_aliases, settings.default_model),
            installations=InstallationService(database, clock, settings, errands),
            residency=make_residency(settings, database, clock),
            removal=removal,
            errands=errands,
        )


@contextlib.asynccontextmanager
async def faces_of(ground: Ground, maps: MapMaker) -> AsyncIterator[Faces]:
    """Closes what makes maps."""
    settings = ground.settings
    mcp, page = McpFace(settings.max_upload_bytes), WebPage(settings.web_dir)
    await asyncio.to_thread(page.load)
    async with contextlib.aclosing(maps), background(mcp.run()):
        yield Faces(
            maps=maps,
            mcp=mcp,
            a1111=A1111Service(ground.database),
            prompts=PromptService(settings.data_dir / "prompts"),
            web_page=page,
        )
