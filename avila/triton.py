"""How the bundled Triton (the binaries of the `nvidia-pytriton` wheel) is started. The reasons are at each part.

The wheel's Python code is not used: only its server, its python backend and the stub of this Python's version.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.backend.triton import CONTROL_KEY
from gateway.settings import Settings

FACTS = """
import json, sys, sysconfig
from pathlib import Path
folders = [sysconfig.get_config_var(name) for name in ("LIBDIR", "LIBPL")]
folders.append(f"{folders[0]}/{sysconfig.get_config_var('MULTIARCH')}")
library = f"libpython{sys.version_info[0]}.{sys.version_info[1]}.so.1.0"
print(json.dumps({
    "version": sys.version_info[:2],
    "library_dir": next((folder for folder in folders if folder and Path(folder, library).is_file()), ""),
    "packages": sysconfig.get_path("purelib"),
}))
"""


LOAD_ALL = "--load-model=*"
CONTROLS = "model-repository,shared-memory,trace,logging"


class TritonMissingError(Exception):
    """The bundled server cannot be started from this environment; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class TritonInstallation:
    """The bundled server in its virtual environment.

    Attributes:
        environment: the virtual environment; its numpy is below 2, see requirements/triton.txt.
        server: the wheel's `pytriton/tritonserver` folder.
        version: of the Python the stub embeds.
        library_dir: folder of that Python's shared library.
    """

    environment: Path
    server: Path
    version: tuple[int, int]
    library_dir: Path

    @property
    def stub(self) -> Path:
        """The python backend's stub program for this Python."""
        return self.server / "python_backend_stubs" / "{}.{}".format(*self.version) / "triton_python_backend_stub"


def find_installation(environment: Path) -> TritonInstallation:
    """Find the bundled server in `environment`.

    Raises:
        TritonMissingError: the environment is missing or incomplete, or its Python has no shared library.
    """
    environment = environment.absolute()
    facts = _facts(environment)
    version = (facts.version[0], facts.version[1])
    server = Path(facts.packages) / "pytriton" / "tritonserver"
    if not (server / "bin" / "tritonserver").is_file():
        raise TritonMissingError(f"no Triton server in {environment}; run `make run`, which installs it")
    if not facts.library_dir:
        raise TritonMissingError(
            f"the Python of {environment} has no shared libpython, which Triton's python backend needs; use a Python "
            "built with --enable-shared (Debian and Ubuntu: apt install libpython{}.{})".format(*version)
        )
    found = TritonInstallation(environment, server, version, Path(facts.library_dir))
    if not found.stub.is_file():
        raise TritonMissingError(
            "Triton has no python backend for Python {}.{}; make the environments with Python 3.11 or 3.12".format(
                *version
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Facts:
    version: list[int]
    library_dir: str
    packages: str


def _facts(environment: Path) -> _Facts:
    python = environment / "bin" / "python"
    if not python.exists():
        raise TritonMissingError(f"the environment {environment} is missing; run `make run`, which makes it")
    try:
        answer = subprocess.run(  # noqa: S603 the settings say which interpreter
            [python, "-c", FACTS], capture_output=True, text=True, check=True, timeout=30
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise TritonMissingError(f"{python} does not run ({error}); remove {environment} and run `make run`") from error
    return _Facts(**json.loads(answer.stdout))


@dataclass(frozen=True, slots=True)
class TritonLaunch:
    """A command line and its environment."""

    command: tuple[str, ...]
    environment: dict[str, str]

    def loading_nothing(self) -> TritonLaunch:
        """The same for a server whose worker loads what is wanted; else it loads every model at its start."""
        return replace(self, command=tuple(part for part in self.command if part != LOAD_ALL))


def make_launch(
    installation: TritonInstallation,
    settings: Settings,
    backends: Path,
    shm_prefix: str,
    base: dict[str, str],
    control_token: str = "",
) -> TritonLaunch:
    """The command that starts Triton on `settings.model_repository`.

    Args:
        installation: the server.
        settings: addresses, repository and threads.
        backends: folder to build the backend directory in; written to.
        shm_prefix: begins the name of every shared-memory file of this server, so that leftovers can be told apart.
        base: the environment to start from, usually `os.environ`.
        control_token: only who has it may load models and change settings; without one, everybody may. Loading can
            bring python code along, and a page in a browser on this machine can reach the HTTP port.
    """
    link_backend(installation, backends)
    server = installation.server
    host = settings.triton_host
    command = (
        str(server / "bin" / "tritonserver"),
        f"--model-repository={settings.model_repository.absolute()}",
        f"--backend-directory={backends.absolute()}",
        f"--cache-directory={server / 'caches'}",
        f"--http-address={host}",
        f"--http-port={settings.triton_http_port}",
        f"--grpc-address={host}",
        f"--grpc-port={settings.triton_grpc_port}",
        f"--metrics-address={host}",
        f"--metrics-port={settings.triton_metrics_port}",
        "--allow-gpu-metrics=false",
        "--pinned-memory-pool-byte-size=0",
        # A dead stub is repaired by unload and load, which need explicit control.
        "--model-control-mode=explicit",
        LOAD_ALL,
        # One model that does not load must not end the server, nor hide that the others are ready.
        "--exit-on-error=false",
        "--strict-readiness=false",
        # configs/cpu.pbtxt where a model has one.
        "--model-config-name=cpu",
        # Without it every python model is started twice.
        "--disable-auto-complete-config",
        # An unanswered request would hold a stop for the default 30 s.
        "--exit-timeout-secs=5",
        f"--backend-config=python,shm-region-prefix-name={shm_prefix}",
        "--log-format=ISO8601",
        *_restrictions(control_token),
    )
    environment = {
        **base,
        # The stub finds its site-packages by the first `python3` on PATH, and its libpython by LD_LIBRARY_PATH.
        "PATH": f"{installation.environment / 'bin'}:{base.get('PATH', '/usr/bin:/bin')}",
        "LD_LIBRARY_PATH": str(installation.library_dir),
        "AVILA_COMPONENT_THREADS": str(settings.component_threads),
        "AVILA_COMPONENT_RUNTIME": settings.component_runtime,
        "AVILA_COMPONENT_PRECISION": settings.component_precision,
        "AVILA_MAX_QUEUE": str(settings.max_queue),
        "AVILA_EMBEDDING_DIR": str(settings.embedding_folder),
        "AVILA_LORA_DIRS": os.pathsep.join(str(folder) for folder in settings.lora_folders),
    }
    for name in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"):
        environment.pop(name, None)
    return TritonLaunch(command, environment)


def _restrictions(control_token: str) -> tuple[str, ...]:
    if not control_token:
        return ()
    secret = f"{CONTROLS}:{CONTROL_KEY}={control_token}"
    return (f"--grpc-restricted-protocol={secret}", f"--http-restricted-api={secret}")


def link_backend(installation: TritonInstallation, backends: Path) -> None:
    """Build the backend directory: the stub must lie beside the backend's library. Links are enough.

    The stub looks for modules there too, so `diffusion` is linked: some stubs start Python in isolated mode, which
    ignores PYTHONPATH.
    """
    folder = backends / "python"
    folder.mkdir(parents=True, exist_ok=True)
    source = installation.server / "backends" / "python"
    for target in (
        source / "libtriton_python.so",
        source / "triton_python_backend_utils.py",
        installation.stub,
        Path(__file__).resolve().parents[1] / "diffusion",
    ):
        link = folder / target.name
        if link.is_symlink() and link.readlink() == target:
            continue
        link.unlink(missing_ok=True)
        link.symlink_to(target)
