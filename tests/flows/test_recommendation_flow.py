"""Recommendation lists are served, exported, rolled back, refilled, and erased with their users."""

import csv
import io
import json
from collections import Counter, defaultdict
from itertools import permutations

import pytest
from redis import Redis
from typer.testing import CliRunner

from core.storage import open_backend
from lookalike import Lookalike
from lookalike.cli import app
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import eventually

pytestmark = pytest.mark.stack


def test_users_are_offered_items_of_their_taste_with_reasons(trained):
    bought = {row[1] for row in order_lines() if row[0] == user(0)}
    response = trained.recommendations(user(0), limit=5)
    body = response.json()
    rows = body["recommendations"]
    assert (response.status_code, body["personal"]) == (200, True)
    assert body["generation"] == trained.training["id"]
    assert len(rows) == 5
    assert all(int(row["sku"]) < 20 for row in rows)
    for row in rows:
        kinds = [reason["kind"] for reason in row["reasons"]]
        assert kinds
        assert ("bought_before" in kinds) is (row["sku"] in bought)
    image = trained.http.get(rows[0]["image_url"])
    assert image.headers["content-type"] == "image/jpeg"


def test_an_unknown_user_is_offered_popular_items(trained):
    body = trained.recommendations("nobody", country="DE", zip="10115").json()
    assert body["personal"] is False
    assert body["recommendations"]
    assert trained.recommendations("nobody").json()["recommendations"]


def test_skus_without_an_item_are_counted_and_never_offered(shop):
    shop.ingest_numbers(range(5))
    job, _ = shop.import_sales(as_csv(order_lines(skus=40)))
    assert job["result"]["unknown_skus"] == 35
    assert len(job["result"]["unknown_examples"]) == 20
    offered = {sku for n in range(60) for sku in shop.recommended_skus(user(n))}
    assert offered <= {str(n) for n in range(5)}


def test_a_deleted_item_disappears_from_lists_at_once(trained):
    first = trained.recommended_skus(user(0))[0]
    trained.http.delete(f"{trained.path}/items/{first}")
    assert first not in trained.recommended_skus(user(0))


def exported_skus(shop):
    """Return the skus in all lists; both formats of the export must have the same."""
    path = f"{shop.path}/recommendations"
    lines = map(json.loads, shop.http.get(path).text.splitlines())
    skus = {row["sku"] for line in lines for row in line["recommendations"]}
    table = csv.DictReader(io.StringIO(shop.http.get(f"{path}?format=csv").text))
    assert {row["sku"] for row in table} == skus
    return skus


def test_a_deleted_item_stays_out_of_exported_lists_after_a_rollback(trained):
    first = trained.recommended_skus(user(0))[0]
    assert first in exported_skus(trained)
    trained.http.delete(f"{trained.path}/items/{first}")
    assert first not in exported_skus(trained)
    trained.import_sales(as_csv(order_lines(seed=2)))
    trained.http.post(f"{trained.path}/recommender/rollback")
    assert first not in exported_skus(trained)
    assert first not in trained.recommended_skus(user(0))


def test_a_rollback_holds_until_it_is_ended_or_somebody_trains(trained):
    before = trained.recommended_skus(user(0))
    trained_at = trained.http.get(f"{trained.path}/recommender").json()["trained_at"]
    _, training = trained.import_sales(as_csv(order_lines(seed=2)))
    report = trained.http.get(f"{trained.path}/recommender").json()["report"]
    assert report["incumbent"]["generation"] == trained.training["id"]
    assert report["incumbent"]["reason"]
    state = trained.http.post(f"{trained.path}/recommender/rollback").json()
    assert (state["generation"], state["candidate"]) == (trained.training["id"], training["id"])
    assert (state["trained_at"], state["stale"]) == (trained_at, True)
    assert trained.recommended_skus(user(0)) == before
    assert trained.http.post(f"{trained.path}/recommender/rollback").status_code == 409
    _, automatic = trained.import_sales(as_csv(order_lines(seed=3)))
    state = trained.http.get(f"{trained.path}/recommender").json()
    assert (state["generation"], state["candidate"]) == (trained.training["id"], automatic["id"])
    assert (automatic["result"]["served"], state["rolled_back_at"] is None) == (False, False)
    assert trained.recommended_skus(user(0)) == before
    state = trained.http.delete(f"{trained.path}/recommender/rollback").json()
    assert (state["generation"], state["previous"]) == (automatic["id"], trained.training["id"])
    assert (state["candidate"], state["rolled_back_at"], state["stale"]) == (None, None, False)
    assert trained.recommended_skus(user(0)) != before
    trained.http.post(f"{trained.path}/recommender/rollback")
    explicit = trained.http.post(f"{trained.path}/recommender").json()["id"]
    assert trained.wait_for_job(explicit)["result"]["served"]
    state = trained.http.get(f"{trained.path}/recommender").json()
    assert (state["generation"], state["rolled_back_at"]) == (explicit, None)


def test_a_rollback_to_lists_that_the_cache_lost_serves_the_newer_lists_until_they_are_refilled(
    trained, stack
):
    trained.import_sales(as_csv(order_lines(seed=2)))
    key = f"lookalike:lists:{trained.name}:{trained.training['id']}"
    Redis.from_url(stack.settings.cache).delete(key, f"{key}:users")
    trained.http.post(f"{trained.path}/recommender/rollback")

    def is_rolled_back():
        response = trained.recommendations(user(0))
        assert response.status_code == 200
        return response.json()["generation"] == trained.training["id"]

    eventually(is_rolled_back)


def lose_lists(stack, shop):
    """Delete all lists of a shop from the cache; return a client of the cache."""
    cache = Redis.from_url(stack.settings.cache)
    cache.delete(*cache.keys(f"lookalike:lists:{shop.name}:*"))
    return cache


def test_a_request_for_lists_that_the_cache_lost_refills_them_from_the_store(trained, stack):
    before = trained.recommendations(user(0)).json()
    lose_lists(stack, trained)
    assert trained.recommendations(user(0)).status_code in {200, 503}
    refill = next(job["id"] for job in trained.jobs() if job["kind"] == "refill-lists")
    trained.wait_for_job(refill)
    assert trained.recommendations(user(0)).json() == before


def test_lists_that_the_cache_lost_are_refilled_without_a_request(trained, stack):
    cache = lose_lists(stack, trained)
    eventually(lambda: cache.get(f"lookalike:lists:{trained.name}:live"))
    assert trained.recommendations(user(0)).json()["personal"] is True


def erase(shop, name):
    """Erase a user; wait for the erasure, and return its job."""
    return shop.wait_for_job(shop.http.delete(f"{shop.path}/users/{name}").json()["id"])


def test_an_erased_user_leaves_no_trace(trained, stack):
    name = user(7)
    assert trained.recommendations(name).json()["personal"]
    job = erase(trained, name)
    assert job["result"]["rows"] == 12
    redis = Redis.from_url(stack.settings.redis)
    assert not any(
        name.encode() in str(redis.hgetall(key)).encode()
        for key in redis.keys("*job:*")
        if redis.type(key) == b"hash"
    )
    assert trained.recommendations(name).json()["personal"] is False
    trained.wait_for_job(job["result"]["training"])
    assert trained.recommendations(name).json()["personal"] is False
    assert trained.http.get(f"{trained.path}/users", params={"prefix": name}).json()["items"] == []
    files = open_backend(stack.settings.store)
    state = trained.http.get(f"{trained.path}/recommender").json()
    assert state["report"]["users"] == 59
    folder = f"collections/{trained.name}/lists/{state['generation']}"
    assert all(name.encode() not in files.read(f"{folder}/{n}") for n in files.list_names(folder))


def test_a_user_whose_name_has_a_slash_can_be_read_and_erased(shop):
    name = "till/7"
    shop.ingest_numbers(range(40))
    rows = [[row[0].replace(user(7), name), *row[1:]] for row in order_lines()]
    shop.import_sales(as_csv(rows))
    assert shop.recommendations("till%2F7").json()["user"] == name
    with Lookalike(shop.url) as server:
        recommender = server.recommender(shop.name)
        assert recommender.recommend(name).personal
        args = ["recommend", name, "-c", shop.name, "--url", shop.url, "--json"]
        assert json.loads(CliRunner().invoke(app, args).stdout)["personal"]
        assert recommender.erase(name).wait().result["rows"] == 12
        assert not recommender.recommend(name).personal


def test_a_file_imported_again_after_an_erasure_does_not_restore_the_user(trained):
    trained.wait_for_job(erase(trained, user(7))["result"]["training"])
    job, training = trained.import_sales(as_csv(order_lines()))
    assert "duplicate_of" not in job["result"]
    assert job["result"]["reasons"] == {"the customer was erased": 12}
    assert training["result"]["order_lines"] == 720 - 12


def test_all_lists_can_be_exported_at_once(trained):
    path = f"{trained.path}/recommendations"
    lines = trained.http.get(path).text.splitlines()
    rows = {row["user"]: row["recommendations"] for row in map(json.loads, lines)}
    assert set(rows) == {user(n) for n in range(60)}
    table = csv.DictReader(io.StringIO(trained.http.get(f"{path}?format=csv").text))
    skus = [row["sku"] for row in table if row["user"] == user(3)]
    assert skus == [row["sku"] for row in rows[user(3)]]
    shown_skus = {row["sku"] for recommendations in rows.values() for row in recommendations[:20]}
    catalogue = trained.http.get(f"{trained.path}/recommender").json()["report"]["catalogue"]
    assert (catalogue["items"], catalogue["items_in_lists"]) == (40, len(shown_skus))
    assert len(catalogue["unseen"]) == min(40 - len(shown_skus), 24)
    assert not shown_skus.intersection(catalogue["unseen"])


def test_users_are_listed_in_pages_and_by_prefix(trained):
    path = f"{trained.path}/users"
    first = trained.http.get(path, params={"limit": 50}).json()
    second = trained.http.get(path, params={"limit": 50, "cursor": first["next_cursor"]}).json()
    names = [row["user"] for row in first["items"] + second["items"]]
    assert names == sorted(user(n) for n in range(60))
    rows = trained.http.get(path, params={"prefix": user(5)}).json()["items"]
    summaries = [(row["user"], row["orders"], len(row["purchases"])) for row in rows]
    assert summaries == [(user(5), 6, 12)]


def test_without_sales_there_are_no_lists_and_the_error_says_why(shop):
    response = shop.recommendations("nobody")
    assert (response.status_code, response.json()["code"]) == (404, "not-found")
    assert "upload its sales" in response.json()["detail"]
    assert shop.http.post(f"{shop.path}/recommender").status_code == 409


def test_a_deleted_collection_serves_no_lists_from_then_on(trained):
    assert trained.http.delete(trained.path).status_code == 202
    assert trained.recommendations(user(1)).status_code == 404


def test_after_all_sales_are_deleted_there_are_no_lists(trained):
    job = trained.wait_for_job(trained.http.delete(f"{trained.path}/sales").json()["id"])
    trained.wait_for_job(job["result"]["training"])
    assert trained.recommendations(user(0)).status_code == 404


def test_the_training_report_is_an_html_page_once_there_is_a_training(shop):
    path = f"{shop.path}/recommender/report"
    problem = shop.http.get(path)
    assert (problem.status_code, problem.json()["code"]) == (404, "not-found")
    shop.ingest_numbers(range(40))
    rows = [[*row[:4], "<i>", row[5]] for row in order_lines()]
    _, training = shop.import_sales(as_csv(rows))
    assert training["state"] == "succeeded", training
    page = shop.http.get(path)
    assert page.status_code == 200, page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert training["id"] in page.text
    assert "Every customer gets a list of their own." in page.text
    assert "country &lt;I&gt;" in page.text


def recommend_for(shop, skus, **body):
    response = shop.http.post(f"{shop.path}/recommendations", json={"skus": skus, **body})
    assert response.status_code == 200, response.text
    return response.json()


def counted_orders():
    """Count, for each pair of SKUs, the orders of the sales that contain both."""
    orders = defaultdict(set)
    for row in order_lines():
        orders[row[2]].add(row[1])
    return Counter(pair for skus in orders.values() for pair in permutations(skus, 2))


def test_a_basket_gets_what_is_bought_together_with_it_at_once(trained):
    both = counted_orders()
    answer = recommend_for(trained, ["0", "1", "unknown"], limit=8)
    rows = answer["recommendations"]
    assert (answer["generation"], answer["unknown"]) == (trained.training["id"], ["unknown"])
    assert len(rows) == 8
    assert not {"0", "1"} & {row["sku"] for row in rows}
    for row in rows[: 8 - answer["filled"]]:
        reason = row["reasons"][0]
        assert reason["kind"] == "bought_together"
        assert reason["orders"] == both[reason["with"], row["sku"]]
    first, second = (row["sku"] for row in rows[:2])
    assert trained.http.delete(f"{trained.path}/items/{first}").status_code in {200, 202, 204}
    again = recommend_for(trained, ["0", "1"], exclude=[second], limit=8)
    assert not {first, second} & {row["sku"] for row in again["recommendations"]}
    trained.http.patch(f"{trained.path}/items/2", json={"attributes": {"kind": "dress"}})
    filtered = recommend_for(trained, ["0", "1"], filter={"kind": "dress"}, user=user(0))
    assert [row["sku"] for row in filtered["recommendations"]] in ([], ["2"])


def test_items_bought_together_have_orders_support_and_lift(trained):
    both = counted_orders()
    path = f"{trained.path}/items/0/bought-together"
    body = trained.http.get(path, params={"limit": 50}).json()
    assert {row["sku"]: row["orders"] for row in body["items"]} == {
        other: count for (sku, other), count in both.items() if sku == "0"
    }
    assert body["orders"] == len({row[2] for row in order_lines()})
    first = body["items"][0]
    assert first["support"] == pytest.approx(first["orders"] / body["orders"], rel=1e-3)
    excluded = trained.http.get(path, params={"exclude": first["sku"]}).json()["items"]
    assert first["sku"] not in {row["sku"] for row in excluded}
    missing = trained.http.get(f"{trained.path}/items/none/bought-together")
    assert (missing.status_code, "'none' does not exist" in missing.json()["detail"]) == (404, True)


def test_without_sales_baskets_and_product_pages_say_so(shop):
    shop.ingest_numbers([1])
    eventually(lambda: shop.http.get(f"{shop.path}/items/1/similar").status_code == 200)
    page = shop.http.get(f"{shop.path}/items/1/bought-together")
    assert (page.status_code, "upload its sales" in page.json()["detail"]) == (404, True)
    basket = shop.http.post(f"{shop.path}/recommendations", json={"skus": ["none"]})
    assert (basket.status_code, "none of these items" in basket.json()["detail"]) == (404, True)


def test_rules_apply_at_once_everywhere_and_training_tells_what_they_cost(shop):
    def put(*rules, **headers):
        fields = {"placement": ["lists", "similar", "search", "basket"]}
        body = {"rules": [fields | rule for rule in rules]}
        return shop.http.put(f"{shop.path}/rules", json=body, headers=headers)

    def answers():
        """What the four placements show."""
        basket = shop.http.post(f"{shop.path}/recommendations", json={"skus": ["0", "1"]}).json()
        similar = shop.http.get(f"{shop.path}/items/0/similar").json()["matches"]
        rows = shop.recommendations(user(3)).json()["recommendations"]
        return [rows, similar, shop.matches(jpeg(0)), basket["recommendations"]]

    shop.ingest_numbers(range(40))
    response = put({"id": "top", "action": "pin", "position": 1, "skus": ["7", "absent"]})
    assert (response.json()["version"], response.headers["ETag"]) == (1, '"1"')
    assert response.json()["warnings"] == ["rule 'top': item 'absent' does not exist"]
    _, training = shop.import_sales(as_csv(order_lines()))
    assert training["state"] == "succeeded", training
    report = shop.http.get(f"{shop.path}/recommender").json()["report"]
    assert report["rules"]["ndcg_at_10"] < report["rules"]["without_rules"]
    lists, similar, matches, basket = answers()
    assert {rows[0]["sku"] for rows in (lists, similar, matches, basket)} == {"7"}
    assert (lists[0]["reasons"][0], basket[0]["reasons"][0]) == (
        {"kind": "rule", "rule": "top"},
    ) * 2
    assert similar[0]["rules"] == matches[0]["rules"] == ["top"]
    assert (
        put({"id": "no", "action": "exclude", "skus": ["7"]}, **{"If-Match": '"0"'}).status_code
        == 409
    )
    assert put({"id": "no", "action": "exclude", "skus": ["7"]}).json()["version"] == 2
    assert not any(row["sku"] == "7" for rows in answers() for row in rows)
    first = shop.http.get(f"{shop.path}/rules?version=1").json()["rules"]
    assert [rule["id"] for rule in first] == ["top"]
    assert shop.http.delete(f"{shop.path}/rules").status_code == 204
    assert shop.http.get(f"{shop.path}/rules").json()["version"] == 3
    assert all("rules" not in row or not row["rules"] for row in answers()[1])


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"filter": {"price": "cheap"}}, "filter"),
        ({"filter": {"price": "5"}}, "write the values as the attributes have them"),
        ({"skus": ["1"], "filter": {"price": 5}}, "either `filter` or `skus`"),
        ({"skus": ["1"], "colour": "red"}, "colour"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_the_reason(shop, rule, reason):
    shop.ingest([("A.jpg", jpeg(1))], manifest=b"sku,price\nA,5\n")
    body = {"rules": [{"id": "r", "placement": ["lists"], "action": "boost", **rule}]}
    response = shop.http.put(f"{shop.path}/rules", json=body)
    assert (response.status_code, reason in response.text) == (422, True), response.text
    assert shop.http.get(f"{shop.path}/rules").json() == {"version": 0, "rules": [], "warnings": []}
