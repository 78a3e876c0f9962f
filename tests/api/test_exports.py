"""Exports that people open in a spreadsheet: no cell is a formula."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.domain import EncoderIdentity
from core.recommendations import LooksLike, Recommendation, UserLists
from core.settings import Settings
from core.storage import Item, Recommender
from tests.support.sales import order_lines
from tests.support.trainable_shop import import_rows, make_shop, open_services

FORMULAS = ["=1+1", "+49 40", "-A", "@SUM(A1)"]


@pytest.fixture
def client(tmp_path):
    """A shop whose users and items have names like formulas; only the store is available."""
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        services, now = client.app.state.services, datetime.now(UTC)
        shop = services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
        services.items(shop).put_all(Item(sku=s, created_at=now, updated_at=now) for s in FORMULAS)
        rows = [Recommendation(sku, 1.5, [LooksLike("A", 0.5)]) for sku in FORMULAS]
        lists = [(user, UserLists(0, [], rows)) for user in [*FORMULAS, "ann"]]
        services.generations(shop).write_lists("g1", "users-0", lists)
        services.generations(shop).put_recommender(Recommender(live="g1"))
        yield client


def test_cells_that_start_like_a_formula_are_escaped_with_an_apostrophe(client):
    text = client.get("/v1/collections/shop/recommendations?format=csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["user"] for row in rows} == {"'=1+1", "'+49 40", "'-A", "'@SUM(A1)", "ann"}
    assert {row["sku"] for row in rows} == {"'=1+1", "'+49 40", "'-A", "'@SUM(A1)"}
    assert {row["score"] for row in rows} == {"1.5"}


def test_json_lines_are_not_escaped(client):
    text = client.get("/v1/collections/shop/recommendations").text
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["user"] for row in rows] == [*FORMULAS, "ann"]
    reason = {"kind": "looks_like", "with": "A", "similarity": 0.5}
    assert rows[0]["recommendations"][0] == {"sku": "=1+1", "score": 1.5, "reasons": [reason]}


@pytest.mark.stack
def test_rejected_rows_are_escaped_too(tmp_path):
    with open_services(tmp_path) as services:
        shop = make_shop(services)
        upload = import_rows(
            services, [["=cmd|' /C calc'!A0", *order_lines()[0][1:-1], "soon"], *order_lines()]
        )
        with services.sales(shop.collection).open_read(upload, "rejects.csv") as file:
            (row,) = csv.DictReader(io.StringIO(file.read().decode(), newline=""))
    assert row["text"].startswith("'=cmd|")
