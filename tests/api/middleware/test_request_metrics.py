from fastapi.testclient import TestClient

from api.app import create_app
from core.observability.metrics import REGISTRY
from core.settings import Settings


def series():
    """The method and route of every series."""
    return {(method, route) for method, route, _ in counts()}


def counts():
    """How many requests each series counts, by method, route and status."""
    samples = [sample for family in REGISTRY.collect() for sample in family.samples]
    return {
        (s.labels["method"], s.labels["route"], s.labels["status"]): s.value
        for s in samples
        if s.name == "lookalike_request_seconds_count"
    }


def test_invented_methods_share_one_series(tmp_path):
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        client.request("BREW", "/health/live")
        client.request("BREW2", "/health/live")
    methods = {method for method, _ in series()}
    assert "other" in methods
    assert not {"BREW", "BREW2"} & methods


def test_names_in_paths_do_not_create_series(tmp_path):
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        client.get("/v1/collections/shop/users/ann/recommendations")
    assert ("GET", "/v1/collections/{c}/users/{user}/recommendations") in series()
    assert not any("ann" in route for _, route in series())


def test_unexpected_errors_are_counted(tmp_path):
    app = create_app(Settings(data=tmp_path))
    app.add_api_route("/uncaught", lambda: 1 / 0)
    with TestClient(app, raise_server_exceptions=False) as client:
        client.get("/uncaught")
        client.get("/uncaught")
    assert counts()["GET", "/uncaught", "500"] == 2
