"""Collections over HTTP, without workers; their jobs are in `tests/flows`."""

from fastapi.testclient import TestClient

from api.app import create_app
from core.domain import EncoderIdentity
from core.encoders.catalogue import describe
from core.settings import Settings


def test_collections_are_shown_although_the_description_of_an_encoder_is_wrong_or_missing(
    tmp_path,
):
    settings = Settings(data=tmp_path)
    settings.weights.mkdir(parents=True)
    (settings.weights / "wrong.toml").write_text("side = 224")
    encoders = {
        "first": EncoderIdentity("wrong", 72, recipe="parts-1"),
        "second": EncoderIdentity("missing", 72, recipe="fitted-1", colour_weight=0.3),
        "third": EncoderIdentity("missing", 8),
        "fourth": describe("efficientnet-lite0").identity("a" * 64, "fitted-1"),
    }
    with TestClient(create_app(settings), base_url="http://localhost") as client:
        for name, encoder in encoders.items():
            client.app.state.services.collections.create(name, encoder=encoder)
        page = client.get("/v1/collections")
        assert page.status_code == 200, page.text
        weights = {row["name"]: row["colour_weight"] for row in page.json()["items"]}
        assert weights == {"first": 0.05, "second": 0.3, "third": None, "fourth": 0.22}
        assert client.get("/v1/collections/first").json() in page.json()["items"]
