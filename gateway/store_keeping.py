"""What only he does who may write the model store: the installer, or a gateway where nothing is installed over HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from gateway.audit.service import AuditService
from gateway.errands.service import Acts
from gateway.ground import background
from gateway.installations.looking import PREVIEW, Looker
from gateway.installations.sources import Sources
from gateway.kit.clock import Clock
from gateway.kit.outbound import Outbound
from gateway.models.inventory import Inventory
from gateway.removal.acts import removal_acts
from gateway.removal.service import FileKind, Kept, RemovalService
from gateway.residency.service import ResidencyService
from gateway.settings import Settings
from gateway.storage.database import Database


def make_residency(settings: Settings, database: Database, clock: Clock) -> ResidencyService:
    """What is loaded where."""
    return ResidencyService(database, clock, Inventory(settings.model_repository), settings.load_wait_s)


def make_removal(settings: Settings, database: Database, clock: Clock) -> RemovalService:
    """Deleting, or only reading what is there."""
    folders = {FileKind.LORAS: settings.lora_folders, FileKind.EMBEDDINGS: (settings.embedding_folder,)}
    kept = Kept(folders, settings.controlnet_folder, timedelta(days=settings.model_trash_days))
    residency, audit = make_residency(settings, database, clock), AuditService(database, clock)
    return RemovalService(residency, audit, clock, settings.model_repository, kept)


@contextlib.asynccontextmanager
async def removing(removal: RemovalService) -> AsyncIterator[Acts]:
    """What deletes; beside the block, what was deleted long ago is removed for good."""
    async with background(removal.run()):
        yield removal_acts(removal)


@contextlib.asynccontextmanager
async def store_keeping(settings: Settings, database: Database, clock: Clock) -> AsyncIterator[Acts]:
    """Everything that the installer does for gateways."""
    outbound = Outbound(settings.allowed_places)
    token = None if settings.hub_token is None else settings.hub_token.get_secret_value()
    with contextlib.closing(Sources(outbound, settings.hub_endpoint, token, settings.install_dir)) as sources:
        async with removing(make_removal(settings, database, clock)) as acts:
            yield {**acts, PREVIEW: Looker(settings, sources).preview}
