"""Takes installations from the list, one at a time, and sees each through in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from gateway.installations.repository import InstallerRepository, LeaseLostError, Progress
from gateway.installations.status import InstallationStatus, Wish
from gateway.kit.clock import Clock
from gateway.settings import Settings
from gateway.storage.database import Database, DatabaseUnavailableError
from gateway.storage.tables import InstallationRow

ROOT = Path(__file__).resolve().parents[2]
POLL_S, BEAT_S, SWEEP_S = 1.0, 0.5, 60.0
PREFIX, CHECKPOINTS = "ins_", "checkpoints"
log = structlog.stdlib.get_logger("avila.installer")


class Installer:
    """Works until it is stopped. It may be killed at any moment: its lease ends, and the next one goes on.

    Args:
        database: the gateway's.
        clock: the time.
        settings: where things are; the process of an installation reads them for itself.
    """

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._name = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        repository = settings.model_repository.absolute()
        self._downloads = repository.parent / f".{repository.name}.avila" / "downloads"

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; what runs then goes back to the list, and on from where it was."""
        swept_at = float("-inf")
        while not stop.is_set():
            row = None
            try:
                if self._clock.monotonic() - swept_at >= SWEEP_S:
                    swept_at = self._clock.monotonic()
                    await self._sweep()
                row = await self._claim()
            except DatabaseUnavailableError as error:
                log.warning("the database is away", reason=str(error))
            if row is not None:
                await Run(self._database, self._clock, self._settings, row, self._folder(row)).run(stop)
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await stop.wait()

    def _folder(self, row: InstallationRow) -> Path:
        return self._downloads / row.id / row.name

    async def _claim(self) -> InstallationRow | None:
        settings = self._settings
        async with self._database.reading() as session:
            if not await InstallerRepository(session, self._clock.now()).has_work():
                return None
        async with self._database.transaction() as session:
            installations = InstallerRepository(session, self._clock.now())
            await installations.give_up_lost(settings.max_attempts)
            return await installations.claim(self._name, settings.lease_s, settings.max_attempts)

    async def _sweep(self) -> None:
        """Remove what nobody needs: downloads of what is installed or cancelled, checkpoints of pipelines that are no
        longer there, and old entries of the list.
        """
        found = {path.name: path for path in self._downloads.glob(f"{PREFIX}*")}
        async with self._database.transaction() as session:
            installations = InstallerRepository(session, self._clock.now())
            await installations.forget_before(self._clock.now() - timedelta(days=self._settings.job_days))
            needed = await installations.in_need(list(found))
        for name in found.keys() - needed:
            await asyncio.to_thread(shutil.rmtree, found[name], ignore_errors=True)
            log.info("the download of an ended installation was removed", installation=name)
        repository = self._settings.model_repository.absolute()
        for path in (self._downloads.parent / CHECKPOINTS).glob("[!.]*"):
            if not (repository / path.name / "1" / "pipeline.json").is_file():
                await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)
                log.info("the checkpoint of a removed pipeline was removed", pipeline=path.name)


class Run:
    """One installation, from its claim to its end or its stop."""

    def __init__(
        self, database: Database, clock: Clock, settings: Settings, row: InstallationRow, folder: Path
    ) -> None:
        self._database = database
        self._clock = clock
        self._lease_s = settings.lease_s
        self._row = row
        self._folder = folder
        self._news: Progress | None = None
        self._bytes: int | None = None
        self._outcome: dict[str, Any] | None = None
        self._log = log.bind(installation=row.id, kind=row.kind, name=row.name)

    async def run(self, stop: asyncio.Event) -> None:
        """Start its process, keep the lease, and write down how it ended."""
        self._log.info("installing", source=self._row.source.partition("?")[0], attempt=self._row.attempts)
        process = await self._start()
        listening: asyncio.Future[Any] = asyncio.ensure_future(self._listen(process))
        has_ended = False
        try:
            wish = await self._keep(listening, stop)
            has_ended = listening.done()
        except LeaseLostError:
            self._log.warning("the lease was lost; somebody else goes on with it")
            return
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()  # what it has written stays; the steps of an export go with it
            await process.wait()
            await asyncio.wait([listening])
        await self._end(wish, process.returncode if has_ended else None)

    async def _start(self) -> asyncio.subprocess.Process:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "avila.installing.work",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        row = self._row
        job = {"name": row.name, "offer": row.offer, "options": row.options, "folder": str(self._folder)}
        assert process.stdin is not None  # noqa: S101 it was asked for
        process.stdin.write(json.dumps({**job, "parent": os.getpid()}).encode())
        with contextlib.suppress(ConnectionError):
            await process.stdin.drain()
        process.stdin.close()
        return process

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 it was asked for
        async for line in process.stdout:
            told = json.loads(line)
            if "progress" in told:
                values = told["progress"]
                self._bytes = values["bytes_done"] if values["bytes_done"] is not None else self._bytes
                known = {"status": InstallationStatus(values["status"]), "bytes_done": self._bytes}
                self._news = Progress(**{**values, **known})
            else:
                self._outcome = told

    async def _keep(self, listening: asyncio.Future[Any], stop: asyncio.Event) -> Wish | None:
        """Hold the lease until the process has said its last word, or is to stop. Raises LeaseLostError."""
        held_at = self._clock.monotonic()
        stopping: asyncio.Future[Any] = asyncio.ensure_future(stop.wait())
        try:
            while not listening.done() and not stop.is_set():
                news, self._news = self._news, None
                if news is not None or self._clock.monotonic() - held_at > self._lease_s / 3:
                    try:
                        wish = await self._hold(news)
                    except DatabaseUnavailableError as error:
                        self._log.warning("the database is away", reason=str(error))
                        self._news = self._news or news
                    else:
                        held_at = self._clock.monotonic()
                        if wish is not None:
                            return wish
                if self._clock.monotonic() - held_at > self._lease_s:
                    raise LeaseLostError(self._row.id)
                await asyncio.wait({listening, stopping}, timeout=BEAT_S, return_when=asyncio.FIRST_COMPLETED)
            return None
        finally:
            stopping.cancel()

    async def _hold(self, news: Progress | None) -> Wish | None:
        async with self._database.transaction() as session:
            return await InstallerRepository(session, self._clock.now()).hold(self._row, self._lease_s, news)

    async def _end(self, wish: Wish | None, status: int | None) -> None:
        """Write down how it ended; `status` is that of a process that ended by itself."""
        ended, values = self._result(wish, status)
        for _ in range(10):
            try:
                async with self._database.transaction() as session:
                    installations = InstallerRepository(session, self._clock.now())
                    await installations.end(self._row, ended, **values)
                    if ended in (InstallationStatus.SUCCEEDED, InstallationStatus.FAILED):
                        installations.record(self._row, ended, values.get("error"))
            except DatabaseUnavailableError as error:
                self._log.warning("the database is away", reason=str(error))
                await asyncio.sleep(POLL_S)
            except LeaseLostError:
                self._log.warning("the lease was lost; somebody else goes on with it")
                return
            else:
                break
        failure = values.get("error")
        self._log.info("ended", status=ended.value, reason=None if failure is None else failure["message"])
        is_of_use = ended in (InstallationStatus.QUEUED, InstallationStatus.PAUSED) or bool(
            failure and failure["may_resume"]
        )
        if not is_of_use:
            await asyncio.to_thread(shutil.rmtree, self._folder.parent, ignore_errors=True)

    def _result(self, wish: Wish | None, status: int | None) -> tuple[InstallationStatus, dict[str, Any]]:
        if self._outcome is not None and "done" in self._outcome:
            return InstallationStatus.SUCCEEDED, {"bytes_done": self._row.bytes_total}
        if self._outcome is not None:
            return InstallationStatus.FAILED, {"error": self._outcome["error"]}
        if wish is not None:
            return (InstallationStatus.PAUSED if wish is Wish.PAUSE else InstallationStatus.CANCELED), {}
        if status is None:  # this program is stopped
            return InstallationStatus.QUEUED, {"attempts": InstallationRow.attempts - 1}
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        message = f"its process ended with {how}; the installer's log says more (too little memory ends with SIGKILL)"
        return InstallationStatus.FAILED, {"error": {"code": "died", "message": message, "may_resume": True}}
