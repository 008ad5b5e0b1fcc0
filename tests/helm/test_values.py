"""What the schema and the checks between values refuse, and that the message names the value."""

from __future__ import annotations

import pytest

from tests.helm.chart import RenderError, template

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
    ("default", ['settings={"AVILA_S3_SECRET_ACCESS_KEY":"x"}'], ["settings"]),
    ("default", ['settings={"AVILA_DATABASE_URL":"postgresql://u:p@h/d"}'], ["settings"]),
    ("default", ['settings={"AVILA_PORT":"9000"}'], ["settings"]),
    ("default", ['settings={"LOG_LEVEL":"debug"}'], ["settings"]),
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


def test_several_gateways_on_postgresql_are_fine() -> None:
    assert "replicas: 50" in template("default", 'gateway={"replicas":50}')
