"""One `avila up` per data folder: two would share a database that is one process's, and fight over the ports."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class AlreadyRunningError(Exception):
    """Another one holds the folder."""


NAME = "avila-up.lock"


def owner(folder: Path) -> str | None:
    """The process that holds `folder`, None when nobody does; takes nothing and makes nothing."""
    try:
        with (folder / NAME).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return (folder / NAME).read_text(encoding="ascii").strip() or "?"
    except OSError:
        pass  # no lock, no folder
    return None


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold `folder` for the length of the block; the kernel gives it back whatever way the process ends.

    Raises:
        AlreadyRunningError: naming the process that holds it.
    """
    path = folder / NAME
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(file, 32).decode().strip() or "?"
            raise AlreadyRunningError(
                f"the data folder {folder.absolute()} is in use by another `avila up` (process {owner}); "
                "stop that one, or set AVILA_DATA_DIR and the ports to others"
            ) from None
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(file)
