"""Every setting of the service is made by the chart, may be given in `settings`, or is left out for a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.settings import Settings, variable_of
from tests.helm.chart import CHART, Rendered, container, environment, render

LEFT_OUT = {
    "AVILA_WEB_DIR": "the page is built into the image",
    "AVILA_INSTALL_SHIPPED": "only `avila up` reads it, which no pod runs",
    "AVILA_VENV_TRITON": "the bundled Triton of `avila up`; pods have an image of their own",
    "AVILA_VENV_MODELOPT": "only `avila export` reads it; the exporter's image holds no ModelOpt",
    "AVILA_API_KEY": "the key that `avila generate` sends: a client's, not the service's",
}
ON = (
    'auth={"adminSecret":{"name":"first"},"oidcSecret":{"name":"provider"}}',
    'provenance={"certificateSecret":{"name":"signing"},"trustConfigMap":{"name":"partners"},'
    '"timestampUrl":"http://stamp.example.com"}',
)
IN_ENGINES = ("/models/loras:/opt/avila/models/loras", "/models/embeddings")


def free() -> set[str]:
    """What `settings` takes."""
    schema = json.loads((CHART / "values.schema.json").read_text())["properties"]["settings"]
    assert schema["additionalProperties"] is False
    return set(schema["properties"])


def made(rendered: Rendered) -> set[str]:
    """What the chart gives to gateway, worker or watchdog by itself."""
    names = set(rendered.settings())
    for _, one in rendered.containers():
        names |= {name for name in environment(one) if name.startswith("AVILA_")}
    return names


def gateway_of(rendered: Rendered) -> Any:
    return rendered.one("Deployment", "avila-gateway")["spec"]["template"]["spec"]


def test_each_setting_has_exactly_one_place() -> None:
    by_chart = made(render("production", *ON, "settings={}")) | made(render("standalone-cpu", *ON))
    by_chart |= made(render("installer", "settings=null"))
    known = {variable_of(field) for field in Settings.model_fields}
    places = (by_chart, free(), set(LEFT_OUT))
    unplaced = known - set().union(*places)
    assert not unplaced, f"{unplaced}: let the chart make it, allow it in values.schema.json, or say here why not"
    assert set().union(*places) <= known, "settings that the service does not have"
    assert sum(map(len, places)) == len(known), "a setting in two places could be given twice"


def test_what_is_free_reaches_every_process_as_it_was_given() -> None:
    given = {name: f"value of {name}" for name in sorted(free())}
    rendered = render("default", f"settings={json.dumps(given)}")
    assert rendered.settings().items() >= given.items()
    for name, pod in (("avila-gateway", "gateway"), ("avila-engine-gpu", "worker"), ("avila-engine-gpu", "watchdog")):
        spec = rendered.one("Deployment", name)["spec"]["template"]["spec"]
        assert container(spec, pod)["envFrom"] == [{"configMapRef": {"name": "avila-settings"}}]


@pytest.mark.parametrize("values", ["production", "standalone-cpu"])
def test_triton_finds_the_loras_and_embeddings_that_the_gateway_knows(values: str) -> None:
    rendered = render(values)
    expected = dict(zip(("AVILA_LORA_DIRS", "AVILA_EMBEDDING_DIR"), IN_ENGINES, strict=True))
    assert rendered.settings().items() >= expected.items()
    for label, one in rendered.containers():
        if label.endswith("/triton"):
            assert environment(one).items() >= expected.items(), label
            assert "/models" in {mount["mountPath"] for mount in one["volumeMounts"]}
    for image in ("gateway", "triton", "triton-cpu"):
        text = (CHART.parents[1] / "docker" / f"{image}.Dockerfile").read_text()
        assert "COPY models/" in text, f"{image}: the second folder is in the image"
        assert all(f"{name}={value}" in text for name, value in expected.items()), f"{image}: without the chart"


@pytest.mark.parametrize("values", ["production", "standalone-cpu"])
def test_who_signs_pictures_has_the_certificate(values: str) -> None:
    rendered = render(values, *ON)
    assert rendered.settings()["AVILA_C2PA_TIMESTAMP_URL"] == "http://stamp.example.com"
    signers = [(label, one) for label, one in rendered.containers() if label.endswith(("/gateway", "/worker"))]
    assert signers
    for label, one in signers:
        mounted = {mount["mountPath"]: mount for mount in one["volumeMounts"]}
        for setting in ("AVILA_C2PA_CERTIFICATE_FILE", "AVILA_C2PA_KEY_FILE", "AVILA_C2PA_TRUST_FILE"):
            folder = rendered.settings()[setting].rpartition("/")[0]
            assert mounted[folder]["readOnly"] is True, label
    volumes = {one["name"]: one for one in gateway_of(rendered)["volumes"]}
    assert volumes["signing"]["secret"]["secretName"] == "signing"
    assert [one["path"] for one in volumes["signing"]["secret"]["items"]] == ["certificate.pem", "key.pem"]
    assert volumes["trust"]["configMap"]["name"] == "partners"
    assert "signing" not in {one["name"] for one in gateway_of(render(values))["volumes"]}


def test_only_gateways_learn_the_secrets_of_signing_in() -> None:
    rendered = render("production", *ON)
    for label, one in rendered.containers():
        variables = environment(one)
        is_gateway = label.endswith("/gateway")
        assert ("AVILA_ADMIN_PASSWORD" in variables) is is_gateway, label
        assert ("AVILA_OIDC_CLIENT_SECRET" in variables) is is_gateway, label
    variables = environment(container(gateway_of(rendered), "gateway"))
    assert variables["AVILA_ADMIN_EMAIL"]["secretKeyRef"] == {"name": "first", "key": "email", "optional": True}
    assert variables["AVILA_OIDC_CLIENT_SECRET"]["secretKeyRef"] == {"name": "provider", "key": "client-secret"}
