"""docker/compose.yaml: every name in it leads somewhere, and nothing is open that need not be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped,unused-ignore]

from avila.__main__ import make_parser
from gateway.settings import Settings, variable_of

FILE = Path(__file__).resolve().parents[2] / "docker" / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = [name for name, service in SERVICES.items() if service["image"].startswith("avila/")]


@pytest.mark.parametrize("name", OWN)
def test_own_containers_are_as_hardened_as_pods(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "user", "network_mode", "pid"} & service.keys()
    assert (FILE.parent / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


@pytest.mark.parametrize("name", OWN)
def test_settings_and_commands_are_real(name: str) -> None:
    service = SERVICES[name]
    known = {variable_of(field) for field in Settings.model_fields}
    assert set(service.get("environment", {})) <= known
    if "command" in service:
        assert service["command"][:3] == ["python", "-m", "avila"]
        assert callable(make_parser().parse_args(service["command"][3:]).run)
    Settings(**{key.removeprefix("AVILA_").lower(): value for key, value in service.get("environment", {}).items()})


def test_only_the_gateway_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {name: ["127.0.0.1:8080:8080"] for name in ("gateway-cpu", "gateway")}


def test_each_profile_is_whole() -> None:
    for profile in ("cpu", "gpu"):
        there = {name for name, service in SERVICES.items() if profile in service["profiles"]}
        for name in there:
            assert set(SERVICES[name].get("depends_on", {})) <= there, name
            host = SERVICES[name].get("environment", {}).get("AVILA_TRITON_HOST")
            assert host is None or host in there
    assert SERVICES["triton"]["deploy"]["resources"]["reservations"]["devices"][0]["driver"] == "nvidia"
    assert not any("deploy" in service for service in SERVICES.values() if "cpu" in service["profiles"])


def test_gateways_have_an_installer_or_know_that_there_is_none() -> None:
    assert not any("installer" in service.get("command", []) for service in SERVICES.values())
    for name in ("gateway", "gateway-cpu"):
        assert SERVICES[name]["environment"]["AVILA_INSTALL_MODELS"] == "false", name


def test_volumes_are_declared_and_read_only_where_they_are_only_read() -> None:
    writers: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        for mount in service.get("volumes", []):
            volume, *rest = mount.split(":")
            assert volume in COMPOSE["volumes"], mount
            if rest[-1] != "ro":
                writers.setdefault(volume, set()).add(name)
    assert writers["models"] == {"models"}
    assert writers["run"] == {"triton", "triton-cpu"}


def test_a_stop_leaves_time_for_what_runs() -> None:
    for name in ("gateway", "gateway-cpu", "worker"):
        service = SERVICES[name]
        graceful_s = float(service.get("environment", {}).get("AVILA_GRACEFUL_TIMEOUT_S", 25))
        assert int(service["stop_grace_period"].rstrip("s")) > graceful_s + 5
