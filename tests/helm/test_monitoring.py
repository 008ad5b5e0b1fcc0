"""Rules, dashboard and the scaler's queries parse and do what they say, and every metric in them is documented."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped,unused-ignore]

from tests.helm.chart import CHART, Object, outside, parse, render, tools
from tests.helm.tools import HERE, ROOT

RULES = CHART / "rules" / "avila.yaml"
RULE_TESTS = HERE / "rules_test.yaml"
OPERATIONS = ROOT / "docs" / "operations.md"
METRIC = re.compile(r"\b(?:avila|nv)_[a-z0-9_]+")


def rules() -> list[Object]:
    (document,) = parse(RULES.read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard_queries() -> list[str]:
    panels = json.loads((CHART / "dashboards" / "avila.json").read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def scaling_queries() -> list[str]:
    return [
        trigger["metadata"]["query"]
        for scaler in render("production").kind("ScaledObject")
        for trigger in scaler["spec"]["triggers"]
    ]


@pytest.fixture(scope="module")
def promtool() -> Path:
    program = tools().promtool
    if program is None:
        pytest.skip(f"{tools().why_no_promtool}; test_every_query_parses still checks the syntax")
    return program


def run(promtool: Path, *arguments: str | Path) -> str:
    done = subprocess.run([promtool, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_query_parses() -> None:
    queries = [rule["expr"] for rule in rules()] + dashboard_queries() + scaling_queries()
    assert len(queries) > 30
    assert outside([tools().python, HERE / "parse_promql.py"], queries) == []
    assert outside([tools().python, HERE / "parse_promql.py"], ["sum(("]) != []


def test_rules_are_well_formed(promtool: Path) -> None:
    assert f"{len(rules())} rules found" in run(promtool, "check", "rules", RULES)


def test_alerts_fire_and_are_silent_as_they_should(promtool: Path) -> None:
    assert "SUCCESS" in run(promtool, "test", "rules", RULE_TESTS)


def test_every_alert_is_tested_both_ways() -> None:
    (document,) = parse(RULE_TESTS.read_text())
    cases = [case for test in document["tests"] for case in test.get("alert_rule_test", [])]
    firing = {case["alertname"] for case in cases if case["exp_alerts"]}
    silent = {case["alertname"] for case in cases if not case["exp_alerts"]}
    alerts = {rule["alert"] for rule in rules() if "alert" in rule}
    assert alerts == firing == silent


def test_every_alert_has_a_severity_and_a_page_that_says_what_to_do() -> None:
    headings = {f"#{line[4:].strip().lower()}" for line in OPERATIONS.read_text().splitlines() if line[:4] == "### "}
    for rule in rules():
        if "alert" in rule:
            assert rule["labels"]["severity"] in ("warning", "critical")
            page, _, anchor = rule["annotations"]["runbook"].partition("#")
            assert page == "docs/operations.md"
            assert f"#{anchor}" in headings, rule["alert"]


def unit_test(promtool: Path, folder: Path, series: list[Object], tests: list[Object]) -> None:
    document = {
        "rule_files": [str(RULES)],
        "tests": [{"interval": "10s", "input_series": series, "promql_expr_test": tests}],
    }
    path = folder / "scaling.yaml"
    path.write_text(yaml.safe_dump(document))
    assert "SUCCESS" in run(promtool, "test", "rules", path)


@pytest.mark.parametrize(
    ("depth", "work", "held", "expected"),
    [
        ("40", "900", {"h200": [16, 16], "l40s": [9]}, {"depth": 30.0, "work": 675.0, "jobs": 32.0}),
        ("0", "4", {"h200": [5, 6], "l40s": [9]}, {"depth": 0.0, "work": 3.0, "jobs": 11.0}),
        ("0", "0", {}, {"depth": 0.0, "work": 0.0, "jobs": 0.0}),
    ],
    ids=["full", "engines that keep up still count", "scaled to zero"],
)
def test_the_scalers_queries_give_one_number(
    promtool: Path, tmp_path: Path, depth: str, work: str, held: dict[str, list[int]], expected: dict[str, float]
) -> None:
    """The very text of the ScaledObject, on series of two gateways and of a neighbour that must not count."""
    labels = 'namespace="pictures",component="gateway"'
    series = [
        {"series": f'avila_{name}{{{labels},release="{release}",pod="{pod}"}}', "values": f"{value}x15"}
        for release, pod in (("avila", "a"), ("avila", "b"), ("neighbour", "c"))
        for name, value in (("queue_depth", depth), ("predicted_work_seconds", work))
    ]
    for release, pool, jobs in [("neighbour", "h200", [99]), *(("avila", *entry) for entry in held.items())]:
        for number, count in enumerate(jobs):
            own = f'namespace="pictures",component="triton",release="{release}",pool="{pool}",pod="{pool}-{number}"'
            series.append({"series": f"avila_engine_running{{{own}}}", "values": f"{count - 1}x15"})
            series.append({"series": f"avila_engine_waiting{{{own}}}", "values": "1x15"})
    (scaler,) = [one for one in render("production").kind("ScaledObject") if "h200" in one["metadata"]["name"]]
    tests = []
    for trigger in scaler["spec"]["triggers"]:
        query = trigger["metadata"]["query"]
        (kind,) = [
            kind for kind, word in (("work", "work"), ("jobs", "jobs"), ("depth", "sum(avila:queue")) if word in query
        ][:1]
        tests.append({"expr": query, "eval_time": "2m", "exp_samples": [{"labels": "{}", "value": expected[kind]}]})
    assert len(tests) == 3
    unit_test(promtool, tmp_path, series, tests)


def test_without_gateways_there_is_no_number_at_all(promtool: Path, tmp_path: Path) -> None:
    """An empty answer is an error to KEDA (ignoreNullValues false), and its fallback keeps engines running."""
    tests: list[Object] = [{"expr": query, "eval_time": "1m", "exp_samples": []} for query in scaling_queries()]
    unit_test(promtool, tmp_path, [], tests)


def test_the_adapters_rules_for_a_plain_hpa_serve_what_it_asks_for() -> None:
    """The page's configuration of prometheus-adapter: its names, its series, and queries that parse."""
    (block,) = re.findall(r"```yaml\n(rules:\n  external:.*?)```", OPERATIONS.read_text(), re.DOTALL)
    served = yaml.safe_load(block)["rules"]["external"] if "external" in block else []
    (scaler,) = [
        one for one in render("hpa-ingress").kind("HorizontalPodAutoscaler") if "engine" in one["metadata"]["name"]
    ]
    asked = {metric["external"]["metric"]["name"] for metric in scaler["spec"]["metrics"]}
    assert {rule["name"]["as"] for rule in served} == asked
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    queries = []
    for rule in served:
        series = rule["seriesQuery"].partition("{")[0]
        assert series in recorded
        assert rule["resources"]["overrides"] == {"namespace": {"resource": "namespace"}}
        filled = rule["metricsQuery"].replace("<<.Series>>", series)
        queries.append(filled.replace("<<.LabelMatchers>>", 'release="avila"').replace("<<.GroupBy>>", "namespace"))
    assert outside([tools().python, HERE / "parse_promql.py"], queries) == []


def test_every_metric_in_use_is_documented() -> None:
    queries = [rule["expr"] for rule in rules()] + dashboard_queries() + scaling_queries()
    used = {re.sub(r"_(bucket|sum|count)$", "", name) for query in queries for name in METRIC.findall(query)}
    documented = set(METRIC.findall(OPERATIONS.read_text()))
    assert used - documented == set()


def test_the_rule_object_is_the_tested_file() -> None:
    (rule,) = render("production").kind("PrometheusRule")
    (document,) = parse(RULES.read_text())
    assert rule["spec"] == document
    assert rule["metadata"]["labels"]["prometheus"] == "main"


def test_the_dashboard_object_is_the_file_and_its_panels_do_not_overlap() -> None:
    (found,) = [one for one in render("production").kind("ConfigMap") if "avila.json" in one["data"]]
    dashboard = json.loads(found["data"]["avila.json"])
    assert dashboard == json.loads((CHART / "dashboards" / "avila.json").read_text())
    cells: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        own = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not own & cells, panel["title"]
        assert place["x"] + place["w"] <= 24
        cells |= own


def test_monitors_name_ports_that_exist_and_add_the_labels_that_rules_use() -> None:
    rendered = render("production")
    (service_monitor,), (pod_monitor,) = rendered.kind("ServiceMonitor"), rendered.kind("PodMonitor")
    (service,) = [
        found
        for found in rendered.kind("Service")
        if service_monitor["spec"]["selector"]["matchLabels"].items() <= found["metadata"]["labels"].items()
    ]
    endpoints = service_monitor["spec"]["endpoints"] + pod_monitor["spec"]["podMetricsEndpoints"]
    pod = rendered.one("Deployment", "avila-engine-h200")["spec"]["template"]["spec"]
    containers = [*pod["initContainers"], *pod["containers"]]
    ports = {port["name"] for one in containers for port in one.get("ports", [])}
    ports |= {port["name"] for port in service["spec"]["ports"]}
    for endpoint in endpoints:
        assert endpoint["port"] in ports
        added = {one["targetLabel"]: one.get("replacement") for one in endpoint["relabelings"]}
        assert added["release"] == "avila"
        assert added["component"] in ("gateway", "worker", "triton", "watchdog")
