"""Tables that people open with a spreadsheet: no cell of them is a formula."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.domain import EncoderIdentity
from core.settings import Settings
from core.storage import Item, Recommender
from tests.support.sales import order_lines
from tests.support.trainable_shop import add, shop_of, trainable

FORMULAS = ["=1+1", "+49 40", "-A", "@SUM(A1)"]


@pytest.fixture
def client(tmp_path):
    """A shop whose customers and items are called like formulas; nothing but the store is there."""
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        services, now = client.app.state.services, datetime.now(UTC)
        shop = services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
        services.items(shop).put_all(Item(sku=s, created_at=now, updated_at=now) for s in FORMULAS)
        rows = [{"sku": sku, "score": 1.5, "reasons": []} for sku in FORMULAS]
        lists = [(user, {"recommendations": rows}) for user in [*FORMULAS, "ann"]]
        services.sales(shop).write_lists("one", "users-0", lists)
        services.sales(shop).put_recommender(Recommender(live="one"))
        yield client


def test_what_begins_like_a_formula_has_an_apostrophe_before_it(client):
    text = client.get("/v1/collections/shop/recommendations?format=csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["user"] for row in rows} == {"'=1+1", "'+49 40", "'-A", "'@SUM(A1)", "ann"}
    assert {row["sku"] for row in rows} == {"'=1+1", "'+49 40", "'-A", "'@SUM(A1)"}
    assert {row["score"] for row in rows} == {"1.5"}


def test_programs_get_the_names_as_they_are(client):
    text = client.get("/v1/collections/shop/recommendations").text
    assert [json.loads(line)["user"] for line in text.splitlines()] == [*FORMULAS, "ann"]


@pytest.mark.stack
def test_a_row_that_was_set_aside_is_no_formula(tmp_path):
    with trainable(tmp_path) as services:
        shop = shop_of(services)
        upload = add(
            services, [["=cmd|' /C calc'!A0", *order_lines()[0][1:-1], "soon"], *order_lines()]
        )
        with services.sales(shop.collection).reading(upload, "rejects.csv") as file:
            (row,) = csv.DictReader(io.StringIO(file.read().decode(), newline=""))
    assert row["text"].startswith("'=cmd|")
