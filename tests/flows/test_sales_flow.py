"""Sales in, lists out: over HTTP, on the whole stack."""

import csv
import gzip
import io
import json
from urllib.parse import quote

import pytest
from redis import Redis
from typer.testing import CliRunner

from core.storage import Files
from lookalike import Lookalike
from lookalike.cli import app
from tests.support.sales import COLUMNS, as_csv, order_lines, user
from tests.support.shop_client import eventually

pytestmark = pytest.mark.stack


def send(shop, data, **headers):
    headers = {"content-type": "text/csv"} | headers
    return shop.http.post(f"{shop.path}/sales", content=data, headers=headers)


def add(shop, data):
    """Send sales; wait for the import and its training."""
    answer = send(shop, data)
    assert answer.status_code == 202, answer.text
    job = shop.ended(answer.json()["id"])
    assert job["state"] == "succeeded", job
    return job, shop.ended(job["result"]["training"])


def recommended(shop, name, **params):
    return shop.http.get(f"{shop.path}/users/{name}/recommendations", params=params)


def skus(answer):
    return [row["sku"] for row in answer.json()["recommendations"]]


@pytest.fixture
def trained(shop):
    """A shop of 40 items, and sales of 60 customers."""
    shop.ingest_numbers(range(40))
    job, training = add(shop, as_csv(order_lines()))
    assert training["state"] == "succeeded", training
    shop.imported, shop.training = job, training
    return shop


def test_customers_are_offered_new_items_of_their_taste_and_told_why(trained):
    bought = {row[1] for row in order_lines() if row[0] == user(0)}
    answer = recommended(trained, user(0), limit=5)
    body = answer.json()
    assert (answer.status_code, body["personal"]) == (200, True)
    assert body["generation"] == trained.training["id"]
    assert len(body["recommendations"]) == 5
    assert not bought & set(skus(answer))
    assert all(int(sku) < 20 for sku in skus(answer))
    assert all(row["reasons"] for row in body["recommendations"])
    image = trained.http.get(body["recommendations"][0]["image_url"])
    assert image.headers["content-type"] == "image/jpeg"


def test_an_unknown_customer_is_offered_what_is_popular(trained):
    body = recommended(trained, "nobody", country="DE", zip="10115").json()
    assert body["personal"] is False
    assert body["recommendations"]
    assert recommended(trained, "nobody").json()["recommendations"]


def test_the_report_tells_of_rows_users_and_items(trained):
    told = trained.imported["result"]
    assert (told["rows"], told["accepted"], told["rejected"]) == (720, 720, 0)
    state = trained.http.get(f"{trained.path}/recommender").json()
    assert state["stale"] is False
    assert state["report"]["users"] == 60


def test_a_file_without_a_column_is_refused_at_once(shop):
    columns = ["md5email", "thing", "order_id", "zip", "country", "created_at"]
    answer = send(shop, as_csv(order_lines(), columns))
    assert answer.status_code == 422
    assert "sku" in answer.json()["detail"]
    assert "thing" in answer.json()["detail"]


def test_the_columns_of_any_shop_are_taken_and_addresses_go_no_further(shop, stack):
    address, digest = " Ann@Example.org ", "8b5a6a28fc840441be692d74a81ccd1a"
    shop.ingest_numbers(range(40))
    rows = [[row[0].replace(user(7), address), *row[1:]] for row in order_lines()]
    rows[5:5] = [[address, "1", "x", "", "", "soon"]]
    header = ["email", "thing", "order", "postcode", "country", "order_date"]
    data = as_csv(rows, header)
    assert send(shop, data).status_code == 422
    answer = shop.http.post(
        f"{shop.path}/sales",
        content=data,
        params={"columns": "sku:thing"},
        headers={"content-type": "text/csv"},
    )
    job = shop.ended(answer.json()["id"])
    shop.ended(job["result"]["training"])
    assert job["result"]["columns"] == dict(zip(COLUMNS, header, strict=True))
    for name in (digest, "ann@example.org", quote(address)):
        body = recommended(shop, name).json()
        assert (body["user"], body["personal"]) == (digest, True)
    with Lookalike(shop.url) as server:
        assert server.recommender(shop.name).recommend(address).user == digest
    rejects = shop.http.get(f"{shop.path}/sales/{job['id']}/rejects.csv").text
    assert digest in rejects
    kept = [path.read_bytes() for path in (stack.data / "store").rglob("*") if path.is_file()]
    assert not [data for data in kept if b"example.org" in data.lower()]


def test_the_same_file_with_other_columns_is_another(shop):
    rows = [[*row, row[1]] for row in order_lines(users=4)]
    data = as_csv(rows, [*COLUMNS, "article"])
    add(shop, data)
    answer = shop.http.post(
        f"{shop.path}/sales?columns=sku:article",
        content=data,
        headers={"content-type": "text/csv"},
    )
    assert "duplicate_of" not in shop.ended(answer.json()["id"])["result"]


def test_a_file_without_a_good_row_fails_and_says_why(shop):
    rows = [[*row[:-1], "soon"] for row in order_lines(users=3)]
    job = shop.ended(send(shop, as_csv(rows)).json()["id"])
    assert job["state"] == "failed"
    assert "no row of the file can be used" in job["problem"]["detail"]
    assert shop.http.get(f"{shop.path}/sales").json()["items"] == []


def test_bad_rows_are_set_aside_with_their_lines(shop):
    rows = order_lines(users=10)
    rows[4][-1] = "soon"
    job, _ = add(shop, gzip.compress(as_csv(rows)))
    assert job["result"]["rejected"] == 1
    found = shop.http.get(f"{shop.path}/sales/{job['result']['upload']}/rejects.csv")
    rejects = list(csv.DictReader(io.StringIO(found.text)))
    assert [row["line"] for row in rejects] == ["6"]
    assert "soon" in rejects[0]["text"]


def test_sold_skus_that_are_no_items_are_counted_and_never_offered(shop):
    shop.ingest_numbers(range(5))
    job, _ = add(shop, as_csv(order_lines(skus=40)))
    assert job["result"]["unknown_skus"] == 35
    offered = {sku for n in range(60) for sku in skus(recommended(shop, user(n)))}
    assert offered <= {str(n) for n in range(5)}


def test_the_same_file_twice_counts_once_and_is_said_to_be_known(trained):
    known = trained.http.get(f"{trained.path}/sales").json()
    again = trained.ended(send(trained, as_csv(order_lines())).json()["id"])["result"]
    assert again["duplicate_of"] == known["items"][0]["id"]
    assert again["training"] is None
    assert trained.http.get(f"{trained.path}/sales").json() == known


def test_a_deleted_file_can_be_sent_again(trained):
    upload = trained.imported["result"]["upload"]
    job = trained.ended(trained.http.delete(f"{trained.path}/sales/{upload}").json()["id"])
    trained.ended(job["result"]["training"])
    again, training = add(trained, as_csv(order_lines()))
    assert "duplicate_of" not in again["result"]
    assert training["result"]["rows"] == 720


def test_the_same_lines_in_another_file_count_once(trained):
    _, training = add(trained, as_csv(order_lines()[::-1]))
    assert training["result"]["rows"] == 720


def test_a_return_undoes_its_purchase_and_the_future_is_refused(shop):
    shop.ingest_numbers(range(40))
    rows = [[*row, "1"] for row in order_lines()]
    rows += [[*rows[0][:-1], "-1"], [*rows[1][:5], "2999-01-01T00:00:00Z", "1"]]
    job, training = add(shop, as_csv(rows, [*COLUMNS, "quantity"]))
    assert (job["result"]["accepted"], job["result"]["rejected"]) == (721, 1)
    found = shop.http.get(f"{shop.path}/sales/{job['result']['upload']}/rejects.csv")
    assert [row["line"] for row in csv.DictReader(io.StringIO(found.text))] == ["723"]
    assert training["result"]["rows"] == 719


def test_a_deleted_item_is_offered_to_nobody_at_once(trained):
    first = skus(recommended(trained, user(0)))[0]
    trained.http.delete(f"{trained.path}/items/{first}")
    assert first not in skus(recommended(trained, user(0)))


def exported(shop):
    """Every sku in anybody's list, of both formats of the export."""
    path = f"{shop.path}/recommendations"
    lines = map(json.loads, shop.http.get(path).text.splitlines())
    told = {row["sku"] for line in lines for row in line["recommendations"]}
    table = csv.DictReader(io.StringIO(shop.http.get(f"{path}?format=csv").text))
    assert {row["sku"] for row in table} == told
    return told


def test_a_deleted_item_is_in_nobody_s_exported_list_also_after_going_back(trained):
    first = skus(recommended(trained, user(0)))[0]
    assert first in exported(trained)
    trained.http.delete(f"{trained.path}/items/{first}")
    assert first not in exported(trained)
    add(trained, as_csv(order_lines(seed=2)))
    trained.http.post(f"{trained.path}/recommender/rollback")
    assert first not in exported(trained)
    assert first not in skus(recommended(trained, user(0)))


def test_a_training_can_be_taken_back_and_forth(trained):
    before = skus(recommended(trained, user(0)))
    then = trained.http.get(f"{trained.path}/recommender").json()["trained_at"]
    _, training = add(trained, as_csv(order_lines(seed=2)))
    after = skus(recommended(trained, user(0)))
    live = trained.http.get(f"{trained.path}/recommender").json()["report"]["live"]
    assert live["generation"] == trained.training["id"]
    assert live["why"]
    back = trained.http.post(f"{trained.path}/recommender/rollback").json()
    assert (back["generation"], back["previous"]) == (trained.training["id"], training["id"])
    assert (back["trained_at"], back["stale"]) == (then, True)
    assert skus(recommended(trained, user(0))) == before
    forth = trained.http.post(f"{trained.path}/recommender/rollback").json()
    assert forth["trained_at"] > then
    assert forth["stale"] is False
    assert skus(recommended(trained, user(0))) == after


def test_lists_before_that_the_cache_lost_are_filled_in_while_those_after_are_served(
    trained, stack
):
    add(trained, as_csv(order_lines(seed=2)))
    Redis.from_url(stack.settings.cache).delete(
        *(
            f"lookalike:lists:{trained.name}:{trained.training['id']}{part}"
            for part in ("", ":users")
        )
    )
    trained.http.post(f"{trained.path}/recommender/rollback")

    def back():
        answer = recommended(trained, user(0))
        assert answer.status_code == 200
        return answer.json()["generation"] == trained.training["id"]

    eventually(back)


def test_many_uploads_at_once_are_all_learned_by_few_trainings(trained):
    made = [order_lines(users=30, seed=seed) for seed in range(3, 8)]
    jobs = [send(trained, as_csv(rows)).json()["id"] for rows in made]
    imports = [trained.ended(job) for job in jobs]
    trainings = {trained.ended(job["result"]["training"])["id"] for job in imports}
    assert len(trainings) < len(jobs)
    lines = {tuple(row) for rows in [order_lines(), *made] for row in rows}
    state = trained.http.get(f"{trained.path}/recommender").json()
    assert (state["stale"], state["report"]["rows"]) == (False, len(lines))


def test_lists_that_redis_lost_are_filled_in_again_from_the_store(trained, stack):
    before = recommended(trained, user(0)).json()
    cache = Redis.from_url(stack.settings.cache)
    cache.delete(*cache.keys(f"lookalike:lists:{trained.name}:*"))
    answer = recommended(trained, user(0))
    assert answer.status_code in {200, 503}
    jobs = trained.http.get("/v1/jobs", params={"collection": trained.name}).json()["items"]
    trained.ended(next(job["id"] for job in jobs if job["kind"] == "refill-lists"))
    assert recommended(trained, user(0)).json() == before


def test_lists_that_redis_lost_are_filled_in_again_before_anybody_asks(trained, stack):
    cache = Redis.from_url(stack.settings.cache)
    cache.delete(*cache.keys(f"lookalike:lists:{trained.name}:*"))
    eventually(lambda: cache.get(f"lookalike:lists:{trained.name}:live"))
    assert recommended(trained, user(0)).json()["personal"] is True


def test_of_an_erased_customer_nothing_is_left(trained, stack):
    name = user(7)
    assert recommended(trained, name).json()["personal"]
    job = trained.http.delete(f"{trained.path}/users/{name}").json()
    job = trained.ended(job["id"])
    assert job["result"]["rows"] == 12
    rows = Redis.from_url(stack.settings.redis)
    assert not any(
        name.encode() in str(rows.hgetall(key)).encode()
        for key in rows.keys("*job:*")
        if rows.type(key) == b"hash"
    )
    assert recommended(trained, name).json()["personal"] is False
    trained.ended(job["result"]["training"])
    assert recommended(trained, name).json()["personal"] is False
    assert trained.http.get(f"{trained.path}/users", params={"prefix": name}).json()["items"] == []
    files = Files(stack.settings.store)
    state = trained.http.get(f"{trained.path}/recommender").json()
    assert state["report"]["users"] == 59
    folder = f"collections/{trained.name}/lists/{state['generation']}"
    assert all(name.encode() not in files.read(f"{folder}/{n}") for n in files.names(folder))


def test_a_customer_whose_name_has_a_slash_is_asked_for_and_erased(shop):
    name = "till/7"
    shop.ingest_numbers(range(40))
    add(shop, as_csv([[row[0].replace(user(7), name), *row[1:]] for row in order_lines()]))
    assert recommended(shop, "till%2F7").json()["user"] == name
    with Lookalike(shop.url) as server:
        recommender = server.recommender(shop.name)
        assert recommender.recommend(name).personal
        words = ["recommend", name, "-c", shop.name, "--url", shop.url, "--json"]
        assert json.loads(CliRunner().invoke(app, words).stdout)["personal"]
        assert recommender.erase(name).wait().result["rows"] == 12
        assert not recommender.recommend(name).personal


def test_a_file_sent_again_after_an_erasure_brings_the_customer_back(trained):
    job = trained.ended(trained.http.delete(f"{trained.path}/users/{user(7)}").json()["id"])
    trained.ended(job["result"]["training"])
    again, training = add(trained, as_csv(order_lines()))
    assert "duplicate_of" not in again["result"]
    assert training["result"]["rows"] == 720


def test_every_list_can_be_had_at_once(trained):
    path = f"{trained.path}/recommendations"
    lines = trained.http.get(path).text.splitlines()
    rows = {row["user"]: row["recommendations"] for row in map(json.loads, lines)}
    assert set(rows) == {user(n) for n in range(60)}
    table = list(csv.DictReader(io.StringIO(trained.http.get(f"{path}?format=csv").text)))
    mine = [row["sku"] for row in table if row["user"] == user(3)]
    assert mine == [row["sku"] for row in rows[user(3)]]


def test_users_are_paged_by_prefix(trained):
    path = f"{trained.path}/users"
    page = trained.http.get(path, params={"limit": 50}).json()
    more = trained.http.get(path, params={"limit": 50, "cursor": page["next_cursor"]}).json()
    assert [u["user"] for u in page["items"] + more["items"]] == sorted(user(n) for n in range(60))
    one = trained.http.get(path, params={"prefix": user(5)}).json()["items"]
    assert [(u["user"], u["orders"], len(u["purchases"])) for u in one] == [(user(5), 6, 12)]


def test_without_sales_there_is_nothing_to_offer_and_it_is_said(shop):
    answer = recommended(shop, "nobody")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert "upload its sales" in answer.json()["detail"]
    assert shop.http.post(f"{shop.path}/recommender").status_code == 409


def test_when_all_sales_are_deleted_nothing_is_offered(trained):
    job = trained.ended(trained.http.delete(f"{trained.path}/sales").json()["id"])
    trained.ended(job["result"]["training"])
    assert recommended(trained, user(0)).status_code == 404


def test_the_report_of_a_training_is_a_page_and_without_one_there_is_none(shop):
    path = f"{shop.path}/recommender/report"
    problem = shop.http.get(path)
    assert (problem.status_code, problem.json()["code"]) == (404, "not-found")
    shop.ingest_numbers(range(40))
    _, training = add(shop, as_csv([[*row[:4], "<i>", row[5]] for row in order_lines()]))
    assert training["state"] == "succeeded", training
    page = shop.http.get(path)
    assert page.status_code == 200, page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert training["id"] in page.text
    assert "The model is published" in page.text
    assert "country &lt;I&gt;" in page.text
