"""A real S3-compatible server that refuses a wrong key."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gateway.storage.images import StorageError
from gateway.storage.s3 import S3ImageStore

PORTS = ("master.port", "volume.port", "filer.port", "s3.port.iceberg", "s3.port.lance")  # each is fixed otherwise
KEY, SECRET = "avila-test", "a-secret-for-the-tests"


def free_port_below_55535() -> int:
    """SeaweedFS takes each port p and p + 10000."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port < 45000:
            return port


class S3Server:
    """SeaweedFS on `folder`, of which the keys can be changed as it runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.endpoint = ""

    def accept(self, keys: Mapping[str, str]) -> None:
        """These pairs of access key and secret from now on, and no others."""
        credentials = [{"accessKey": key, "secretKey": secret} for key, secret in keys.items()]
        identity = {"name": "t", "credentials": credentials, "actions": ["Admin"]}
        (self._folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def start(self) -> None:
        """Begin; it answers a few seconds later."""
        program = next(Path(p) / "bin/weed" for p in [*sys.path, sys.prefix] if (Path(p) / "bin/weed").is_file())
        port = free_port_below_55535()
        ports = {name: free_port_below_55535() for name in PORTS}
        command: list[str | Path] = [program, "server", "-dir", self._folder, "-ip", "127.0.0.1"]
        command += [
            "-ip.bind",
            "127.0.0.1",
            "-s3",
            f"-s3.port={port}",
            f"-s3.config={self._folder}/s3.json",
            "-volume.max=4",
            *(f"-{n}={p}" for n, p in ports.items()),
        ]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self.endpoint = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """At once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def running_s3(folder: Path, keys: Mapping[str, str] = types.MappingProxyType({KEY: SECRET})) -> Iterator[S3Server]:
    """A server that takes these pairs of keys."""
    server = S3Server(folder)
    server.accept(keys)
    server.start()
    try:
        yield server
    finally:
        server.stop()


async def until_usable(store: S3ImageStore) -> None:
    """SeaweedFS makes a bucket as the first object is put into it; wait until it can."""
    deadline = time.monotonic() + 60
    while True:
        try:
            await store.open()
        except StorageError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)
        else:
            return
