"""Sales are imported over HTTP: columns, rejected rows, duplicates and deletions."""

import csv
import gzip
import io
from urllib.parse import quote

import pytest

from lookalike import Lookalike
from tests.support.sales import COLUMNS, as_csv, order_lines, user
from tests.support.shop_client import CSV

pytestmark = pytest.mark.stack


def read_rejects(shop, upload):
    """Return the rejected rows of an upload."""
    response = shop.http.get(f"{shop.path}/sales/{upload}/rejects.csv")
    return list(csv.DictReader(io.StringIO(response.text)))


def test_the_import_report_counts_rows_and_the_training_report_counts_users(trained):
    report = trained.imported["result"]
    assert (report["rows"], report["accepted"], report["rejected"]) == (720, 720, 0)
    state = trained.http.get(f"{trained.path}/recommender").json()
    assert state["stale"] is False
    assert state["report"]["users"] == 60


def test_a_file_with_a_missing_column_is_refused_at_once(shop):
    columns = ["md5email", "thing", "order_id", "zip", "country", "created_at"]
    response = shop.send_sales(as_csv(order_lines(), columns))
    assert response.status_code == 422
    assert "sku" in response.json()["detail"]
    assert "thing" in response.json()["detail"]


def test_other_column_names_are_accepted_and_email_addresses_are_stored_as_digests_only(
    shop, stack
):
    address, digest = " Ann@Example.org ", "8b5a6a28fc840441be692d74a81ccd1a"
    shop.ingest_numbers(range(40))
    rows = [[row[0].replace(user(7), address), *row[1:]] for row in order_lines()]
    rows[5:5] = [[address, "1", "x", "", "", "soon"]]
    header = ["email", "thing", "order", "postcode", "country", "order_date"]
    data = as_csv(rows, header)
    assert shop.send_sales(data).status_code == 422
    columns = {"columns": "sku:thing"}
    response = shop.http.post(f"{shop.path}/sales", content=data, params=columns, headers=CSV)
    job = shop.wait_for_job(response.json()["id"])
    shop.wait_for_job(job["result"]["training"])
    assert job["result"]["columns"] == dict(zip(COLUMNS, header, strict=True))
    for name in (digest, "ann@example.org", quote(address)):
        body = shop.recommendations(name).json()
        assert (body["user"], body["personal"]) == (digest, True)
    with Lookalike(shop.url) as server:
        assert server.recommender(shop.name).recommend(address).user == digest
    rejects = shop.http.get(f"{shop.path}/sales/{job['id']}/rejects.csv").text
    assert digest in rejects
    paths = (stack.data / "store").rglob("*")
    assert not [
        path for path in paths if path.is_file() and b"example.org" in path.read_bytes().lower()
    ]


def test_the_same_file_with_another_column_mapping_is_not_a_duplicate(shop):
    rows = [[*row, row[1]] for row in order_lines(users=4)]
    data = as_csv(rows, [*COLUMNS, "article"])
    shop.import_sales(data)
    path = f"{shop.path}/sales?columns=sku:article"
    response = shop.http.post(path, content=data, headers=CSV)
    assert "duplicate_of" not in shop.wait_for_job(response.json()["id"])["result"]


def test_the_order_of_day_and_month_can_be_stated_and_counts_for_later_files(shop):
    rows = [[*row[:-1], "2/1/2025"] for row in order_lines(users=3)]

    def date_format(data, **params):
        response = shop.http.post(f"{shop.path}/sales", content=data, params=params, headers=CSV)
        return shop.wait_for_job(response.json()["id"])["result"]["date_format"]

    assert date_format(as_csv(rows)).startswith("day first, assumed")
    assert date_format(as_csv(rows), dates="month-first").startswith("month first, as stated")
    assert date_format(as_csv(rows[1:])).startswith("month first, as in earlier files")
    assert shop.http.get(f"{shop.path}/sales").json()["items"][0]["report"]["assumptions"]


def test_a_stated_encoding_is_used_and_an_unknown_one_refused(shop):
    rows = [[*row[:4], "Győr", row[5]] for row in order_lines(users=3)]
    data = as_csv(rows).decode().encode("windows-1250")

    def send(encoding):
        params = {"encoding": encoding}
        return shop.http.post(f"{shop.path}/sales", content=data, params=params, headers=CSV)

    assert send("latin-99").status_code == 422
    report = shop.wait_for_job(send("windows-1250").json()["id"])["result"]
    assert (report["encoding"], report["assumptions"]) == ("windows-1250", [])


def test_cancelled_orders_and_guests_are_no_sales(shop):
    rows = [[*row, "paid"] for row in order_lines(users=4)]
    rows[3][-1] = "refunded"
    rows[5][0] = "guest"
    response = shop.send_sales(as_csv(rows, [*COLUMNS, "status"]))
    job = shop.wait_for_job(response.json()["id"])
    assert job["result"]["left_out"] == {"refunded": 1}
    assert job["result"]["reasons"] == {"customer (md5email) is only a placeholder: guest": 1}
    assert job["progress"]["total"] == len(rows) - 1


def test_a_file_without_a_valid_row_fails_and_says_why(shop):
    rows = [[*row[:-1], "soon"] for row in order_lines(users=3)]
    job = shop.wait_for_job(shop.send_sales(as_csv(rows)).json()["id"])
    assert job["state"] == "failed"
    assert "no row of the file can be used" in job["problem"]["detail"]
    assert shop.http.get(f"{shop.path}/sales").json()["items"] == []


def test_sales_without_dates_are_imported_and_the_refusal_of_their_training_is_shown(shop):
    shop.ingest_numbers(range(5))
    rows = [[*row[:-1], "2026-01-02"] for row in order_lines()]
    _, training = shop.import_sales(as_csv(rows))
    reason = training["problem"]["detail"]
    assert training["state"] == "failed"
    assert "720 of 720 order lines are dated between 2026-01-02" in reason
    state = shop.http.get(f"{shop.path}/recommender").json()
    assert (state["generation"], state["refusal"]) == (None, reason)
    page = shop.http.get(f"{shop.path}/recommender/report")
    assert (page.status_code, reason in page.json()["detail"]) == (404, True)


def test_rejected_rows_can_be_read_with_their_line_numbers(shop):
    rows = order_lines(users=10)
    rows[4][-1] = "soon"
    job, _ = shop.import_sales(gzip.compress(as_csv(rows)))
    assert job["result"]["rejected"] == 1
    rejects = read_rejects(shop, job["result"]["upload"])
    assert [row["line"] for row in rejects] == ["6"]
    assert "soon" in rejects[0]["text"]


def test_the_same_file_twice_counts_once_and_is_reported_as_a_duplicate(trained):
    sales = trained.http.get(f"{trained.path}/sales").json()
    job = trained.send_sales(as_csv(order_lines())).json()["id"]
    report = trained.wait_for_job(job)["result"]
    assert report["duplicate_of"] == sales["items"][0]["id"]
    assert report["training"] is None
    assert trained.http.get(f"{trained.path}/sales").json() == sales


def test_a_deleted_file_can_be_imported_again(trained):
    upload = trained.imported["result"]["upload"]
    deletion = trained.http.delete(f"{trained.path}/sales/{upload}").json()["id"]
    trained.wait_for_job(trained.wait_for_job(deletion)["result"]["training"])
    job, training = trained.import_sales(as_csv(order_lines()))
    assert "duplicate_of" not in job["result"]
    assert training["result"]["order_lines"] == 720


def test_the_same_order_lines_in_another_file_count_once(trained):
    _, training = trained.import_sales(as_csv(order_lines()[::-1]))
    assert training["result"]["order_lines"] == 720


def test_a_return_cancels_its_purchase_and_a_future_date_is_rejected(shop):
    shop.ingest_numbers(range(40))
    rows = [[*row, "1"] for row in order_lines()]
    rows += [[*rows[0][:-1], "-1"], [*rows[1][:5], "2999-01-01T00:00:00Z", "1"]]
    job, training = shop.import_sales(as_csv(rows, [*COLUMNS, "quantity"]))
    assert (job["result"]["accepted"], job["result"]["rejected"]) == (721, 1)
    rejects = read_rejects(shop, job["result"]["upload"])
    assert [row["line"] for row in rejects] == ["723"]
    assert training["result"]["order_lines"] == 719


def test_many_uploads_at_once_are_covered_by_few_trainings(trained):
    files = [order_lines(users=30, seed=seed) for seed in range(3, 8)]
    jobs = [trained.send_sales(as_csv(rows)).json()["id"] for rows in files]
    imports = [trained.wait_for_job(job) for job in jobs]
    trainings = {trained.wait_for_job(job["result"]["training"])["id"] for job in imports}
    assert len(trainings) < len(jobs)
    lines = {tuple(row) for rows in [order_lines(), *files] for row in rows}
    state = trained.http.get(f"{trained.path}/recommender").json()
    assert (state["stale"], state["report"]["order_lines"]) == (False, len(lines))
