"""Deletes pipelines, ControlNets, LoRAs and embeddings into a trash, and takes them out of it again."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import structlog

from diffusion.embeddings import embedding_files
from diffusion.loras.library import LoraLibrary
from diffusion.pipeline import ControlNetSpec
from gateway.audit.service import AuditService
from gateway.errors import GatewayError, NotFoundError
from gateway.kit.clock import Clock
from gateway.models.inventory import folders_of, size_of
from gateway.removal.controlnets import ControlNetTrash, ServedControlNet, entry_name, network_of
from gateway.removal.trash import ConflictError, Entry, file_trash, pipeline_trash
from gateway.residency.service import ResidencyService
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
    """Where things lie beside the model repository, and how long what was deleted is kept.

    Attributes:
        folders: of LoRAs and embeddings, in the order in which they are searched.
        controlnets: the checkpoints of installed ControlNets, by pipeline and name.
    """

    folders: Mapping[FileKind, Sequence[Path]]
    controlnets: Path
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
        self._trash, self._controlnet_trash = pipeline_trash(repository), ControlNetTrash(repository)
        self._checkpoints = kept.controlnets

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
        folders = [folder for folders in self._folders.values() for folder in folders]
        files = [file_trash(folder) for folder in (*folders, *self._checkpoints.glob("[!.]*/"))]
        before = self._clock.now() - self._keep
        return sum(trash.purge_before(before) for trash in (self._trash, self._controlnet_trash, *files))

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
        facts = (model.installed.spec.fingerprint, model.installed.size_bytes)

        def move_out() -> Entry:
            names = [path.name for path in folders_of(self._repository, name)]
            return self._trash.delete(name, names, facts, self._clock.now())

        async with self._unloaded(name, stays=False):
            entry = await asyncio.to_thread(move_out)
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
        await self._residency.readmit(name)
        await self._audit.record("model.restore", name)
        return entry

    @contextlib.asynccontextmanager
    async def _unloaded(self, pipeline: str, *, stays: bool) -> AsyncIterator[None]:
        """Nothing of a pipeline is loaded within the block; after it, only where it stays or the block has failed.
        It goes before its files do: Triton does not list, and so does not tell of, what is loaded from files that went.
        """
        try:
            await self._residency.remove(pipeline)
            yield
        except (GatewayError, OSError):
            await self._residency.readmit(pipeline)
            raise
        if stays:
            await self._residency.readmit(pipeline)

    # -- ControlNets --------------------------------------------------------------------------------------------------

    async def controlnets(self, pipeline: str) -> Sequence[ServedControlNet]:
        """Those that a pipeline is served with, by name. Raises ModelNotFoundError."""
        spec = (await self._residency.get(pipeline)).installed.spec
        return await asyncio.to_thread(
            lambda: [self._served(spec.name, name, one) for name, one in sorted(spec.controlnets.items())]
        )

    async def delete_controlnet(self, pipeline: str, name: str, *, purge: bool) -> ServedControlNet:
        """Take a ControlNet out of its pipeline, which is unloaded meanwhile, and loaded again if it was.

        Raises:
            ModelNotFoundError: no such pipeline is installed.
            NotFoundError: it is served with no such ControlNet.
            ModelInUseError: jobs of the pipeline run or wait.
            ConflictError: as `delete`.
        """
        found = next((one for one in await self.controlnets(pipeline) if one.name == name), None)
        if found is None:
            raise NotFoundError(f"{pipeline} is served with no ControlNet '{name[:100]}'")

        def move_out() -> None:
            checkpoints, now = file_trash(self._checkpoints / pipeline), self._clock.now()
            facts, is_kept = (found.hash, found.size_bytes), (self._checkpoints / pipeline / name).is_dir()
            if is_kept:  # else the next installation of the pipeline would bring it back
                checkpoints.delete(name, [name], facts, now)
            try:
                trash = self._controlnet_trash
                trash.delete(entry_name(pipeline, name), [network_of(pipeline, name)], facts, now)
            except (GatewayError, OSError):
                if is_kept:
                    checkpoints.restore(name)
                raise
            if purge:
                trash.purge(entry_name(pipeline, name))
                checkpoints.purge(name)

        async with self._unloaded(pipeline, stays=True):
            await asyncio.to_thread(move_out)
        await self._audit.record("controlnet.delete", entry_name(pipeline, name), purge=purge)
        return found

    async def restore_controlnet(self, pipeline: str, name: str) -> ServedControlNet:
        """Serve the pipeline with the ControlNet again that was deleted last under this name.

        Raises:
            ModelNotFoundError: no such pipeline is installed.
            NotFoundError: no such ControlNet was deleted.
            ConflictError: the pipeline was replaced since, has one of the name again, or as `delete`.
            ModelInUseError: jobs of the pipeline run or wait.
        """

        def move_back() -> None:
            self._controlnet_trash.restore(entry_name(pipeline, name))
            checkpoints = file_trash(self._checkpoints / pipeline)
            if any(entry.name == name for entry in checkpoints.entries()):
                checkpoints.restore(name)

        async with self._unloaded(pipeline, stays=True):
            await asyncio.to_thread(move_back)
        await self._audit.record("controlnet.restore", entry_name(pipeline, name))
        return next(one for one in await self.controlnets(pipeline) if one.name == name)

    def _served(self, pipeline: str, name: str, spec: ControlNetSpec) -> ServedControlNet:
        size = size_of(iter((self._repository / network_of(pipeline, name),)))
        return ServedControlNet(pipeline, name, spec.preprocessor, size, spec.fingerprint)

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
