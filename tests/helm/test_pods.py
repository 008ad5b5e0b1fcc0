"""Rules for every pod, whatever values made it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from avila.__main__ import make_parser
from docker.model_store import make_parser as store_parser
from gateway.settings import Settings, variable_of
from tests.helm.chart import OVERLAYS, VALUES, Object, container, environment, render, seconds_of_pre_stop

pytestmark = pytest.mark.parametrize("values", [*VALUES, *OVERLAYS])
SECRET_WORDS = re.compile(r"SECRET|PASSWORD|TOKEN|_KEY$|_URL$|ACCESS_KEY")
NO_SECRETS = {"AWS_ENDPOINT_URL", "SMOKE_URL", "AVILA_PUBLIC_URL", "AVILA_TRITON_CONTROL_TOKEN_FILE"}


def test_nothing_runs_as_root_or_can_become_it(values: str) -> None:
    for label, pod in render(values).pods():
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True, label
        assert security["runAsUser"] >= 10000, label
        assert security["runAsGroup"] >= 10000, label
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, label
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), label
    for label, one in render(values).containers():
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "privileged": False,
            "capabilities": {"drop": ["ALL"]},
        }, label


def test_no_pod_gets_a_token_of_the_cluster(values: str) -> None:
    for label, pod in render(values).pods():
        assert pod["automountServiceAccountToken"] is False, label
    for account in render(values).kind("ServiceAccount"):
        assert account["automountServiceAccountToken"] is False
    assert not render(values).kind("Role") + render(values).kind("ClusterRole")


def test_service_links_do_not_shadow_settings(values: str) -> None:
    for label, pod in render(values).pods():
        assert pod["enableServiceLinks"] is False, label


def test_every_container_reserves_what_it_needs(values: str) -> None:
    for label, one in render(values).containers():
        assert {"cpu", "memory"} <= one["resources"]["requests"].keys(), label
        assert "memory" in one["resources"]["limits"], label
        assert "cpu" not in one["resources"]["limits"], f"{label}: a CPU limit throttles a whole batch"


def test_writable_folders_are_bounded_volumes(values: str) -> None:
    for label, pod in render(values).pods():
        names = set()
        for volume in pod.get("volumes", []):
            names.add(volume["name"])
            assert "hostPath" not in volume, label
            if "emptyDir" in volume:
                assert "sizeLimit" in volume["emptyDir"], f"{label}: {volume['name']}"
        for one in [*pod.get("initContainers", []), *pod["containers"]]:
            mounted = {mount["name"] for mount in one.get("volumeMounts", [])}
            assert mounted <= names, f"{label}/{one['name']}: {mounted - names} are no volumes"


def test_images_are_pinned(values: str) -> None:
    for label, one in render(values).containers():
        repository, separator, version = one["image"].partition("@")
        if not separator:
            repository, _, version = one["image"].rpartition(":")
        assert repository, label
        assert version not in ("", "latest"), label


def test_secrets_are_references_to_existing_secrets(values: str) -> None:
    assert not render(values).kind("Secret")
    for found in render(values).kind("ConfigMap"):
        for name in found["data"].keys() - NO_SECRETS:
            assert not SECRET_WORDS.search(name), name
    for label, one in render(values).containers():
        for name, value in environment(one).items():
            if SECRET_WORDS.search(name) and name not in NO_SECRETS:
                assert isinstance(value, dict), f"{label}: {name} is written out"
                assert value["secretKeyRef"]["name"], f"{label}: {name}"


def test_settings_are_given_once(values: str) -> None:
    shared = render(values).settings().keys()
    for label, one in render(values).containers():
        assert len(one.get("env", [])) == len(environment(one)), f"{label}: a variable is there twice"
        if "envFrom" in one:
            assert not shared & environment(one).keys(), label


def test_every_setting_is_one_that_the_service_knows(values: str) -> None:
    given = set(render(values).settings())
    for _, one in render(values).containers():
        given |= {name for name in environment(one) if name.startswith("AVILA_")}
    known = {variable_of(field) for field in Settings.model_fields}
    assert given - known == set()


def test_every_command_is_one_that_the_images_have(values: str) -> None:
    """The real parser reads each command line, so that no pod starts with an option that does not exist."""
    own = {"avila-model-store", "sleep"}
    checked = 0
    for label, one in render(values).containers():
        command = one.get("command")
        if command is None or command[0] in own:
            continue  # the image's own entry point; docker/ has tests of its own
        if command == ["python", "-c"]:
            compile(one["args"][0], label, "exec")
            continue
        assert command[:3] == ["python", "-m", "avila"], label
        arguments = make_parser().parse_args([*command[3:], *one.get("args", [])])
        assert callable(arguments.run), label
        checked += 1
    assert checked


def test_model_store_commands_are_those_of_the_program(values: str) -> None:
    for label, one in render(values).containers():
        if one.get("command") == ["avila-model-store"]:
            arguments = store_parser().parse_args(one["args"])
            assert arguments.bucket.startswith("s3://"), label
            assert str(arguments.folder) == "/models", label


def long_running(values: str) -> list[tuple[str, Object, Object]]:
    """(label, pod, container) of everything that serves, sidecars included."""
    found = []
    for label, pod in render(values).pods():
        if not label.startswith("Deployment") or label.endswith("exporter"):
            continue
        sidecars = [one for one in pod.get("initContainers", []) if one.get("restartPolicy") == "Always"]
        found += [(f"{label}/{one['name']}", pod, one) for one in [*sidecars, *pod["containers"]]]
    return found


def test_every_server_has_three_probes_with_three_meanings(values: str) -> None:
    for label, _, one in long_running(values):
        start, ready, live = (one[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness"))
        assert live["httpGet"]["path"] in ("/health", "/v2/health/live"), f"{label}: must not depend on load"
        assert live["httpGet"]["path"] != ready["httpGet"]["path"], label
        assert live["periodSeconds"] * live["failureThreshold"] >= 60, f"{label}: a busy minute is no death"
        assert ready["periodSeconds"] * ready["failureThreshold"] <= 30, f"{label}: must leave the traffic soon"
        assert start["periodSeconds"] * start["failureThreshold"] >= 60, label
        ports = {port["name"] for port in one["ports"]}
        assert {probe["httpGet"]["port"] for probe in (start, ready, live)} <= ports, label


def test_readiness_is_a_real_inference(values: str) -> None:
    checked = 0
    for _, pod, one in long_running(values):
        if one["name"] == "watchdog":
            assert one["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "watchdog-ops"}
            assert one["readinessProbe"]["timeoutSeconds"] > 5, "the service gives an inference 5 seconds"
            names = [sidecar["name"] for sidecar in pod["initContainers"]]
            assert names.index("triton") < names.index("watchdog"), "it would find no Triton"
            checked += 1
    assert checked >= 1


def test_nothing_starts_before_triton_answers(values: str) -> None:
    startup_s = 900
    for label, pod, one in long_running(values):
        if one["name"] == "triton":
            probe = one["startupProbe"]
            assert probe["httpGet"]["path"] == "/v2/health/ready", label
            assert probe["periodSeconds"] * probe["failureThreshold"] >= startup_s, label
            assert one["restartPolicy"] == "Always", f"{label}: not a sidecar, so nothing would wait for it"
            assert one in pod["initContainers"]


def test_grace_covers_all_that_must_end(values: str) -> None:
    longest_job_s, hand_back_s, triton_exit_s, graceful_s = 180, 15, 10, 60
    for label, pod in render(values).pods():
        if not label.startswith("Deployment") or label.endswith("exporter"):
            continue
        names = {one["name"] for one in [*pod.get("initContainers", []), *pod["containers"]]}
        needed = 0
        if "gateway" in names:
            needed += seconds_of_pre_stop(container(pod, "gateway")) + 5  # its last words
            given_s = int(environment(container(pod, "gateway"))["AVILA_GRACEFUL_TIMEOUT_S"])
            assert given_s >= (longest_job_s if "triton" in names else graceful_s), label
            needed += 0 if "triton" in names else graceful_s
        if "triton" in names:
            needed += longest_job_s + hand_back_s + triton_exit_s
        assert pod["terminationGracePeriodSeconds"] > needed, label


def test_triton_gets_shared_memory_and_closes_its_controls(values: str) -> None:
    for label, pod, one in long_running(values):
        if one["name"] != "triton":
            continue
        (mount,) = [mount for mount in one["volumeMounts"] if mount["mountPath"] == "/dev/shm"]
        (volume,) = [volume for volume in pod["volumes"] if volume["name"] == mount["name"]]
        assert volume["emptyDir"]["medium"] == "Memory", label
        assert "command" not in one, f"{label}: the image's entry point restricts the control protocols"
        models: Any = [mount for mount in one["volumeMounts"] if mount["mountPath"] == "/models"]
        assert models[0]["readOnly"] is True, label
        assert "--model-control-mode=explicit" in one["args"], f"{label}: a dead stub needs unload and load"


def test_labels_select_only_their_own_pods(values: str) -> None:
    deployments = render(values).kind("Deployment")
    for deployment in deployments:
        selector = deployment["spec"]["selector"]["matchLabels"]
        assert "app.kubernetes.io/version" not in selector, "a selector cannot change at an upgrade"
        matched = [
            other["metadata"]["name"]
            for other in deployments
            if selector.items() <= other["spec"]["template"]["metadata"]["labels"].items()
        ]
        assert matched == [deployment["metadata"]["name"]]
