"""Collections over HTTP, without workers; their jobs are in `tests/flows`."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.cache.worker_registry import EncoderReport, WorkerReport
from core.domain import EncoderIdentity
from core.encoders.catalogue import describe
from core.settings import Settings
from tests.support.servers import redis_server


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


@pytest.mark.stack
def test_a_change_to_the_same_encoder_is_a_job_only_if_it_prepares_images_in_another_way(tmp_path):
    name, sha256 = "efficientnet-lite0", "a" * 64
    present = describe(name).identity(sha256, "fitted-1")
    encoders = {
        "current": replace(present, statistics="b" * 64, colour_weight=0.3),
        "outdated": replace(present, preprocessing="square-0"),
    }
    with redis_server(tmp_path / "redis") as url:
        settings = Settings(data=tmp_path, redis_url=url, cache_url=url)
        with TestClient(create_app(settings), base_url="http://localhost") as client:
            services = client.app.state.services
            report = EncoderReport(weights="present", sha256=sha256)
            worker = WorkerReport(host="a", kind="embed", encoders={name: report})
            services.worker_registry.publish_report("a", worker, for_s=60)
            statuses = {}
            for collection, encoder in encoders.items():
                services.collections.create(collection, encoder=encoder)
                answer = client.patch(f"/v1/collections/{collection}", json={"encoder": name})
                statuses[collection] = answer.status_code
    assert statuses == {"current": 200, "outdated": 202}
