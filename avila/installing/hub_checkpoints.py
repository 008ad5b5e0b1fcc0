"""Checkpoints that `avila export` is given by a name at the hub: looked at and fetched as an installation's are.

What was fetched lies in `hub/` of the repository's state folder, one folder for each revision, until `avila export
prune` finds that no installed pipeline is from it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from avila.installing.download import Pace, bytes_there, fetch_files
from avila.installing.errors import InstallationError
from avila.installing.placing import origin_of
from export.errors import CheckpointError
from export.safetensors_header import PICKLE_SUFFIXES
from export.store import fetched_folder
from gateway.errors import InvalidRequestError
from gateway.installations.hub import HUB_SOURCE
from gateway.installations.layouts import SUFFIX
from gateway.installations.offer import SINGLE_FILE, Kind, SourceFile
from gateway.installations.sources import Question, Sources
from gateway.kit.outbound import Outbound
from gateway.settings import Settings

PAUSE_S = 2.0
"""Between two words about one file that comes."""

Tell = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class AtHub:
    """What one name at the hub stands for.

    Attributes:
        source: the name, with the revision that the files are of.
        files: what is needed of it.
        folder: where they are, or will be.
        origin: for the manifest; see `export.origin`.
        is_single: whether it is a checkpoint in one file, which needs a base.
    """

    source: str
    files: tuple[SourceFile, ...]
    folder: Path
    origin: Mapping[str, str] = field(default_factory=dict)
    is_single: bool = False

    @property
    def path(self) -> Path:
        """What the exporter reads: the folder, or the one file."""
        return self.folder / SINGLE_FILE if self.is_single else self.folder

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(file.bytes for file in self.files)

    @property
    def bytes_missing(self) -> int:
        """What is still to be fetched."""
        return self.bytes - bytes_there(self.files, self.folder)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "source": self.source,
            "licence": self.origin.get("licence"),
            "files": len(self.files),
            "bytes": self.bytes,
            "bytes_missing": self.bytes_missing,
        }


def is_hub_name(text: str) -> bool:
    """Whether `text` is `owner/name[@revision]`, and neither something on this disk nor meant as a file."""
    is_file = text.lower().endswith((SUFFIX, *PICKLE_SUFFIXES))
    return HUB_SOURCE.fullmatch(text) is not None and not is_file and not Path(text).exists()


class HubCheckpoints:
    """Looks at names at the hub, and fetches.

    Args:
        settings: the hub's address and token, and what else may be reached.
        repository: the model repository that the checkpoints are for.
        tell: called with what happens, as `avila export --json` prints it.
    """

    def __init__(self, settings: Settings, repository: Path, tell: Tell) -> None:
        self._settings = settings
        self._repository = repository
        self._tell = tell

    def find(self, source: str, base: str | None) -> dict[str, AtHub]:
        """What those of the two that are names at the hub stand for.

        Raises:
            InstallationError: one is not there, not open to us, nothing that is taken, or the hub does not answer.
            CheckpointError: a base is missing, or has no effect.
        """
        found = {}
        if is_hub_name(source):
            found[source] = self._look(source)
            if found[source].is_single is not (base is not None):
                what = "one file" if found[source].is_single else "a pipeline with configs of its own"
                raise CheckpointError(source, f"is {what}; --base is for a checkpoint in one file, which needs it")
        if base is not None and is_hub_name(base):
            found[base] = self._look_for_configs(base)
        return found

    def _look(self, name: str) -> AtHub:
        with self._sources(name) as sources:
            offer = sources.look(Question(name, Kind.PIPELINE))
        folder = fetched_folder(self._repository, offer.source)
        return AtHub(offer.source, offer.files, folder, origin_of(offer), offer.needs_base)

    def _look_for_configs(self, name: str) -> AtHub:
        with self._sources(name) as sources:
            source, files = sources.configs(name)
        return AtHub(source, files, fetched_folder(self._repository, source))

    def fetch(self, wanted: AtHub) -> None:
        """Have it here, whole and compared; of several at once, each waits for the one before.

        Raises:
            InstallationError: it cannot be had, or is not what its publisher has.
        """
        total = wanted.bytes

        def coming(file: str, done: int, left_s: float | None) -> None:
            told = {"event": "downloading", "file": file, "bytes_done": done, "bytes": total, "left_s": left_s}
            self._tell(told)

        def comparing(file: str) -> None:
            self._tell({"event": "comparing", "file": file})

        wanted.folder.mkdir(parents=True, exist_ok=True)
        os.utime(wanted.folder)  # young again: `prune` lets it be
        with _alone(wanted.folder.with_name(f"{wanted.folder.name}.lock")):
            try:
                fetch_files(wanted.files, wanted.folder, self._settings, Pace(total, PAUSE_S, coming), comparing)
            except InstallationError as error:
                kept = "; the same command goes on with what is there" if error.may_resume else ""
                raise InstallationError(error.code, f"{wanted.source}: {error}{kept}") from None

    @contextlib.contextmanager
    def _sources(self, name: str) -> Iterator[Sources]:
        settings = self._settings
        token = None if settings.hub_token is None else settings.hub_token.get_secret_value()
        sources = Sources(Outbound(settings.allowed_places), settings.hub_endpoint, token, None)
        try:
            yield sources
        except InvalidRequestError as error:
            raise InstallationError(error.code, f"{name}: {str(error).removeprefix(f'{error.field}: ')}") from None
        finally:
            sources.close()


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that the kernel lets go of when this process ends, however it ends."""
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
