"""A child process of `avila up`, in a session of its own, and the guardian that outlives `avila up`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from avila import guardian

ROTATE_BYTES = 16 * 1024 * 1024


class Guardian:
    """The parent's end of the pipe to `avila.guardian`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, before anything that it has to guard."""
        self._process = subprocess.Popen(  # noqa: S603 our own file
            [sys.executable, "-I", "-S", str(Path(guardian.__file__).resolve())],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
            bufsize=1,
        )

    def tell(self, command: str, value: object = "") -> None:
        """Send one line of the protocol in `avila.guardian`'s docstring."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(f"{command} {value}\n")

    def dismiss(self) -> None:
        """Everything has ended; let it go."""
        if self._process is not None and self._process.stdin is not None:
            self.tell("done")
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.wait(timeout=5)


class Child:
    """One program. It gets a session of its own, so that a terminal's Ctrl-C reaches only `avila up`, which stops its
    children in order.

    Args:
        name: for people.
        command, environment: what to run.
        log: file that its output goes to; None: this process's own output.
        guard: is told the process group.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path | None, guard: Guardian
    ) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._environment = environment
        self._guard = guard
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it."""
        output = _opened(self.log)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                start_new_session=True,
            )
        finally:
            if output is not None:
                os.close(output)
        self._guard.tell("group", self._process.pid)

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def ended(self) -> str:
        """Wait for its end; tells how it ended. What is left of its group is killed."""
        assert self._process is not None, "not started"  # noqa: S101 a mistake of this package
        status = await self._process.wait()
        self.kill()
        self._guard.tell("forget", self._process.pid)
        return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"

    async def stop(self, patience_s: float) -> None:
        """SIGTERM, and SIGKILL for the whole group after `patience_s`."""
        if self._process is None:
            return
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), patience_s)
        self.kill()
        await self._process.wait()

    def kill(self) -> None:
        """SIGKILL for the whole group, also when its leader has ended."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        if self.log is None or not self.log.is_file():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _opened(log: Path | None) -> int | None:
    """The log, opened for appending; a large one becomes `<name>.1` first."""
    if log is None:
        return None
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.is_file() and log.stat().st_size > ROTATE_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
