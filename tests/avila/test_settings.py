from __future__ import annotations

import pytest

from gateway.settings import Settings, SettingsError, load_settings, variable_of


def test_every_field_has_its_variable(monkeypatch):
    monkeypatch.setenv("AVILA_PORT", "9000")
    monkeypatch.setenv("AVILA_DATA_DIR", "/srv/avila")
    settings = load_settings()
    assert (settings.port, str(settings.data_dir)) == (9000, "/srv/avila")


def test_the_command_line_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("AVILA_PORT", "9000")
    assert load_settings(port=9001).port == 9001


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch):
    monkeypatch.setenv("AVILA_PORT", "")
    assert load_settings().port == Settings.model_fields["port"].default


def test_every_mistake_is_named_at_once(monkeypatch):
    monkeypatch.setenv("AVILA_PORT", "99999")
    monkeypatch.setenv("AVILA_BACKEND", "cuda")
    monkeypatch.setenv("AVILA_PROT", "8080")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert any("AVILA_PROT is not a setting; did you mean AVILA_PORT" in line for line in lines)
    assert any("AVILA_PORT: '99999' was given" in line and "65535" in line for line in lines)
    assert any("AVILA_BACKEND: 'cuda' was given" in line and "inprocess" in line for line in lines)


def test_a_wrong_secret_is_not_repeated(monkeypatch):
    secrets = [name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)]
    assert secrets
    monkeypatch.setenv(variable_of("secret_key"), "short-and-secret")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "short-and-secret" not in str(caught.value)


def test_the_address_is_one_a_browser_can_open():
    assert Settings(host="0.0.0.0", port=80).address == "http://127.0.0.1:80"
    assert Settings(host="::1", port=80).address == "http://[::1]:80"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"AVILA_COMPONENT_PRECISION": "bfloat16"}, "set AVILA_COMPONENT_RUNTIME=openvino too"),
        ({"AVILA_BACKEND": "inprocess", "AVILA_COMPONENT_RUNTIME": "openvino"}, "inprocess runs onnxruntime only"),
        ({"AVILA_COMPONENT_RUNTIME": "tensorrt"}, "'onnxruntime' or 'openvino'"),
    ],
)
def test_a_runtime_that_cannot_be_had_is_refused(monkeypatch, variables, said):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said):
        load_settings()
