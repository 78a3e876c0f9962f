"""The orders of a customer: all of them, a page at a time."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services.order_history import to_orders
from core.recommendations import OrderLines, UserLists
from core.settings import Settings
from tests.support.published_shop import GENERATION, publish_shop
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

ANN = hashlib.md5(b"ann/x@a.example").hexdigest()
MAY_31 = datetime(2026, 5, 31, 10, tzinfo=UTC)
DAYS = [MAY_31 - timedelta(days=n) for n in range(5)]
USERS = "/v1/collections/shop/users"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    data = tmp_path_factory.mktemp("orders")
    with redis_server(data / "redis") as url:
        own = Settings(data=data, redis_url=url, cache_url=url, sales_retention_days=10_000)
        with TestClient(create_app(own)) as client:
            publish_shop(client.app.state.services, {"A": {}})
            yield client


def order_lines(*rows, complete=True):
    """Lines of (SKU, time, order, quantity), newest first."""
    skus, times, orders, quantities = zip(*rows, strict=True)
    seconds = [int(at.timestamp()) for at in times]
    return OrderLines([*skus], seconds, [*orders], [*quantities], complete)


def publish(client, *days, complete=True):
    """Publish a user's orders, one line each, newest first."""
    rows = [("A", at, number, number) for number, at in enumerate(days, 1)]
    lists = UserLists(len(days), [], [], order_lines(*rows, complete=complete))
    client.app.state.services.lists.write("shop", GENERATION, [(ANN, lists)])


def page_of(client, user=ANN, **params):
    return client.get(f"{USERS}/{user}/orders", params=params).json()


def days(page):
    return [int(order["at"][8:10]) for order in page["items"]]


def test_the_pages_have_all_orders_newest_first_even_if_a_new_one_arrives_meanwhile(client):
    publish(client, *DAYS)
    first = page_of(client, limit=2)
    assert first["items"][1] == {
        "at": "2026-05-30T10:00:00Z", "items": [{"sku": "A", "quantity": 2}],
    }  # fmt: skip
    publish(client, MAY_31 + timedelta(days=1), *DAYS)
    second = page_of(client, limit=2, cursor=first["next_cursor"])
    third = page_of(client, limit=2, cursor=second["next_cursor"])
    assert [days(page) for page in (first, second, third)] == [[31, 30], [29, 28], [27]]
    assert third["next_cursor"] is None


def test_a_customer_is_found_by_address_and_the_answer_names_only_the_code(client):
    publish(client, *DAYS, complete=False)
    page = page_of(client, "ann%2Fx@a.example")
    assert (page["user"], page["complete"]) == (ANN, False)


def test_order_lines_older_than_the_retention_period_are_left_out(client):
    publish(client, *DAYS, datetime(1990, 1, 1, tzinfo=UTC), complete=False)
    page = page_of(client)
    assert (days(page), page["complete"]) == ([31, 30, 29, 28, 27], True)


def test_an_order_has_the_lines_of_one_day_in_their_order():
    noon, morning = MAY_31 + timedelta(hours=2), MAY_31
    lines = order_lines(
        ("B", noon, 7, 2), ("C", morning, 8, 1), ("A", morning, 7, 1), ("A", DAYS[1], 7, 5)
    )
    orders = [
        (order.at, [(item.sku, item.quantity) for item in order.items])
        for order in to_orders(lines).orders
    ]
    assert orders == [
        (noon, [("A", 1), ("B", 2)]), (morning, [("C", 1)]), (DAYS[1], [("A", 5)]),
    ]  # fmt: skip


def test_an_order_of_which_lines_may_be_missing_is_left_out():
    rows = [("A", DAYS[0], 2, 1), ("B", DAYS[1], 1, 1)]
    history = to_orders(order_lines(*rows, complete=False))
    assert [order.at for order in history.orders] == [DAYS[0]]
    only = to_orders(order_lines(rows[0], complete=False))
    assert ([order.at for order in only.orders], only.complete) == ([DAYS[0]], False)


def test_somebody_who_has_bought_nothing_has_no_orders(client):
    page = page_of(client, "nobody")
    assert (page["items"], page["next_cursor"], page["complete"]) == ([], None, True)


def test_lists_made_before_orders_were_kept_are_no_empty_history(client):
    problem = page_of(client, "bob")
    assert (problem["status"], "start a training run" in problem["detail"]) == (404, True)


def test_a_cursor_of_another_list_is_refused(client):
    assert "next_cursor" in page_of(client, cursor="0x")["detail"]
