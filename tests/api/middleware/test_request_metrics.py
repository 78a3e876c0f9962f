from fastapi.testclient import TestClient

from api.app import create_app
from core.observability.metrics import REGISTRY
from core.settings import Settings


def series():
    """The method and route of every series."""
    samples = [sample for family in REGISTRY.collect() for sample in family.samples]
    labels = [s.labels for s in samples if s.name == "lookalike_request_seconds_count"]
    return {(label["method"], label["route"]) for label in labels}


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
