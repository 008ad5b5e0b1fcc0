"""SQLite means one process: a second one on the same data folder is refused."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.storage.database import DatabaseError

LOCK = "avila.lock"


@contextmanager
def only_process(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for as long as the block runs; the system lets go of it however the process ends.

    Raises:
        DatabaseError: another process holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseError(
                f"another gateway or worker uses the data folder {data_dir}; "
                "several processes need PostgreSQL (AVILA_DATABASE_URL)"
            ) from None
        yield
