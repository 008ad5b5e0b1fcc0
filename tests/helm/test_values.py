"""What the schema and the checks between values refuse, and that the message names the value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped,unused-ignore]

from tests.helm.chart import CHART, RenderError, template

REFUSED = [
    # (values, assignments, words of the message)
    ("default", ['gateway={"replicaCount":3}'], ["gateway", "replicaCount"]),
    ("default", ['gateway={"replicas":"3"}'], ["gateway/replicas"]),
    ("default", ['gateway={"replicas":0}'], ["gateway/replicas"]),
    ("default", ['pools={"gpu":{"gpu":{"prodct":"NVIDIA-H200"}}}'], ["prodct"]),
    ("default", ['pools={"GPU":{}}'], ["pools"]),
    ("default", ['engine={"longestJobSeconds":"2m"}'], ["longestJobSeconds"]),
    (
        "default",
        ['gateway.resources.requests={"cpu":null}'],
        ["cpu"],
    ),
    ("default", ['database={"kind":"mysql"}'], ["database/kind"]),
    ("default", ['database={"existingSecret":""}'], ["database/existingSecret"]),
    ("default", ['redis={"enabled":true,"existingSecret":""}'], ["redis/existingSecret"]),
    ("default", ['images={"gateway":{"tag":"latest"}}'], ["images/gateway/tag"]),
    ("default", ['images={"gateway":{"digest":"sha256:abc"}}'], ["images/gateway/digest"]),
    ("default", ['settings={"AVILA_S3_SECRET_KEY":"x"}'], ["settings"]),
    ("default", ['settings={"AVILA_DATABASE_URL":"postgresql://u:p@h/d"}'], ["settings"]),
    ("default", ['settings={"AVILA_PORT":"9000"}'], ["settings"]),
    ("default", ['settings={"LOG_LEVEL":"debug"}'], ["settings"]),
    ("default", ['settings={"AVILA_LORA_DIRS":"/x"}'], ["AVILA_LORA_DIRS"]),
    ("default", ['settings={"AVILA_DEFAULT_MODLE":"sdxl"}'], ["AVILA_DEFAULT_MODLE"]),
    ("default", ['provenance={"timestampUrl":"ftp://x"}'], ["provenance/timestampUrl"]),
    ("default", ['auth={"oidcSecret":{"secret":"x"}}'], ["auth/oidcSecret"]),
    ("default", ['imageStore={"kind":"disk","disk":{"accessMode":"ReadWriteOnce"}}'], ["imageStore/disk/accessMode"]),
    ("default", ['modelStore={"pvc":{"accessMode":"ReadWriteOnce"}}'], ["modelStore/pvc/accessMode"]),
    ("default", ['pools={"gpu":{"autoscaling":{"kind":"hpa","minReplicas":0}}}'], ["autoscaling/minReplicas"]),
    ("default", ['pools={"gpu":{"gpu":{"resource":"amd.com/gpu"}}}'], ["gpu/resource"]),
    ("default", ['httpRoute={"enabled":true}'], ["httpRoute/parentRefs"]),
    ("production", ['ingress={"enabled":true}'], ["httpRoute/enabled"]),
    ("default", ['planBuilder={"enabled":true}'], ["planBuilder/pipelines"]),
    ("default", ['priorityClass={"create":true}'], ["priorityClass/gatewayName"]),
    ("default", ['podSecurity={"runAsUser":0}'], ["podSecurity/runAsUser"]),
    ("default", ['gateway={"preStopSeconds":0}'], ["gateway/preStopSeconds"]),
    ("default", ['installer={"enabled":true,"hubTokenSecret":{"secret":"x"}}'], ["installer/hubTokenSecret"]),
    ("standalone-cpu", ['installer={"enabled":true}'], ["installer.enabled", "database.kind postgresql"]),
    (
        "default",
        ['installer={"enabled":true}', 'modelStore={"kind":"s3"}'],
        ["installer.enabled", "modelStore.kind pvc"],
    ),
    # SQLite is one process.
    ("standalone-cpu", ['gateway={"replicas":2}'], ["gateway/replicas"]),
    ("standalone-cpu", ['gateway={"autoscaling":{"enabled":true}}'], ["gateway/autoscaling/enabled"]),
    ("standalone-cpu", ["pools.cpu.replicas=2"], ["replicas"]),
    ("standalone-cpu", ['poolDefaults={"replicas":2}'], ["poolDefaults/replicas"]),
    ("standalone-cpu", ['pools.cpu.autoscaling={"kind":"keda"}'], ["autoscaling/kind"]),
    # Relations that a schema cannot express.
    ("standalone-cpu", ["pools.second={}"], ["exactly one pool", "cpu, second"]),
    ("default", ['pools={"gpu":{"enabled":false}}'], ["at least one"]),
    ("production", ['engine={"startupSeconds":1200}'], ["scaleDownSeconds", "1200", "startupSeconds"]),
    ("production", ["pools.l40s.autoscaling.minReplicas=30"], ["pools.l40s.autoscaling.maxReplicas"]),
    ("production", ["pools.l40s.autoscaling.busyJobsPerReplica=16"], ["busyJobsPerReplica", "workerConcurrency"]),
    ("mig", ['pools.slice.gpu.product=""'], ["pools.slice.gpu", "planBuilder"]),
]


@pytest.mark.parametrize(("values", "assignments", "words"), REFUSED, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("helm", ["3", "4"])
def test_wrong_values_are_refused_by_name(values: str, assignments: list[str], words: list[str], helm: str) -> None:
    with pytest.raises(RenderError) as refusal:
        template(values, *assignments, helm=helm)
    message = str(refusal.value).replace(".", "/") if "/" in "".join(words) else str(refusal.value)
    for word in words:
        assert word in message


def test_the_schema_is_strict_everywhere() -> None:
    """An object that takes any name would take a misspelt one. What Kubernetes itself checks may be open."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    peers = {f"/peers/items/{name}" for name in ("namespaceSelector", "podSelector", "ipBlock")}
    of_kubernetes = {"/gateway/affinity", "/pool/affinity", *peers}
    overlaid = {"/global", "/singleReplica"}  # Helm's own, and one that is added to /pool

    def open_objects(node: Any, path: str) -> Iterator[str]:
        if not isinstance(node, dict):
            return
        rules = node.keys() & {"properties", "additionalProperties", "patternProperties"}
        is_open = node.get("additionalProperties") is not False if "properties" in node else not rules
        if node.get("type") == "object" and is_open and path not in of_kubernetes | overlaid:
            yield path
        for name, child in [*node.get("properties", {}).items(), *node.get("definitions", {}).items()]:
            yield from open_objects(child, f"{path}/{name}")
        for name in ("items", "additionalProperties"):
            yield from open_objects(node.get(name), f"{path}/{name}")

    assert list(open_objects(schema, "")) == []


def test_every_value_is_in_the_schema() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(values) <= set(schema["properties"])


def test_several_gateways_on_postgresql_are_fine() -> None:
    assert "replicas: 50" in template("default", 'gateway={"replicas":50}')
