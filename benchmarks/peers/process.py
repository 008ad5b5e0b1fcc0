"""A peer's program as a process: starts it, asks it, ends it. One request at a time, as the programs are."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cpu_time import process_tree
from benchmarks.machine import ROOT

PROGRAMS = Path(__file__).resolve().parent / "programs"
MAX_LINE_BYTES = 64 * 2**20
START_TIMEOUT_S = 900.0
LOG_LINES = 12


class PeerError(Exception):
    """The program did not start or did not answer; the message ends with what it said last."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A program and how to start it.

    Attributes:
        name: in tables.
        program: file in `programs/`.
        arguments: of the program.
        python: the interpreter whose environment has what the program imports.
        ours: settings of our service beside it, by variable, so that both compute in the same precision.
    """

    name: str
    program: str
    arguments: Sequence[str]
    python: str = sys.executable
    ours: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_interpreter(self) -> bool:
        """Whether its environment was made."""
        return Path(self.python).exists()


class PeerProcess:
    """A running peer."""

    def __init__(self, process: asyncio.subprocess.Process, about: Mapping[str, Any], log: Path) -> None:
        self._process = process
        self._log = log
        self._turn = asyncio.Lock()
        self.about = about

    @classmethod
    async def start(cls, peer: Peer, log: Path) -> PeerProcess:
        """Start `peer` and wait until it is ready.

        Raises:
            PeerError: it ended, or was not ready in time.
        """
        if not peer.has_interpreter:
            raise PeerError(f"{peer.python} is missing")
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                peer.python,
                str(PROGRAMS / peer.program),
                *peer.arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=output,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                limit=MAX_LINE_BYTES,
            )
        started = cls(process, {}, log)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                started.about = (await started._read())["about"]
        except (TimeoutError, PeerError) as error:
            await started.stop()
            if isinstance(error, PeerError):
                raise
            raise PeerError(f"{peer.name} is not ready after {START_TIMEOUT_S:.0f} s") from None
        return started

    async def draw(self, request: Mapping[str, Any]) -> NDArray[np.uint8]:
        """The picture of `request`, RGB uint8 [height, width, 3]; callers wait for their turn."""
        async with self._turn:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            answer = await self._read()
        return np.frombuffer(base64.b64decode(answer["picture"]), np.uint8).reshape(answer["shape"])

    def processes(self) -> list[int]:
        """Its process ids."""
        return process_tree(self._process.pid)

    async def stop(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
            with contextlib.suppress(ConnectionError):
                await self._process.stdin.wait_closed()

    async def _read(self) -> Any:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            said = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
            raise PeerError("the program ended\n" + "\n".join(said))
        return json.loads(line)
