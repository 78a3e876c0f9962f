"""Commands for sales and recommendations, against the whole stack."""

import csv
import html
import io
import json
import re
import sys
from itertools import takewhile

import pytest

from tests.support.sales import COLUMNS, as_csv, order_lines, user
from tests.support.shop_client import Shop, json_output

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def shop(stack):
    """A shop that was trained twice, with a rejected row in its second sales file."""
    with Shop(stack.url, "by-command") as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        _, first = shop.import_sales(as_csv(order_lines()))
        rows = order_lines(seed=2)
        rows[4][-1] = "soon"
        job, second = shop.import_sales(as_csv(rows))
        shop.upload, shop.trainings = job["result"]["upload"], (first["id"], second["id"])
        yield shop


@pytest.fixture
def command(run, shop):
    return lambda *arguments: run(*arguments, "-c", shop.name)


def rows_of(output, title):
    """The cells of a printed table, by the first cell of each row."""
    _, *lines = output.partition(title)[2].strip().splitlines()
    return {line.split()[0]: line.split()[1:] for line in takewhile(str.strip, lines)}


def test_the_report_shows_ours_popularity_and_all_candidates(command):
    state = json_output(command("report", "--json"))
    output = command("report").stdout
    rows = rows_of(output, "On the hold-out")
    metrics = ("ndcg_at_10", "recall_at_20", "map_at_12")
    assert len(rows) >= 6
    for name, result in state["report"]["holdout"].items():
        cells = rows["ours" if name == "blend" else name.split()[0]]
        if " " not in name:
            assert cells[:3] == [f"{result[metric]:.4f}" for metric in metrics]
            assert cells[3] == f"{result['coverage_at_10']:.1%}"
    assert list(rows)[:2] == ["ours", "popularity"]
    for words in ("By segment", "cold items", "country DE", "Chosen weights", "seconds: "):
        assert words in output
    assert state["generation"] in output


def test_the_report_is_written_as_an_html_page(command, tmp_path, shop):
    done = command("report", "--html", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert done.returncode == 0, done.stderr
    assert page == shop.http.get(f"{shop.path}/recommender/report").text


def test_before_the_first_training_run_the_report_says_what_to_do(run, shop):
    run("collections", "create", "untrained")
    done = run("report", "-c", "untrained")
    assert (done.returncode, "lookalike sales add" in done.stdout) == (0, True)


def test_a_rollback_serves_the_previous_lists_until_it_is_ended(command, shop):
    first, second = shop.trainings
    line = command("rollback").stdout
    assert f"now serving generation {first}; rolled back 20" in line
    assert f"new trainings are not published; {second} is kept" in line
    assert f"; {second} is kept" in command("report").stdout
    again = command("rollback")
    assert (again.returncode, "no previous generation" in again.stderr) == (1, True)
    assert json_output(command("rollback", "--end", "--json"))["generation"] == second
    assert "rolled back" not in command("report").stdout


def test_the_orders_of_a_customer_are_printed(command):
    rows = [row for row in (*order_lines(), *order_lines(seed=2)) if row[0] == user(3)]
    newest = max(row[-1] for row in rows)
    (first,) = json_output(command("orders", user(3), "--limit", 1, "--json"))
    assert {item["sku"] for item in first["items"]} == {row[1] for row in rows if row[-1] == newest}
    assert command("orders", user(3)).stdout.count("1 x ") == len(rows)


def test_rejected_rows_are_printed_or_saved(command, shop, tmp_path):
    done = command("sales", "rejects", shop.upload)
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert (row["line"], "soon" in row["text"]) == ("6", True)
    printed = command("sales", "reasons", shop.upload).stdout.splitlines()
    assert printed == [f"1 row: {row['reason']}", f"  line 6: {row['text']}"]
    command("sales", "rejects", shop.upload, "-o", tmp_path / "rejects.csv")
    assert (tmp_path / "rejects.csv").read_text() == done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["rejects.csv"]


def test_rejects_of_an_unknown_upload_leave_no_file(command, tmp_path):
    done = command("sales", "rejects", "no-such", "-o", tmp_path / "rejects.csv")
    assert (done.returncode, "does not exist" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_exported_lists_are_the_same_as_csv_and_as_jsonl(command, tmp_path):
    rows = list(csv.DictReader(io.StringIO(command("lists").stdout)))
    done = command("lists", "--format", "jsonl", "-o", tmp_path / "lists.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    lines = map(json.loads, (tmp_path / "lists.jsonl").read_text().splitlines())
    lists = {line["user"]: line["recommendations"] for line in lines}
    assert set(lists) == {user(n) for n in range(60)}
    assert [(row["user"], row["sku"]) for row in rows] == [
        (name, recommendation["sku"])
        for name, recommendations in lists.items()
        for recommendation in recommendations
    ]


def test_recommendations_are_shown_as_images_with_their_reasons(command, tmp_path, stack):
    sheet = tmp_path / "recommended.html"
    done = command("recommend", user(0), "-n", "4", "--html", sheet, "--json")
    rows = json_output(done)["recommendations"]
    page = sheet.read_text()
    cards = page.split("<article>")[1:]
    assert len(cards) == 4
    for card, row in zip(cards, rows, strict=True):
        assert f"<h2>{row['sku']} <small>{row['score']:.3f}</small>" in card
        assert card.count("<li>") == len(row["reasons"]) > 0
        assert card.startswith('<img src="data:image/jpeg;base64,')
    assert f"Recommended for {user(0)}" in html.unescape(page)
    assert not re.findall(r"(?:src|href)=\"(?!data:)", page)


def test_a_page_is_opened_in_the_browser(command, tmp_path, monkeypatch):
    browser = tmp_path / "browser"
    browser.write_text(f"#!{sys.executable}\nimport sys\nopen({str(tmp_path / 'seen')!r}, 'w')"
                       ".write(sys.argv[1])\n")  # fmt: skip
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    done = command("similar", "7", "-n", "3", "--open")
    assert done.returncode == 0, done.stderr
    (page,) = tmp_path.glob("lookalike-*.html")
    assert (tmp_path / "seen").read_text() == page.as_uri()
    assert page.read_text().count("<article>") == 3


def test_a_customer_is_erased_only_after_confirmation(command, shop):
    name = user(11)
    aborted = command("erase", name)
    assert (aborted.returncode, "Permanently erase" in aborted.stderr) == (1, True)
    assert json_output(command("recommend", name, "--json"))["personal"]
    assert "24 order lines" in command("erase", name, "--yes").stdout
    assert not json_output(command("recommend", name, "--json"))["personal"]


def test_an_erasure_that_finds_nobody_warns(command):
    done = command("erase", "nobody", "--yes")
    assert "warning: no sales of this customer were found" in done.stderr


def test_sales_are_added_listed_and_deleted_by_their_upload(command, tmp_path):
    header = ["customer", "thing", *COLUMNS[2:]]
    (tmp_path / "more.csv").write_bytes(as_csv(order_lines(users=10, seed=5), header))
    done = command("sales", "add", tmp_path / "more.csv", "--columns", "sku:thing")
    assert done.returncode == 0, done.stderr
    assert "columns: customer as md5email, thing as sku" in done.stdout
    assert "120 order lines imported" in done.stdout
    uploads = json_output(command("sales", "--json"))
    (upload,) = [row["id"] for row in uploads if row["filename"] == "more.csv"]
    deleted = json_output(command("sales", "delete", upload, "--yes", "--json"))
    assert deleted["state"] == "succeeded"
    assert upload not in command("sales").stdout
