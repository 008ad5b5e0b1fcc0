"""Renders the chart with the real helm and finds objects in what comes out."""

from __future__ import annotations

import functools
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped,unused-ignore]

from tests.helm.tools import ROOT, Tools, install

Object = dict[str, Any]

CHART = ROOT / "helm" / "avila"
NAMESPACE = "pictures"
RELEASE = "avila"
VALUES: dict[str, Path | None] = {
    "default": None,
    **{path.name.removesuffix("-values.yaml"): path for path in sorted((CHART / "ci").glob("*.yaml"))},
}
OVERLAYS = {f"overlay/{path.name}": path for path in sorted((ROOT / "k8s" / "overlays").iterdir())}


class RenderError(Exception):
    """Helm refused the values; the message is helm's."""


@functools.cache
def tools() -> Tools:
    """The checking programs, installed on first use."""
    return install()


def parse(text: str) -> list[Object]:
    """The objects of a stream of YAML documents."""
    return [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document]


def template(values: str, *sets: str, helm: str = "4") -> str:
    """What `helm template` prints for one of VALUES.

    Raises:
        RenderError: helm refused.
    """
    command = [str(tools().helms[helm]), "template", RELEASE, str(CHART), "-n", NAMESPACE, "--kube-version", "1.34.0"]
    path = VALUES[values]
    if path is not None:
        command += ["-f", str(path)]
    for assignment in sets:
        command += ["--set-json", assignment]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RenderError(done.stderr)
    return done.stdout


def kustomize(folder: Path) -> str:
    """What `kubectl kustomize` prints for a folder.

    Raises:
        RenderError: it refused.
    """
    command: list[str | Path] = [tools().kubectl, "kustomize", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RenderError(done.stderr)
    return done.stdout


@dataclass(frozen=True, slots=True)
class Rendered:
    """The objects of one rendering."""

    objects: list[Object]

    def kind(self, kind: str) -> list[Object]:
        """All of a kind."""
        return [found for found in self.objects if found["kind"] == kind]

    def one(self, kind: str, name: str) -> Object:
        """The object of that kind and name."""
        (found,) = [found for found in self.kind(kind) if found["metadata"]["name"] == name]
        return found

    def settings(self) -> dict[str, str]:
        """What gateway, worker and watchdog share."""
        (found,) = [one for one in self.kind("ConfigMap") if "AVILA_BACKEND" in one["data"]]
        data: dict[str, str] = found["data"]
        return data

    def pods(self) -> Iterator[tuple[str, Object]]:
        """Every pod's spec, with `kind/name` of what makes it."""
        for found in self.objects:
            label = f"{found['kind']}/{found['metadata']['name']}"
            if found["kind"] in ("Deployment", "Job"):
                yield label, found["spec"]["template"]["spec"]
            elif found["kind"] == "Pod":
                yield label, found["spec"]

    def containers(self) -> Iterator[tuple[str, Object]]:
        """Every container, sidecar and init container."""
        for label, pod in self.pods():
            for container in [*pod.get("initContainers", []), *pod["containers"]]:
                yield f"{label}/{container['name']}", container


@functools.cache
def render(values: str, *sets: str, helm: str = "4") -> Rendered:
    """The objects of one of VALUES with `--set-json` assignments on top, or of one of OVERLAYS."""
    if values in OVERLAYS:
        return Rendered(parse(kustomize(OVERLAYS[values])))
    return Rendered(parse(template(values, *sets, helm=helm)))


def container(pod: Object, name: str) -> Object:
    """A container of a pod's spec, sidecars included."""
    containers: list[Object] = [*pod.get("initContainers", []), *pod["containers"]]
    (found,) = [one for one in containers if one["name"] == name]
    return found


def environment(one: Object) -> dict[str, Any]:
    """A container's own variables: name to value, or to the reference of a secret."""
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in one.get("env", [])}


def seconds_of_pre_stop(one: Object) -> int:
    """How long a container's preStop hook sleeps."""
    command = one["lifecycle"]["preStop"]["exec"]["command"]
    assert command[0] == "sleep"
    return int(command[1])


def outside(program: list[str | Path], objects: list[Any], patience_s: float = 120) -> list[str]:
    """The problems that a program of its own environment finds in objects: one a line."""
    done = subprocess.run(
        program, input=json.dumps(objects), capture_output=True, text=True, timeout=patience_s, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
