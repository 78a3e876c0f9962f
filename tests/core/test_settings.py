"""Settings from environment variables."""

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from core.settings import Settings, describe_errors

KUBERNETES = {
    "LOOKALIKE_PORT": "tcp://10.0.0.1:8000",
    "LOOKALIKE_PORT_8000_TCP_ADDR": "10.0.0.1",
    "LOOKALIKE_API_SERVICE_HOST": "10.0.0.1",
    "LOOKALIKE_SERVICE_PORT_HTTP": "8000",
    "LOOKALIKE_PORT_9000_SCTP_PROTO": "sctp",
}
"""Service links, with which Kubernetes tells a pod the addresses of services."""
DOCKER = {"LOOKALIKE_NAME": "/shop/lookalike", "LOOKALIKE_API_ENV_LOOKALIKE_HOTS": "0.0.0.0"}
"""Variables of a container that is linked to others, besides their addresses."""


def errors(monkeypatch, **variables):
    """Return the error messages for settings with these variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises((ValidationError, SettingsError)) as caught:
        Settings()
    return describe_errors(caught.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("LOOKALIKE_PORT", "LOOKALIKE_PORTS__API"),
        ("LOOKALIKE_API__HOTS", "LOOKALIKE_HOST"),
        ("LOOKALIKE_HOTS", "LOOKALIKE_HOST"),
        ("LOOKALIKE_LIMITS__MAX_UPLOAD_MG", "LOOKALIKE_LIMITS__MAX_UPLOAD_MB"),
        ("LOOKALIKE_MAX_UPLOAD_MB", "LOOKALIKE_LIMITS__MAX_UPLOAD_MB"),
        ("lookalike_jobs__train_att", "LOOKALIKE_JOBS__TRAIN_AT"),
        ("LOOKALIKE_DATA__X", "LOOKALIKE_DATA"),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest_known_one(monkeypatch, name, meant):
    (message,) = errors(monkeypatch, **{name: "9000"})
    assert message.startswith(f"{name.upper()}: there is no such setting (did you mean {meant}?)")


def test_each_unknown_setting_is_named(monkeypatch):
    first, second = errors(monkeypatch, LOOKALIKE_QQQQ__WWWW="", LOOKALIKE_S3__ZZZZZZ="1")
    assert first == "LOOKALIKE_QQQQ__WWWW: there is no such setting; docs/settings.md lists all"
    assert "LOOKALIKE_S3__ZZZZZZ" in second


def test_an_unknown_setting_in_the_json_of_a_group_is_refused_without_its_value(monkeypatch):
    messages = errors(monkeypatch, LOOKALIKE_S3='{"key": "K", "secert": "abc"}')
    assert messages == ["LOOKALIKE_S3__SECERT: there is no such setting"]


OWN = ["IMAGE", "TAG", "REGISTRY", "NAMESPACE", "COLLECTION", "RELEASE"]


@pytest.mark.parametrize("name", OWN)
def test_an_operators_own_variable_is_reported_once(monkeypatch, caplog, name):
    monkeypatch.setenv(f"LOOKALIKE_{name}", "text")
    assert Settings() == Settings()
    (message,) = caplog.messages
    assert message.startswith(f"LOOKALIKE_{name}: there is no such setting")


@pytest.mark.parametrize("name", ["LOOKALIKE_URL", "LOOKALIKE_KEY", "LOOKALIKE_VERSION"])
def test_variables_of_the_client_and_the_containers_are_no_unknown_settings(monkeypatch, name):
    monkeypatch.setenv(name, "text")
    assert Settings() == Settings.model_validate({})


@pytest.mark.parametrize("links", [KUBERNETES, DOCKER])
def test_links_to_services_and_containers_are_no_unknown_settings(monkeypatch, caplog, links):
    for name, value in links.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LOOKALIKE_PORTS__API", "9000")
    assert Settings().ports.api == 9000
    assert not caplog.messages


def test_an_entry_of_an_object_is_a_setting(monkeypatch):
    monkeypatch.setenv("LOOKALIKE_ENCODERS__WEIGHTS_SHA256__resnet50", "ab")
    assert Settings().encoders.weights_sha256 == {"resnet50": "ab"}
