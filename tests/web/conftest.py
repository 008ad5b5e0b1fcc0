"""The whole service with the page it serves, and a browser to look at it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.running import Service, free_ports
from tests.gateway.oidc.provider import Provider, running_provider
from tests.hub.server import Hub, running_hub
from web import toolchain

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
PUBLISHED = "avila/melted"


@dataclass(frozen=True)
class Served:
    """A running service, a key to it, and the token that makes its first administrator."""

    url: str
    key: str
    setup_token: str


@pytest.fixture(scope="session")
def page() -> Path:
    """The page, built from these sources."""
    toolchain.build()
    return WEB / "dist"


def install_chromium() -> str | None:
    """Debian's Chromium, for the superuser of a machine that has apt; None where that fails."""
    apt = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300")  # another installation may be running
    install = (*apt, "install", "-y", "--no-install-recommends", "chromium")
    if subprocess.run(install, check=False).returncode:  # a fresh machine has no package lists
        subprocess.run([*apt, "update"], check=False)
        subprocess.run(install, check=False)
    return shutil.which("chromium")


@pytest.fixture(scope="session")
def browser() -> str:
    """Where Chromium is; installed from Debian when it is missing and that is possible."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("AVILA_TEST_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        found = install_chromium()
    if found is None:
        pytest.skip("no Chromium was found, and installing one needs root and apt; name one in AVILA_TEST_BROWSER")
    return found


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub on this machine with the LoRA that ships, under another name, and so slow that a pause can come between."""
    folder = tmp_path_factory.mktemp("hub")
    source = tmp_path_factory.mktemp("published")
    shutil.copyfile(ROOT / "models" / "loras" / "blob.safetensors", source / "melted.safetensors")
    with running_hub(folder) as hub:
        hub.add(PUBLISHED, source, license="openrail")
        hub.chunk_s = 1.0
        yield hub


@pytest.fixture(scope="session")
def port() -> int:
    """Where the service will be; the provider must know before it starts."""
    return free_ports(1)[0]


@pytest.fixture(scope="session")
def provider(port: int) -> Iterator[Provider]:
    """An OpenID Connect provider on this machine, at which somebody has an account."""
    with running_provider(f"http://127.0.0.1:{port}/v1/auth/oidc/callback") as provider:
        provider.know("bea", email="bea@example.org", name="Bea")
        yield provider


@pytest.fixture(scope="session")
def served(
    tmp_path_factory: pytest.TempPathFactory,
    triton_environment: Path,
    page: Path,
    hub: Hub,
    port: int,
    provider: Provider,
) -> Iterator[Served]:
    """`avila up`: Triton, the gateway, the model that ships, and the page, as after `make run`."""
    home = tmp_path_factory.mktemp("service")
    (home / "models").mkdir()
    http, grpc, metrics = free_ports(3)
    settings: dict[str, object] = {
        "port": port,
        "triton_http_port": http,
        "triton_grpc_port": grpc,
        "triton_metrics_port": metrics,
        "venv_triton": triton_environment,
        "model_repository": home / "models",
        "data_dir": home / "data",
        "web_dir": page,
        "component_threads": 1,
        "hub_endpoint": hub.url,
        "outbound_allow": "127.0.0.1",
        "oidc_issuer": provider.issuer,
        "oidc_client_id": provider.client["client_id"],
        "oidc_client_secret": provider.client["client_secret"],
        "oidc_name": "Example",
        "oidc_default_role": "user",
    }
    service = Service(settings, home / "output.txt")
    try:
        service.start()
        found = re.search(r"#setup=(\S+?)(?:\x1b|\s)", service.text)
        assert found, f"no link to the set-up form:\n{service.text}"
        yield Served(service.address, service.key, found[1])
    finally:
        service.end()
