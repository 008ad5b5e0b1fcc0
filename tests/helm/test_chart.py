"""The chart renders under both Helms, and what comes out is valid, custom resources included, and safe to a linter."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.helm.chart import CHART, OVERLAYS, VALUES, Object, outside, parse, render, template, tools
from tests.helm.tools import HERE

KUBERNETES = ("1.33", "1.35", "1.37")
SKIPPED = {
    "KSV-0011": "CPU is not limited on purpose: a throttled Triton stalls a whole batch; requests reserve it",
    "KSV-0110": "the namespace is the release's, not the chart's",
    "KSV-0125": "the registry is the operator's to choose",
    "KSV-01010": "takes AVILA_…_TIMEOUT_S and …_PORT for secrets; that none is in the map has its own test",
}


def everything() -> list[Object]:
    return [found for values in [*VALUES, *OVERLAYS] for found in render(values).objects]


@pytest.mark.parametrize("helm", ["3", "4"])
@pytest.mark.parametrize("values", VALUES)
def test_lint_finds_nothing(values: str, helm: str) -> None:
    command: list[str | Path] = [tools().helms[helm], "lint", "--strict", CHART]
    path = VALUES[values]
    if path is not None:
        command += ["-f", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    assert "[WARNING]" not in done.stdout


@pytest.mark.parametrize("values", VALUES)
def test_both_helms_render_the_same(values: str) -> None:
    assert parse(template(values, helm="3")) == parse(template(values, helm="4"))


def test_chart_and_project_have_the_same_version() -> None:
    (chart,) = parse((CHART / "Chart.yaml").read_text())
    pyproject = (CHART.parents[1] / "pyproject.toml").read_text()
    assert f'\nversion = "{chart["appVersion"]}"\n' in pyproject


def test_it_brings_no_database_no_redis_and_no_store() -> None:
    (chart,) = parse((CHART / "Chart.yaml").read_text())
    assert "dependencies" not in chart
    assert not (CHART / "charts").exists()
    images = {one["image"] for values in VALUES for _, one in render(values).containers()}
    assert {image.rpartition("/")[2].partition(":")[0].partition("@")[0] for image in images} <= {
        "gateway", "triton", "triton-cpu", "exporter"
    }  # fmt: skip


def test_upgrade_notes_tell_of_this_version() -> None:
    (chart,) = parse((CHART / "Chart.yaml").read_text())
    assert f"\n## {chart['version']}\n" in (CHART / "UPGRADE.md").read_text()


def test_the_notes_state_the_cold_start_of_what_scales_to_zero() -> None:
    """Only Helm 4 renders them without a cluster."""

    def notes(values: str) -> str:
        command: list[str | Path] = [tools().helms["4"], "install", "avila", CHART, "--dry-run=client"]
        path = VALUES[values]
        if path is not None:
            command += ["-f", path]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.rpartition("NOTES:")[2]

    assert "Pool h200 scales to zero: a first job then waits for a node, the image and up to 900 s" in notes(
        "production"
    )
    assert "scales to zero" not in notes("default")


def test_objects_are_valid_for_three_versions_of_kubernetes() -> None:
    assert outside([tools().python, HERE / "validate_objects.py", *KUBERNETES], everything()) == []


def test_the_validator_sees_a_misspelt_field() -> None:
    (broken,) = parse(json.dumps(render("default").one("Deployment", "avila-gateway")))
    broken["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    problems = outside([tools().python, HERE / "validate_objects.py", KUBERNETES[0]], [broken])
    assert len(problems) == 1
    assert "readinesProbe" in problems[0]


def custom_resource_problems(objects: list[Object]) -> list[str]:
    return outside([tools().node, HERE / "validate_custom.mjs", tools().node_modules], objects)


def test_custom_resources_are_valid() -> None:
    kinds = {found["kind"] for found in everything()}
    assert kinds >= {"ScaledObject", "ServiceMonitor", "PodMonitor", "PrometheusRule", "HTTPRoute"}
    assert custom_resource_problems(everything()) == []


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [("ScaledObject", "triggers", "none"), ("ScaledObject", "maxReplicas", 3), ("HTTPRoute", "parentRefs", [{}])],
)
def test_the_custom_validator_sees_a_wrong_field(kind: str, field: str, value: Any) -> None:
    (broken,) = parse(json.dumps(render("production").kind(kind)[0]))
    broken["spec"][field] = value
    assert custom_resource_problems([broken]) != []


def test_security_linter_finds_nothing_but_what_is_justified(tmp_path: Path) -> None:
    for values in ("production", "hpa-ingress", "standalone-cpu"):
        (tmp_path / f"{values}.yaml").write_text(template(values))
    command: list[str | Path] = [
        tools().wheel_program("trivy"),
        "config",
        "--skip-check-update",
        "--skip-version-check",
    ]
    command += ["--disable-telemetry", "--quiet", "--format", "json", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    results = json.loads(done.stdout)["Results"]
    assert {Path(result["Target"]).stem for result in results} == {"production", "hpa-ingress", "standalone-cpu"}
    found = {(bad["ID"], bad["Message"]) for result in results for bad in result.get("Misconfigurations") or []}
    assert [message for identity, message in found if identity not in SKIPPED] == []
    assert {identity for identity, _ in found} == set(SKIPPED), "an exception that excuses nothing is dead"
