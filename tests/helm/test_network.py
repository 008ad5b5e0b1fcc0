"""Who may talk to whom: the policies, evaluated as a cluster would."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helm.chart import NAMESPACE, VALUES, Object, Rendered, container, render

Labels = dict[str, str]
MONITORING = {"kubernetes.io/metadata.name": "monitoring"}
GATEWAYS = {"kubernetes.io/metadata.name": "gateways"}
BATCH = {"kubernetes.io/metadata.name": "batch"}
OTHER = {"kubernetes.io/metadata.name": "other"}
OWN = {"kubernetes.io/metadata.name": NAMESPACE}


def selects(selector: Object, labels: Labels) -> bool:
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    for expression in selector.get("matchExpressions", []):
        is_in = labels.get(expression["key"]) in expression["values"]
        if is_in is not {"In": True, "NotIn": False}[expression["operator"]]:
            return False
    return True


def is_peer(peer: Object, namespace: Labels, labels: Labels) -> bool:
    if "ipBlock" in peer:
        return False
    if "namespaceSelector" in peer:
        return selects(peer["namespaceSelector"], namespace) and selects(peer.get("podSelector", {}), labels)
    return namespace == OWN and selects(peer["podSelector"], labels)


def may_reach(rendered: Rendered, target: Labels, port: str, namespace: Labels, labels: Labels) -> bool:
    """Whether a pod with these labels in that namespace reaches a port of the target."""
    policies = [
        policy["spec"]
        for policy in rendered.kind("NetworkPolicy")
        if selects(policy["spec"]["podSelector"], target) and "Ingress" in policy["spec"]["policyTypes"]
    ]
    assert policies, "unprotected"
    for policy in policies:
        for rule in policy.get("ingress", []):
            allowed = {entry["port"] for entry in rule.get("ports", [])}
            if port in allowed and ("from" not in rule or any(is_peer(p, namespace, labels) for p in rule["from"])):
                return True
    return False


def labels_of(rendered: Rendered, name: str) -> Labels:
    labels: Labels = rendered.one("Deployment", name)["spec"]["template"]["metadata"]["labels"]
    return labels


def test_only_gateway_workers_and_named_clients_reach_tritons_inference_port() -> None:
    rendered = render("production")
    engine, gateway = labels_of(rendered, "avila-engine-h200"), labels_of(rendered, "avila-gateway")
    assert may_reach(rendered, engine, "triton-grpc", OWN, gateway)
    assert may_reach(rendered, engine, "triton-grpc", OWN, labels_of(rendered, "avila-engine-l40s"))
    assert may_reach(rendered, engine, "triton-grpc", BATCH, {})
    assert not may_reach(rendered, engine, "triton-grpc", OWN, {"app": "something-else"})
    assert not may_reach(rendered, engine, "triton-grpc", OTHER, gateway)
    assert not may_reach(rendered, engine, "triton-grpc", MONITORING, {})
    assert not may_reach(rendered, engine, "triton-grpc", OWN, labels_of(rendered, "avila-exporter"))


def test_unexposed_triton_is_reached_from_its_own_pod_only() -> None:
    rendered = render("default", "engine.grpc.exposed=false")
    engine = labels_of(rendered, "avila-engine-gpu")
    assert not may_reach(rendered, engine, "triton-grpc", OWN, labels_of(rendered, "avila-gateway"))
    triton = container(rendered.one("Deployment", "avila-engine-gpu")["spec"]["template"]["spec"], "triton")
    assert "--grpc-address=127.0.0.1" in triton["args"]
    assert not [found for found in rendered.kind("Service") if "triton" in found["metadata"]["name"]]


@pytest.mark.parametrize("values", [values for values in VALUES if values != "bare"])
def test_nobody_reaches_tritons_http_port(values: str) -> None:
    rendered = render(values)
    for deployment in rendered.kind("Deployment"):
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        for namespace in (OWN, MONITORING, GATEWAYS, OTHER):
            assert not may_reach(rendered, labels, "triton-http", namespace, {})


def test_metrics_are_for_monitoring() -> None:
    rendered = render("production")
    for name, ports in (
        ("avila-gateway", ["ops"]),
        ("avila-engine-h200", ["triton-metrics", "worker-ops", "watchdog-ops"]),
    ):
        for port in ports:
            assert may_reach(rendered, labels_of(rendered, name), port, MONITORING, {})
            assert not may_reach(rendered, labels_of(rendered, name), port, OTHER, {})
    standalone = render("standalone-gpu")
    for port in ("ops", "triton-metrics", "watchdog-ops"):
        assert may_reach(standalone, labels_of(standalone, "avila-gateway"), port, MONITORING, {})


def test_the_gateway_is_reached_from_where_the_values_say() -> None:
    rendered = render("production")
    gateway = labels_of(rendered, "avila-gateway")
    assert may_reach(rendered, gateway, "http", GATEWAYS, {})
    assert not may_reach(rendered, gateway, "http", OTHER, {})
    test_pod = rendered.one("Pod", "avila-test")["metadata"]["labels"]
    assert may_reach(rendered, gateway, "http", OWN, test_pod), "helm test would fail"
    assert may_reach(render("default"), gateway, "http", OTHER, {}), "no list means everybody"


def egress_ports(rendered: Rendered, labels: Labels) -> set[Any]:
    found: set[Any] = set()
    for policy in rendered.kind("NetworkPolicy"):
        spec = policy["spec"]
        if "Egress" in spec["policyTypes"] and selects(spec["podSelector"], labels):
            for rule in spec.get("egress", []):
                found |= {entry["port"] for entry in rule["ports"]}
    return found


def test_what_leaves_is_named() -> None:
    rendered = render("production")
    assert egress_ports(rendered, labels_of(rendered, "avila-gateway")) == {53, 5432, 6379, 443, "triton-grpc"}
    assert egress_ports(rendered, labels_of(rendered, "avila-engine-h200")) == {53, 5432, 6379, 443}
    assert egress_ports(rendered, rendered.one("Pod", "avila-test")["metadata"]["labels"]) == {53, "http"}


def reaches_the_internet(rendered: Rendered, labels: Labels) -> bool:
    for policy in rendered.kind("NetworkPolicy"):
        spec = policy["spec"]
        if "Egress" in spec["policyTypes"] and selects(spec["podSelector"], labels):
            for rule in spec.get("egress", []):
                if any(peer.get("ipBlock", {}).get("cidr") == "0.0.0.0/0" for peer in rule.get("to", [])):
                    return True
    return False


def test_models_are_looked_at_and_fetched_by_the_installer_and_nothing_else_reaches_the_internet() -> None:
    rendered = render("installer")
    assert reaches_the_internet(rendered, labels_of(rendered, "avila-installer"))
    for name in ("avila-gateway", "avila-engine-gpu"):
        assert not reaches_the_internet(rendered, labels_of(rendered, name)), name
    migrations = rendered.one("Job", "avila-migrations")["spec"]["template"]["metadata"]["labels"]
    assert not reaches_the_internet(rendered, migrations)
    assert egress_ports(rendered, labels_of(rendered, "avila-installer")) == {53, 5432, 443}
    assert not reaches_the_internet(render("production"), labels_of(render("production"), "avila-gateway"))
    (policy,) = [one for one in rendered.kind("NetworkPolicy") if one["metadata"]["name"] == "avila-installer"]
    (rule,) = policy["spec"]["egress"]
    private = {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"}
    assert private <= set(rule["to"][0]["ipBlock"]["except"]), "what is private is in egressTo or nowhere"


def test_nobody_reaches_the_installer() -> None:
    rendered = render("installer")
    for namespace in (OWN, MONITORING, GATEWAYS, OTHER):
        assert not may_reach(rendered, labels_of(rendered, "avila-installer"), "installer-ops", namespace, {})


@pytest.mark.parametrize("values", [values for values in VALUES if values != "bare"])
def test_every_pod_is_denied_by_default(values: str) -> None:
    rendered = render(values)
    deny = rendered.one("NetworkPolicy", "avila-deny")["spec"]
    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert not deny.keys() & {"ingress", "egress"}
    for found in rendered.objects:
        if found["kind"] in ("Deployment", "Job"):
            assert selects(deny["podSelector"], found["spec"]["template"]["metadata"]["labels"])
    assert not render("bare").kind("NetworkPolicy")
