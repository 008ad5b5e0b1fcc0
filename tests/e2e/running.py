"""A Triton and a whole service as processes, with what a test wants to do to them."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
SHM = Path("/dev/shm")
START_S = 90.0
SEEDS = itertools.count(1)
READY = "Ctrl-C stops it"

BARE_TRITON = """
import os, sys
from pathlib import Path
from avila.triton import find_installation, make_launch
from gateway.settings import load_settings
settings = load_settings()
found = find_installation(settings.venv_triton)
launch = make_launch(found, settings, Path(sys.argv[1]), f"avila_{os.getpid()}_", dict(os.environ), sys.argv[2])
os.execve(launch.command[0], launch.command, launch.environment)
"""


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def until(condition: Callable[[], object], timeout_s: float, what: str) -> float:
    """Seconds until `condition` held."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > timeout_s:
            raise AssertionError(f"not within {timeout_s:g} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - started


def shared_memory_of(pid: int) -> list[str]:
    return sorted(path.name for path in SHM.glob(f"avila_{pid}_*"))


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stub_of(server: int, model: str) -> int:
    """The python process of `model`, a child of the Triton `server`; the newest, if there are several."""
    found = []
    for child in psutil.Process(server).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            command = child.cmdline()
            if len(command) > 1 and command[1].endswith(f"/{model}/1/model.py"):
                found.append((child.create_time(), child.pid))
    assert found, f"{model} has no process"
    return max(found)[1]


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    os.kill(pid, number)


def environment(**settings: object) -> dict[str, str]:
    """This process's variables, without any `AVILA_…` but the given ones."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AVILA_")}
    given = {f"AVILA_{name.upper()}": str(value) for name, value in settings.items()}
    return {**kept, "PYTHONPATH": str(ROOT), **given}


@dataclass
class Triton:
    """A bare Triton: no gateway, no watchdog."""

    process: subprocess.Popen[bytes]
    grpc_port: int
    http_port: int
    metrics_port: int
    log: Path

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def pid(self) -> int:
        return self.process.pid

    def load_all(self, timeout_s: float = 240.0) -> None:
        """Wait until every model is loaded: it is up before that."""
        address = f"http://127.0.0.1:{self.http_port}/v2/health/ready"
        until(lambda: httpx.get(address, timeout=5).is_success, timeout_s, "every model is loaded")


@contextlib.contextmanager
def running_triton(
    environment_dir: Path, repository: Path, folder: Path, control_token: str = "", **settings: object
) -> Iterator[Triton]:
    http_port, grpc_port, metrics_port = free_ports(3)
    variables = environment(
        venv_triton=environment_dir,
        model_repository=repository,
        triton_http_port=http_port,
        triton_grpc_port=grpc_port,
        triton_metrics_port=metrics_port,
        **settings,
    )
    log = folder / "triton.log"
    command = [sys.executable, "-c", BARE_TRITON, str(folder / "backends"), control_token]

    def started() -> Triton:
        with log.open("ab") as output:
            process = subprocess.Popen(
                command, env=variables, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        return Triton(process, grpc_port, http_port, metrics_port, log)

    server = started()
    try:
        try:
            _wait_for(server)
        except TritonCrashedError:  # the supervisor of `avila up` starts it again; without one, this does, once
            server = started()
            _wait_for(server)
        yield server
    finally:
        _stop(server)


class TritonCrashedError(Exception):
    """Triton ended itself while it loaded, by a fault of its python backend (triton-inference-server/server#8882): a
    lock in its shared memory, seen on a machine that had much else to do."""


def _wait_for(server: Triton) -> None:
    try:
        until(lambda: _is_up(server), START_S, f"Triton is up; its log ends with\n{server.log.read_text()[-2000:]}")
    except AssertionError as error:
        if server.process.poll() == -signal.SIGABRT and "interprocess::lock_exception" in server.log.read_text():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)  # its models' processes
            _stop(server)
            raise TritonCrashedError from error
        raise


def _stop(server: Triton) -> None:
    process = server.process
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for name in shared_memory_of(process.pid):
        (SHM / name).unlink(missing_ok=True)


def _is_up(server: Triton) -> bool:
    assert server.process.poll() is None, server.log.read_text()[-3000:]
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{server.http_port}/v2/health/live", timeout=1).is_success
    return False


@dataclass
class Service:
    """One `avila up`. `settings` are those it runs with; `key` is the API key of its first start."""

    settings: dict[str, object]
    output: Path
    process: subprocess.Popen[bytes] | None = None
    key: str = ""
    seen: set[int] = field(default_factory=set)

    def start(self) -> None:
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "avila", "up"],
                env=environment(**self.settings),
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        starts = self.text.count(READY)
        until(lambda: self.text.count(READY) > starts or self._has_ended(), START_S, f"it is up; it said\n{self.text}")
        found = re.search(r"API key, shown only this once: (av_\w+)", self.text)
        self.key = found[1] if found else ""
        self.note_processes()

    def _has_ended(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"it ended with {self.process.returncode} and said\n{self.text}")
        return False

    @property
    def text(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings['port']}"

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    def child(self, mark: str) -> int:
        """The process id of a direct child whose command line holds `mark`."""
        for child in psutil.Process(self.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if any(mark in part for part in child.cmdline()):
                    return child.pid
        raise AssertionError(f"no {mark}")

    @property
    def triton(self) -> int:
        return self.child("bin/tritonserver")

    @property
    def gateway(self) -> int:
        return self.child("gateway")

    def note_processes(self) -> None:
        """Remember every process of the service, so that a later look tells which of them are left."""
        self.seen |= {self.pid} | {child.pid for child in psutil.Process(self.pid).children(recursive=True)}

    def left_over(self) -> list[int]:
        return [pid for pid in self.seen if is_alive(pid)]

    def readyz(self) -> int:
        """The status, 0 when nothing answers."""
        try:
            return httpx.get(f"{self.address}/readyz", timeout=10).status_code
        except httpx.TransportError:
            return 0

    def generate(self, **fields: object) -> httpx.Response:
        # a seed of its own: a request that was made before is answered from the store, without Triton
        body = {"prompt": "an apple", "seed": next(SEEDS), **fields}
        return httpx.post(f"{self.address}/v1/images/generations", json=body, headers=self.headers, timeout=90)

    def stop(self, number: signal.Signals = signal.SIGINT, timeout_s: float = 60) -> int:
        """Send a signal to the parent alone; returns its exit status."""
        assert self.process is not None
        self.note_processes()
        self.process.send_signal(number)
        return self.process.wait(timeout_s)

    def end(self) -> None:
        """Leave nothing behind, whatever a test did."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop(signal.SIGTERM)
        for pid in self.left_over():
            with contextlib.suppress(ProcessLookupError):
                kill(pid)
        if self.process is not None:
            self.process.wait(10)
            for name in shared_memory_of(self.process.pid):
                (SHM / name).unlink(missing_ok=True)
