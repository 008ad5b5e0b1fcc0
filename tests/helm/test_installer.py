"""The installer's pod: off unless asked for; it alone writes models, as the program that `avila installer` is."""

from __future__ import annotations

from typing import Any

from tests.helm.chart import VALUES, Object, Rendered, container, environment, render


def installer(rendered: Rendered) -> tuple[Object, Object]:
    """(pod, container)."""
    pod = rendered.one("Deployment", "avila-installer")["spec"]["template"]["spec"]
    return pod, container(pod, "installer")


def models_of(pod: Object) -> Any:
    (volume,) = [one for one in pod["volumes"] if one["name"] == "models"]
    return volume["persistentVolumeClaim"]


def test_it_is_off_unless_it_is_asked_for() -> None:
    for values in VALUES:
        rendered = render(values)
        is_on = values == "installer"
        assert any("installer" in label for label, _ in rendered.pods()) is is_on, values
        assert rendered.settings()["AVILA_INSTALL_MODELS"] == str(is_on).lower(), values


def test_it_alone_writes_models() -> None:
    rendered = render("installer")
    pod, one = installer(rendered)
    assert models_of(pod) == {"claimName": "avila-models"}
    assert {"name": "models", "mountPath": "/models"} in one["volumeMounts"]
    for label, other in rendered.pods():
        if "models" in {volume["name"] for volume in other.get("volumes", [])} and not label.endswith("installer"):
            assert models_of(other)["readOnly"] is True, label
            for found in other["containers"]:
                mounts = [mount for mount in found["volumeMounts"] if mount["mountPath"] == "/models"]
                assert all(mount["readOnly"] for mount in mounts), label


def test_where_it_puts_things_is_where_the_others_look_for_them() -> None:
    rendered = render("installer")
    settings = rendered.settings()
    for name in ("AVILA_MODEL_REPOSITORY", "AVILA_LORA_DIRS", "AVILA_EMBEDDING_DIR", "AVILA_CONTROLNET_DIR"):
        assert settings[name].startswith("/models/"), name
    assert settings["AVILA_INSTALL_DIR"] == "/models/incoming"
    _, one = installer(rendered)
    assert one["envFrom"] == [{"configMapRef": {"name": "avila-settings"}}]


def test_gateways_and_it_meet_in_the_database() -> None:
    """Their errands go there; test_network.py shows that there is no other way between them."""
    rendered = render("installer")
    gateway = container(rendered.one("Deployment", "avila-gateway")["spec"]["template"]["spec"], "gateway")
    _, one = installer(rendered)
    assert rendered.settings()["AVILA_INSTALL_MODELS"] == "true"
    assert {"configMapRef": {"name": "avila-settings"}} in gateway["envFrom"]
    assert environment(gateway)["AVILA_DATABASE_URL"] == environment(one)["AVILA_DATABASE_URL"]


def test_it_has_the_exporters_image_and_the_database() -> None:
    _, one = installer(render("installer"))
    assert one["image"].startswith("avila/exporter:")
    assert one["command"] == ["python", "-m", "avila", "installer"]
    variables = environment(one)
    assert variables["AVILA_DATABASE_URL"]["secretKeyRef"]["name"] == "avila-database"
    assert "AVILA_SECRET_KEY" not in variables, "it signs nothing"


def test_the_hubs_token_is_for_who_asks_the_hub() -> None:
    rendered = render("installer")
    expected = {"secretKeyRef": {"name": "hub", "key": "token"}}
    for label, one in rendered.containers():
        asks = label.endswith("/installer")
        assert (environment(one).get("AVILA_HUB_TOKEN") == expected) is asks, label


def test_one_installer_at_a_time_where_its_values_say() -> None:
    deployment = render("installer").one("Deployment", "avila-installer")["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})
    pod, _ = installer(render("installer"))
    assert pod["nodeSelector"] == {"disk": "fast"}
    assert pod["tolerations"] == [{"key": "batch", "operator": "Exists"}]
