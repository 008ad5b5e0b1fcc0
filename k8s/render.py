"""Renders the chart into plain manifests, for those who use kustomize and no Helm.

    python -m k8s.render --helm helm             writes k8s/base and k8s/components
    python -m k8s.render --helm helm --check     fails if they differ from what the chart gives

What belongs to Helm is taken out: its labels and annotations, hooks (the migrations stay, a plain Job), the test pod.
The settings become a generated ConfigMap, so that an overlay can merge its own and pods are replaced when one changes.
A pool of engines is a folder of its own, so that an overlay can take it again for another kind of GPU.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped,unused-ignore]

HERE = Path(__file__).resolve().parent
CHART = HERE.parent / "helm" / "avila"
NOTICE = "# Rendered from helm/avila with {values} by `python -m k8s.render`. DO NOT EDIT: change the chart.\n"
HELM_LABELS = ("helm.sh/chart", "app.kubernetes.io/managed-by")
COMPONENTS = {
    "monitoring": {"ServiceMonitor", "PodMonitor", "PrometheusRule"},
    "keda": {"ScaledObject"},
    "gateway-api": {"HTTPRoute"},
}
Object = dict[str, Any]


class RenderError(Exception):
    """Helm failed; the message is its own."""


def main() -> None:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--helm", default="helm", help="the program (version 3 or 4)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file differs")
    options = parser.parse_args()
    try:
        files = rendered_files(options.helm)
    except RenderError as error:
        sys.exit(str(error))
    stale = stale_files(files)
    if options.check and stale:
        sys.exit(f"differ from the chart: {', '.join(sorted(stale))}; run `python -m k8s.render`")
    for name in stale - files.keys():
        (HERE / name).unlink()
    for name, text in files.items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_text(text)


def stale_files(files: dict[str, str]) -> set[str]:
    """Names, below k8s/, of files that are missing, differ, or should not be there."""
    present = {
        str(path.relative_to(HERE)): path.read_text()
        for folder in ("base", "components")
        for path in (HERE / folder).rglob("*.yaml")
    }
    return {name for name in present.keys() | files.keys() if present.get(name) != files.get(name)}


def rendered_files(helm: str) -> dict[str, str]:
    """The text of every rendered file by its name below k8s/."""
    files: dict[str, str] = {}
    for base in ("distributed", "standalone"):
        files |= _base(f"base/{base}", base, _objects(helm, base))
    optional = _objects(helm, "distributed", "optional")
    for name, kinds in COMPONENTS.items():
        chosen = [one for one in optional if one["kind"] in kinds or (name == "monitoring" and _is_dashboard(one))]
        files |= _component(f"components/{name}", chosen)
    return files


def _objects(helm: str, *values: str) -> list[Object]:
    command = [helm, "template", "avila", str(CHART), "--namespace", "avila", "--skip-tests"]
    for name in values:
        command += ["--values", str(HERE / "values" / f"{name}.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    if done.returncode:
        raise RenderError(done.stderr)
    found = [one for one in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if one]
    for one in found:
        _strip(one)
    return sorted(found, key=lambda one: (one["kind"], one["metadata"]["name"]))


def _strip(found: Object) -> None:
    """Take out what only means something to Helm, here and in the pods' template."""
    for metadata in (found["metadata"], found.get("spec", {}).get("template", {}).get("metadata", {})):
        for label in HELM_LABELS:
            metadata.get("labels", {}).pop(label, None)
        annotations = metadata.get("annotations", {})
        for name in [name for name in annotations if name.startswith(("helm.sh/", "checksum/"))]:
            del annotations[name]
        if not annotations:
            metadata.pop("annotations", None)


def _is_dashboard(found: Object) -> bool:
    return found["kind"] == "ConfigMap" and str(found["metadata"]["name"]).endswith("-dashboard")


def _base(folder: str, values: str, objects: list[Object]) -> dict[str, str]:
    notice = NOTICE.format(values=f"k8s/values/{values}.yaml")
    engines = [one for one in objects if one["metadata"]["name"].startswith("avila-engine-")]
    (settings,) = [one for one in objects if one["kind"] == "ConfigMap"]
    rest = [one for one in objects if one not in engines and one is not settings]
    kustomization: Object = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "avila",
        "resources": [_file_name(one) for one in rest] + (["engine"] if engines else []),
        "configMapGenerator": [
            {
                "name": settings["metadata"]["name"],
                "literals": [f"{name}={value}" for name, value in settings["data"].items()],
                "options": {"labels": settings["metadata"]["labels"]},
            }
        ],
    }
    files = _files(folder, notice, rest, kustomization)
    if engines:
        pool: Object = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [_file_name(one) for one in engines],
        }
        files |= _files(f"{folder}/engine", notice, engines, pool)
    return files


def _component(folder: str, objects: list[Object]) -> dict[str, str]:
    kustomization: Object = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "resources": [_file_name(one) for one in objects],
    }
    scaled = [one["spec"]["scaleTargetRef"]["name"] for one in objects if one["kind"] == "ScaledObject"]
    if scaled:  # whoever scales owns the count
        removal = "- {op: remove, path: /spec/replicas}"
        kustomization["patches"] = [
            {"target": {"kind": "Deployment", "name": f"{name}.*"}, "patch": removal} for name in scaled
        ]
    return _files(folder, NOTICE.format(values="k8s/values/optional.yaml"), objects, kustomization)


def _files(folder: str, notice: str, objects: list[Object], kustomization: Object) -> dict[str, str]:
    files = {f"{folder}/{_file_name(one)}": notice + _text(one) for one in objects}
    return files | {f"{folder}/kustomization.yaml": notice + _text(kustomization)}


def _file_name(found: Object) -> str:
    return f"{found['kind'].lower()}-{found['metadata']['name']}.yaml"


def _text(document: Object) -> str:
    return str(yaml.dump(document, sort_keys=False, width=120, default_flow_style=False, allow_unicode=True))


if __name__ == "__main__":
    main()
