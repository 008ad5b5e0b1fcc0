"""What must hold on this machine before the service can start. Each finding says how to mend it."""

from __future__ import annotations

import errno
import os
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from avila import lock
from avila.guardian import SHM
from avila.triton import TritonMissingError, find_installation
from gateway.settings import Settings, variable_of

MIN_GLIBC = (2, 35)  # what the bundled server is linked against
MIN_DISK_BYTES = 200 * 1024 * 1024
MIN_SHM_BYTES = 48 * 1024 * 1024  # a megabyte per model to begin with, more with large pictures
BFLOAT16_UNITS = {"amx_bf16": "AMX", "avx512_bf16": "AVX-512"}  # as the kernel names them


class Level(Enum):
    """How a finding is shown, and whether it keeps the service from starting."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `avila doctor`."""

    subject: str
    level: Level
    text: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """What was found and how to mend it, in one line."""
        return f"{self.text}; {self.remedy}" if self.remedy else self.text


Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings, checks: tuple[Check, ...] | None = None) -> list[Finding]:
    """Run the checks (all by default), in order."""
    return [finding for check in checks or CHECKS for finding in check(settings)]


def check_python(_: Settings) -> Iterator[Finding]:
    """The interpreter that runs the gateway."""
    yield Finding("python", Level.OK, f"Python {platform.python_version()} at {sys.executable}")


def check_glibc(settings: Settings) -> Iterator[Finding]:
    """The C library of the system."""
    if settings.backend != "triton":
        return
    name, version = platform.libc_ver()
    remedy = "use a newer distribution (Debian 12, Ubuntu 22.04) or AVILA_BACKEND=inprocess"
    if name != "glibc" or not version:
        yield Finding("glibc", Level.ERROR, "the bundled Triton needs glibc, which this system does not have", remedy)
    elif tuple(int(part) for part in version.split(".")[:2]) < MIN_GLIBC:
        wanted = ".".join(map(str, MIN_GLIBC))
        yield Finding("glibc", Level.ERROR, f"glibc {version} is too old, the bundled Triton needs {wanted}", remedy)
    else:
        yield Finding("glibc", Level.OK, f"glibc {version}")


def check_triton(settings: Settings) -> Iterator[Finding]:
    """The bundled server and the Python its stubs embed."""
    if settings.backend != "triton":
        return
    try:
        found = find_installation(settings.venv_triton)
    except TritonMissingError as error:
        yield Finding("triton", Level.ERROR, str(error))
    else:
        yield Finding("triton", Level.OK, f"Triton in {found.environment}, Python {'.'.join(map(str, found.version))}")


def check_processor(settings: Settings) -> Iterator[Finding]:
    """Whether the processor could do more than the settings ask of it."""
    if settings.backend != "triton" or settings.component_precision == "bfloat16":
        return
    if units := BFLOAT16_UNITS.keys() & _processor_flags():
        remedy = (
            "AVILA_COMPONENT_RUNTIME=openvino AVILA_COMPONENT_PRECISION=bfloat16 is faster; README.md says at what cost"
        )
        named = ", ".join(sorted(BFLOAT16_UNITS[flag] for flag in units))
        yield Finding("processor", Level.OK, f"computes in bfloat16 ({named})", remedy)


def _processor_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def check_ports(settings: Settings) -> Iterator[Finding]:
    """Every port the service will listen on."""
    wanted = [("port", settings.host)]
    if settings.backend == "triton":
        wanted += [(f"triton_{name}_port", settings.triton_host) for name in ("http", "grpc", "metrics")]
    fields: dict[int, str] = {}
    for field, host in wanted:
        port, variable = getattr(settings, field), variable_of(field)
        problem = f"{fields[port]} and {variable} are both {port}" if port in fields else _port_problem(host, port)
        fields[port] = variable
        if problem:
            yield Finding("ports", Level.ERROR, problem, f"set {variable} to another port")
        else:
            yield Finding("ports", Level.OK, f"{host}:{port} is free ({variable})")


def _port_problem(host: str, port: int) -> str:
    """Why `host:port` cannot be listened on, or nothing."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        return f"{host} is no address of this machine ({error.strerror})"
    with socket.socket(family, kind, protocol) as probe:
        # as servers do: a port in TIME_WAIT is free, one that is listened on is not
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"port {port} of {host} is in use by another program"
            return f"cannot listen on {host}:{port} ({error.strerror})"
    return ""


def check_data_folder(settings: Settings) -> Iterator[Finding]:
    """Whether the data folder can be written and has room."""
    folder = settings.data_dir.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 65536)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "free some space, or" if full else "make it writable, or"
        text = f"the data folder {folder} cannot be written ({error.strerror})"
        yield Finding("data folder", Level.ERROR, text, f"{remedy} set AVILA_DATA_DIR to another folder")
        return
    free = shutil.disk_usage(folder).free
    text = f"{folder}, {_size(free)} free"
    if free < MIN_DISK_BYTES:
        text = f"the disk of {folder} has {_size(free)} left, {_size(MIN_DISK_BYTES)} are needed"
        yield Finding("data folder", Level.ERROR, text, "free some space, or set AVILA_DATA_DIR to another disk")
    else:
        yield Finding("data folder", Level.OK, text)


def check_shared_memory(settings: Settings) -> Iterator[Finding]:
    """The shared memory through which Triton and its python processes speak."""
    if settings.backend != "triton":
        return
    remedy = "in a container start it with a larger --shm-size, else remount /dev/shm"
    if not SHM.is_dir() or not os.access(SHM, os.W_OK):
        yield Finding("shared memory", Level.ERROR, f"{SHM} is missing or cannot be written", remedy)
        return
    free = shutil.disk_usage(SHM).free
    if free < MIN_SHM_BYTES:
        text = f"{SHM} has {_size(free)} left, {_size(MIN_SHM_BYTES)} are needed"
        yield Finding("shared memory", Level.ERROR, text, remedy)
    else:
        yield Finding("shared memory", Level.OK, f"{SHM}, {_size(free)} free")


def check_running(settings: Settings) -> Iterator[Finding]:
    """Whether the service runs already; its ports are then its own."""
    process = lock.owner(settings.data_dir)
    if process is None:
        yield from check_ports(settings)
    else:
        yield Finding("service", Level.OK, f"running at {settings.address} (process {process})")


def check_models(settings: Settings) -> Iterator[Finding]:
    """Whether a pipeline is installed."""
    folder = settings.model_repository.absolute()
    names = sorted(path.parent.parent.name for path in folder.glob("*/1/pipeline.json"))
    if names:
        yield Finding("models", Level.OK, f"{', '.join(names)} in {folder}")
    else:
        remedy = "install one with `avila models install FOLDER`, or set AVILA_MODEL_REPOSITORY"
        yield Finding("models", Level.ERROR, f"no pipeline is installed in {folder}", remedy)


def _size(count: int) -> str:
    mebibytes = count / 1024**2
    return f"{mebibytes / 1024:.1f} GiB" if mebibytes >= 1024 else f"{mebibytes:.0f} MiB"


_HOST: tuple[Check, ...] = (check_python, check_glibc, check_triton, check_data_folder, check_shared_memory)
BEFORE_START: tuple[Check, ...] = (*_HOST, check_ports)
CHECKS: tuple[Check, ...] = (*_HOST, check_processor, check_running, check_models)
