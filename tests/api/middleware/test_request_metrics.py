from fastapi.testclient import TestClient

from api.app import create_app
from core.observability.metrics import REGISTRY
from core.settings import Settings


def series():
    """Method and route of every series there is."""
    samples = [one for family in REGISTRY.collect() for one in family.samples]
    named = [one.labels for one in samples if one.name == "lookalike_request_seconds_count"]
    return {(labels["method"], labels["route"]) for labels in named}


def test_methods_that_callers_invent_make_one_series(tmp_path):
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        client.request("BREW", "/health/live")
        client.request("BREW2", "/health/live")
    found = {method for method, _ in series()}
    assert "other" in found
    assert not {"BREW", "BREW2"} & found


def test_a_name_in_the_path_makes_no_series(tmp_path):
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        client.get("/v1/collections/shop/users/ann/recommendations")
    assert ("GET", "/v1/collections/{c}/users/{user}/recommendations") in series()
    assert not any("ann" in route for _, route in series())
