"""Takes files out of service so that they can be put back: moved, never copied, into a folder beside their own.

An entry is a folder with its plan, `entry.json`, and what was moved. The plan is written before the first file is
moved, so whatever kills the process, the next one that looks finishes the move. What makes a thing be seen (a
pipeline's description) is moved first on the way out and last on the way back.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.errors import GatewayError, NotFoundError

ENTRY, FILES = "entry.json", "files"
DELETING, KEPT, RESTORING = "deleting", "kept", "restoring"


class ConflictError(GatewayError):
    """It cannot be done as things stand; the message says why."""

    status = 409
    code = "conflict"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was deleted.

    Attributes:
        names: what was moved, relative to the place, in the order of the way out.
        phase: DELETING and RESTORING are finished by whoever finds them.
    """

    id: str
    name: str
    names: tuple[str, ...]
    hash: str
    size_bytes: int
    deleted_at: datetime
    phase: str = KEPT

    def to_json(self) -> str:
        """The text of `entry.json`."""
        return json.dumps({**dataclasses.asdict(self), "deleted_at": self.deleted_at.isoformat()}, indent=1)

    @classmethod
    def read(cls, path: Path) -> Entry:
        """Raises OSError, ValueError, KeyError or TypeError for what is none."""
        data = json.loads(path.read_text(encoding="utf-8"))
        moment = datetime.fromisoformat(data.pop("deleted_at"))
        return cls(**{**data, "names": tuple(data["names"]), "deleted_at": moment})


class Trash:
    """The trash of one folder. Touches the disk, so use a thread.

    Args:
        place: where the things lie while they are in service.
        folder: where they lie while they are not; on the same disk.
        lock: a file that whoever changes `place` holds, as an installation does.
    """

    def __init__(self, place: Path, folder: Path, lock: Path) -> None:
        self._place = place
        self._folder = folder
        self._lock = lock

    def entries(self) -> Sequence[Entry]:
        """What can be taken back, youngest first."""
        found = []
        for path in self._folder.glob(f"*/{ENTRY}"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                found.append(Entry.read(path))
        kept = [entry for entry in found if entry.phase == KEPT]
        return sorted(kept, key=lambda entry: entry.deleted_at, reverse=True)

    def delete(self, name: str, names: Sequence[str], facts: tuple[str, int], now: datetime) -> Entry:
        """Take `names` out of service as one thing; `facts` are its hash and its size in bytes.

        Raises:
            NotFoundError: the first of them, which makes the thing be seen, is not there any more.
            ConflictError: the folder may not be written, or is being changed by an installation.
        """
        entry = Entry(f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}", name, tuple(names), *facts, now, DELETING)
        with self._locked():
            self._finish_what_was_begun()
            if not (self._place / names[0]).exists():
                raise NotFoundError(f"{name[:100]} is not there any more")
            (self._home(entry) / FILES).mkdir(parents=True)
            self._write(entry)
            return self._move(entry)

    def restore(self, name: str) -> Entry:
        """Put back what was deleted last under this name.

        Raises:
            NotFoundError: there is none.
            ConflictError: another of the name is in service, or as `delete`.
        """
        with self._locked():
            self._finish_what_was_begun()
            entry = self._latest(name)
            taken = [one for one in entry.names if (self._place / one).exists()]
            if taken:
                raise ConflictError(f"{taken[0]} is there again; delete it before its deleted version is put back")
            self._may_return(entry)
            return self._move(self._write(dataclasses.replace(entry, phase=RESTORING)))

    def purge(self, name: str) -> int:
        """Remove every deleted version of this name for good; returns how many there were.

        Raises:
            ConflictError: as `delete`.
        """
        return self._remove([entry for entry in self.entries() if entry.name == name])

    def purge_before(self, moment: datetime) -> int:
        """Remove what was deleted before; returns how many there were. Raises ConflictError as `delete`."""
        return self._remove([entry for entry in self.entries() if entry.deleted_at < moment])

    # -- what makes a thing be seen, where that is no file of its own; each may be done twice ------------------------

    def _leaves(self, entry: Entry) -> None:
        """Before its files are moved out."""

    def _may_return(self, entry: Entry) -> None:
        """Raise ConflictError where it does not fit any more."""

    def _returns(self, entry: Entry) -> None:
        """After its files were moved back."""

    # -- parts --------------------------------------------------------------------------------------------------------

    def _latest(self, name: str) -> Entry:
        for entry in self.entries():
            if entry.name == name:
                return entry
        raise NotFoundError(f"There is no deleted version of '{name[:100]}'")

    def _remove(self, entries: Sequence[Entry]) -> int:
        if not entries:
            return 0
        with self._locked():
            self._finish_what_was_begun()
            for entry in entries:
                home = self._home(entry)
                (home / ENTRY).unlink(missing_ok=True)  # from now on it is no entry, however much of it is left
                shutil.rmtree(home, ignore_errors=True)
        return len(entries)

    def _finish_what_was_begun(self) -> None:
        for home in self._folder.iterdir():
            try:
                entry = Entry.read(home / ENTRY)
            except (OSError, ValueError, KeyError, TypeError):
                if home.is_dir():
                    shutil.rmtree(home, ignore_errors=True)  # a purge was cut off, or nothing had been moved yet
                continue
            if entry.phase != KEPT:
                self._move(entry)

    def _move(self, entry: Entry) -> Entry:
        """Each name by one rename, as often as needed."""
        files, is_out = self._home(entry) / FILES, entry.phase == DELETING
        if is_out:
            self._leaves(entry)
        for name in entry.names if is_out else reversed(entry.names):
            source, target = (self._place / name, files / name) if is_out else (files / name, self._place / name)
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                source.rename(target)
        if is_out:
            return self._write(dataclasses.replace(entry, phase=KEPT))
        self._returns(entry)
        (files.parent / ENTRY).unlink()
        shutil.rmtree(files.parent, ignore_errors=True)
        return entry

    def _home(self, entry: Entry) -> Path:
        return self._folder / entry.id

    def _write(self, entry: Entry) -> Entry:
        path = self._home(entry) / ENTRY
        draft = path.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            file.write(entry.to_json())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return entry

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            for folder in (self._folder, self._lock.parent):
                folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._lock, os.O_CREAT | os.O_RDWR, 0o644)
        except OSError as error:
            raise ConflictError(f"{self._place} may not be changed here: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise ConflictError(f"{self._place} is being changed by an installation; try again later") from error
        except PermissionError as error:
            raise ConflictError(f"{self._place} may not be changed here: {error.strerror}") from error
        finally:
            os.close(lock)


def state_folder(repository: Path) -> Path:
    """What belongs to a model repository and must not lie in it, the exporter's state and lock among it."""
    return repository.absolute().parent / f".{repository.name}.avila"


def pipeline_trash(repository: Path) -> Trash:
    """Of a model repository: beside it."""
    state = state_folder(repository)
    return Trash(repository, state / "trash", state / "lock")


def file_trash(folder: Path) -> Trash:
    """Of a folder of LoRAs or embeddings: hidden inside it, since it may be a disk of its own."""
    return Trash(folder, folder / ".trash", folder / ".trash" / ".lock")
