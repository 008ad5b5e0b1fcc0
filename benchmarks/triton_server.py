"""A real Triton for the length of a benchmark, on free ports and its own model repository.

The product's own start recipe is used, in a process of its own: the benchmark measures from outside and imports
nothing of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cpu_time import process_tree
from benchmarks.machine import ROOT
from benchmarks.processes import clean_environment, free_ports

# Becomes the server: its process id is the one that is started here.
START = """
import os, sys
from pathlib import Path
from avila.triton import find_installation, make_launch
from gateway.settings import load_settings
settings = load_settings()
found = find_installation(settings.venv_triton)
launch = make_launch(found, settings, Path(sys.argv[1]), sys.argv[2], dict(os.environ))
os.execve(launch.command[0], launch.command, launch.environment)
"""
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 30.0


class TritonStartError(Exception):
    """The server did not come up; the message ends with the last lines of its log."""


@dataclass(frozen=True, slots=True)
class TritonServer:
    """A running server.

    Attributes:
        grpc_url: `host:port`.
        pid: of the server; its stubs are children.
        log: the server's output.
    """

    grpc_url: str
    http_url: str
    pid: int
    log: Path

    def processes(self) -> list[int]:
        """Process ids of the server and its stubs."""
        return process_tree(self.pid)


@contextmanager
def triton_server(
    repository: Path, threads: int = 0, settings: Mapping[str, str] | None = None
) -> Iterator[TritonServer]:
    """Start Triton on `repository`, wait until every model is ready, stop it at the end.

    Args:
        repository: the model repository.
        threads: CPU threads of one call of an ONNX component; 0: all cores.
        settings: further settings of the service, by variable.

    Raises:
        TritonStartError: a model does not load, or the server does not start in time.
    """
    with tempfile.TemporaryDirectory(prefix="avila-bench-triton-") as name, ExitStack() as stack:
        folder = Path(name)
        ports = free_ports(3)
        log = folder / "triton.log"
        output = stack.enter_context(log.open("wb"))
        shm_prefix = f"avila_{os.getpid()}_"
        process = subprocess.Popen(
            [sys.executable, "-c", START, str(folder / "backends"), shm_prefix],
            cwd=ROOT,
            env=_environment(repository, ports, threads) | dict(settings or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
            # A group of its own, to be ended whole; but not a session: Linux shares the processor out by session, and
            # the server and what it is compared with must draw on the same share.
            process_group=0,
        )
        stack.callback(_stop, process, shm_prefix)
        server = TritonServer(f"127.0.0.1:{ports[1]}", f"http://127.0.0.1:{ports[0]}", process.pid, log)
        _wait_until_ready(process, server, sorted(path.parent.name for path in repository.glob("*/config.pbtxt")))
        yield server


def _environment(repository: Path, ports: list[int], threads: int) -> dict[str, str]:
    return clean_environment() | {
        "AVILA_MODEL_REPOSITORY": str(repository),
        "AVILA_TRITON_HTTP_PORT": str(ports[0]),
        "AVILA_TRITON_GRPC_PORT": str(ports[1]),
        "AVILA_TRITON_METRICS_PORT": str(ports[2]),
        "AVILA_COMPONENT_THREADS": str(threads),
    }


def _wait_until_ready(process: subprocess.Popen[bytes], server: TritonServer, models: list[str]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    waiting = list(models)
    while waiting:
        if process.poll() is not None:
            raise TritonStartError(f"Triton ended with {process.returncode}\n{_tail(server.log)}")
        if time.monotonic() > deadline:
            raise TritonStartError(
                f"not ready after {START_TIMEOUT_S:.0f} s: {', '.join(waiting)}\n{_tail(server.log)}"
            )
        waiting = [model for model in waiting if not _answers(f"{server.http_url}/v2/models/{model}/ready")]
        if waiting:
            if _failed(server.log):
                raise TritonStartError(f"a model does not load\n{_tail(server.log)}")
            time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _failed(log: Path) -> bool:
    return b"failed to load" in log.read_bytes()


def _tail(log: Path, lines: int = 25) -> str:
    """The end of the log without its banner, a table of the server's settings."""
    text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join([line for line in text if not line.startswith(("|", "+"))][-lines:])


def _stop(process: subprocess.Popen[bytes], shm_prefix: str) -> None:
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_TIMEOUT_S)
    with contextlib.suppress(ProcessLookupError):  # a server that crashed leaves its stubs behind
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_TIMEOUT_S)
    for left in Path("/dev/shm").glob(f"{shm_prefix}*"):
        left.unlink(missing_ok=True)
