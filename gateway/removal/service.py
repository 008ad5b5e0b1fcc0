"""Deletes pipelines, LoRAs and embeddings into a trash, and takes them out of it again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import structlog

from diffusion.embeddings import embedding_files
from diffusion.loras.library import LoraLibrary
from gateway.audit.service import AuditService
from gateway.errors import NotFoundError
from gateway.kit.clock import Clock
from gateway.models.inventory import folders_of
from gateway.removal.trash import ConflictError, Entry, file_trash, pipeline_trash
from gateway.residency.service import ModelInUseError, ResidencyService
from gateway.storage.database import DatabaseUnavailableError

EVERY_S = 3600.0
log = structlog.stdlib.get_logger("gateway.removal")


class FileKind(StrEnum):
    """What single files there are."""

    LORAS = "loras"
    EMBEDDINGS = "embeddings"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A LoRA or an embedding. `hash` is its file's SHA-256."""

    name: str
    file: str
    size_bytes: int
    hash: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Where LoRAs and embeddings lie, in the order in which they are searched; how long what was deleted is kept."""

    folders: Mapping[FileKind, Sequence[Path]]
    period: timedelta


class RemovalService:
    """The administrators' side; every act is audited."""

    def __init__(
        self,
        residency: ResidencyService,
        audit: AuditService,
        clock: Clock,
        repository: Path,
        kept: Kept,
    ) -> None:
        self._residency = residency
        self._audit = audit
        self._clock = clock
        self._repository = repository
        self._folders, self._keep = kept.folders, kept.period
        self._trash = pipeline_trash(repository)

    async def run(self) -> None:
        """Remove for good what was deleted long ago, now and then; run as a task by the application."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                if removed := await asyncio.to_thread(self.purge_old):
                    log.info("removed what was deleted long ago", count=removed)
            except (ConflictError, OSError, DatabaseUnavailableError) as error:
                log.warning("could not remove what was deleted long ago", reason=str(error))

    def purge_old(self) -> int:
        """Remove for good what cannot be taken back any more; returns how many things."""
        files = [file_trash(folder) for folders in self._folders.values() for folder in folders]
        before = self._clock.now() - self._keep
        return sum(trash.purge_before(before) for trash in (self._trash, *files))

    # -- pipelines ----------------------------------------------------------------------------------------------------

    async def deleted(self) -> Sequence[Entry]:
        """Pipelines that can be taken back, youngest first."""
        return await asyncio.to_thread(self._trash.entries)

    async def delete(self, name: str, *, purge: bool) -> Entry:
        """Unload a pipeline everywhere, and take it out of service. With `purge` no version of it can be taken back.

        Raises:
            ModelNotFoundError: no such pipeline is installed.
            ModelInUseError: jobs of it run or wait.
            ConflictError: the repository may not be changed here, or is being changed by an installation.
        """
        model = await self._residency.get(name)
        waiting, running = await self._residency.jobs_of(name)
        if waiting or running:
            told = f"{running} jobs of it run and {waiting} wait; cancel them or let them end"
            raise ModelInUseError(f"The model '{name}' is in use: {told}")
        # before its files go: Triton does not list, and so does not tell of, what is loaded from files that went
        await self._residency.unload(name)
        await self._residency.until_unloaded(name)
        names = await asyncio.to_thread(lambda: [path.name for path in folders_of(self._repository, name)])
        facts = (model.installed.spec.fingerprint, model.installed.size_bytes)
        entry = await asyncio.to_thread(self._trash.delete, name, names, facts, self._clock.now())
        await self._audit.record("model.delete", name, purge=purge)
        if purge:
            await asyncio.to_thread(self._trash.purge, name)
        return entry

    async def restore(self, name: str) -> Entry:
        """Put the pipeline back that was deleted last under this name.

        Raises:
            NotFoundError: there is none.
            ConflictError: one of the name is installed again, or as `delete`.
        """
        entry = await asyncio.to_thread(self._trash.restore, name)
        await self._audit.record("model.restore", name)
        return entry

    # -- files --------------------------------------------------------------------------------------------------------

    async def files(self, kind: FileKind) -> Sequence[ModelFile]:
        """Every file of a kind, by name. Reads them all."""
        return await asyncio.to_thread(lambda: [_described(*one) for one in sorted(self._paths(kind).items())])

    async def delete_file(self, kind: FileKind, name: str, *, purge: bool) -> ModelFile:
        """Take a file out of service. Jobs that name it and have not begun fail.

        Raises:
            NotFoundError: no such file.
            ConflictError: its folder may not be changed here.
        """

        def delete() -> ModelFile:
            path = self._paths(kind).get(name)
            if path is None:
                raise NotFoundError(f"There is no '{name[:100]}' among the {kind}")
            found, trash = _described(name, path), file_trash(path.parent)
            trash.delete(name, [path.name], (found.hash, found.size_bytes), self._clock.now())
            if purge:
                trash.purge(name)
            return found

        found = await asyncio.to_thread(delete)
        await self._audit.record(f"{kind}.delete", name, purge=purge)
        return found

    async def restore_file(self, kind: FileKind, name: str) -> ModelFile:
        """Put back what was deleted last under this name.

        Raises:
            NotFoundError: there is none.
            ConflictError: as `delete_file`.
        """

        def restore() -> ModelFile:
            for folder in self._folders[kind]:
                trash = file_trash(folder)
                if any(entry.name == name for entry in trash.entries()):
                    trash.restore(name)
                    return _described(name, self._paths(kind)[name])
            raise NotFoundError(f"There is no deleted version of '{name[:100]}'")

        found = await asyncio.to_thread(restore)
        await self._audit.record(f"{kind}.restore", name)
        return found

    def _paths(self, kind: FileKind) -> Mapping[str, Path]:
        folders = self._folders[kind]
        return LoraLibrary(folders).paths() if kind is FileKind.LORAS else embedding_files(folders)


def _described(name: str, path: Path) -> ModelFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ModelFile(name, path.name, path.stat().st_size, digest)
