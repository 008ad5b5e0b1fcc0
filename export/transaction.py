"""Puts many files into a folder as one change: after a kill the next caller undoes or finishes it.

Files are staged on the same disk, outside the folder (Triton takes every folder inside its repository for a model).
Once `commit.json` is written the change is decided; moving the files is then repeated as often as needed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from export.errors import RepositoryError

COMMIT = "commit.json"
HELD = "held"


def state_folder(repository: Path) -> Path:
    """Where the exporter keeps what belongs to `repository` but must not lie in it."""
    return repository.parent / f".{repository.name}.avila"


class Transaction:
    """Files staged under `folder`, by their path relative to the repository."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self._repository = repository
        self.folder = folder

    def path(self, relative: str) -> Path:
        """Where to write the file that will become `relative`; its folder exists."""
        path = self.folder / "files" / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def commit(self, removed: Iterable[str] = ()) -> None:
        """Move every staged file into the repository and remove the files `removed`."""
        files = sorted(path for path in (self.folder / "files").rglob("*") if path.is_file())
        for path in files:
            _flush(path)
        staged = sorted((path.relative_to(self.folder / "files").as_posix() for path in files), key=_place_in_order)
        draft = self.folder / f"{COMMIT}.draft"
        draft.write_text(json.dumps({"moved": staged, "removed": sorted(removed)}), encoding="utf-8")
        _flush(draft)
        draft.rename(self.folder / COMMIT)
        _roll_forward(self._repository, self.folder)


def prepare_state(repository: Path) -> Path:
    """Make the repository and its state folder.

    Raises:
        RepositoryError: when one of them cannot be written, or the state folder lies on another disk.
    """
    state = state_folder(repository)
    try:
        for folder in (repository, state):
            folder.mkdir(parents=True, exist_ok=True)
        (state / ".gitignore").write_text("*\n", encoding="utf-8")  # the repository may lie in a source tree
    except OSError as error:
        raise RepositoryError(f"{state}: {error.strerror}; this folder beside the repository is needed") from None
    if repository.stat().st_dev != state.stat().st_dev:
        raise RepositoryError(
            f"{repository}: its parent folder is on another disk; put the repository one folder deeper"
        )
    return state


@contextlib.contextmanager
def locked(repository: Path) -> Iterator[None]:
    """Hold the repository alone, and finish or undo what a killed process left behind.

    Raises:
        RepositoryError: as `prepare_state`.
    """
    state = prepare_state(repository)
    lock = os.open(state / "lock", os.O_CREAT | os.O_RDWR, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go by the kernel when this process ends, however it ends
        _recover(repository, state / "staging")
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def work_folder(repository: Path) -> Iterator[Path]:
    """A folder for one export's work; what killed exports left is cleared away.

    A lock in it says that its process lives, here or on another machine: a process number would not.
    """
    parent = state_folder(repository) / "work"
    folder = parent / uuid.uuid4().hex
    with locked(repository):
        parent.mkdir(exist_ok=True)
        for left in parent.iterdir():
            if not _is_held(left):
                shutil.rmtree(left, ignore_errors=True)
        folder.mkdir()
        held = os.open(folder / HELD, os.O_CREAT | os.O_RDWR, 0o644)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)


def is_working(repository: Path) -> bool:
    """Whether an export into `repository` runs, on whatever machine."""
    parent = state_folder(repository) / "work"
    return parent.is_dir() and any(_is_held(folder) for folder in parent.iterdir())


def _is_held(folder: Path) -> bool:
    try:
        lock = os.open(folder / HELD, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


@contextlib.contextmanager
def transaction(repository: Path) -> Iterator[Transaction]:
    """A new, empty Transaction; without `commit` nothing happens. The caller holds `locked`."""
    folder = state_folder(repository) / "staging" / uuid.uuid4().hex
    (folder / "files").mkdir(parents=True)
    try:
        yield Transaction(repository, folder)
    finally:
        if not (folder / COMMIT).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _recover(repository: Path, staging: Path) -> None:
    if not staging.is_dir():
        return
    for folder in staging.iterdir():
        if (folder / COMMIT).is_file():
            _roll_forward(repository, folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _roll_forward(repository: Path, folder: Path) -> None:
    change = json.loads((folder / COMMIT).read_text(encoding="utf-8"))
    for relative in change["moved"]:
        staged, target = folder / "files" / relative, repository / relative
        if staged.exists():  # else moved before the kill
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
    for relative in change["removed"]:
        (repository / relative).unlink(missing_ok=True)
        _remove_empty(repository, (repository / relative).parent)
    shutil.rmtree(folder)


def _remove_empty(repository: Path, folder: Path) -> None:
    while folder != repository and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _place_in_order(relative: str) -> tuple[bool, bool, str]:
    """A pipeline is there as soon as its description is, so its networks are moved before, and that last of all."""
    return "__" not in relative.partition("/")[0], relative.endswith("/pipeline.json"), relative


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
