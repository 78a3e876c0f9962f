"""Sales and recommendations by the command line, against the whole stack."""

import csv
import html
import io
import json
import re
import sys
from itertools import takewhile

import pytest

from tests.flows.test_sales_flow import add
from tests.support.sales import COLUMNS, as_csv, order_lines, user
from tests.support.shop_client import Shop, answer

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def shop(stack):
    """A shop that has been trained twice, and whose second file has a bad row."""
    with Shop(stack.url, "by-command") as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        _, first = add(shop, as_csv(order_lines()))
        rows = order_lines(seed=2)
        rows[4][-1] = "soon"
        job, second = add(shop, as_csv(rows))
        shop.upload, shop.trainings = job["result"]["upload"], (first["id"], second["id"])
        yield shop


@pytest.fixture
def command(run, shop):
    return lambda *arguments: run(*arguments, "-c", shop.name)


def rows_of(said, first):
    """The cells of a printed table, by the first of each row."""
    _, *lines = said.partition(first)[2].strip().splitlines()
    return {line.split()[0]: line.split()[1:] for line in takewhile(str.strip, lines)}


def test_the_report_shows_ours_beside_popularity_and_all_candidates(command):
    told = answer(command("report", "--json"))
    said = command("report").stdout
    shown = rows_of(said, "On the sales held back")
    figures = ("ndcg@10", "recall@20", "map@12")
    assert len(shown) >= 6
    for name, row in told["report"]["test"].items():
        cells = shown["ours" if name == "blend" else name.split()[0]]
        if " " not in name:
            assert cells[:3] == [f"{row[one]:.4f}" for one in figures]
            assert cells[3] == f"{row['coverage@10']:.1%}"
    assert list(shown)[:2] == ["ours", "popularity"]
    for words in ("By segment", "cold items", "country DE", "Chosen weights", "seconds: "):
        assert words in said
    assert told["generation"] in said


def test_the_report_is_written_as_a_page(command, tmp_path, shop):
    done = command("report", "--html", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert done.returncode == 0, done.stderr
    assert page == shop.http.get(f"{shop.path}/recommender/report").text


def test_without_a_training_the_report_says_what_to_do(run, shop):
    run("collections", "create", "untrained")
    done = run("report", "-c", "untrained")
    assert (done.returncode, "lookalike sales add" in done.stdout) == (0, True)


def test_a_rollback_brings_the_lists_before_and_once_more_those_after(command, shop):
    first, second = shop.trainings
    assert answer(command("rollback", "--json"))["generation"] == first
    assert f"generation {second} is served" in command("rollback").stdout


def test_rows_that_were_set_aside_are_printed_or_saved(command, shop, tmp_path):
    said = command("sales", "rejects", shop.upload)
    (row,) = csv.DictReader(io.StringIO(said.stdout))
    assert (row["line"], "soon" in row["text"]) == ("6", True)
    command("sales", "rejects", shop.upload, "-o", tmp_path / "rejects.csv")
    assert (tmp_path / "rejects.csv").read_text() == said.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["rejects.csv"]


def test_rejects_of_an_upload_that_is_not_there_leave_no_file(command, tmp_path):
    done = command("sales", "rejects", "no-such", "-o", tmp_path / "rejects.csv")
    assert (done.returncode, "does not exist" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_everybodys_lists_are_the_same_as_csv_and_as_lines_of_json(command, tmp_path):
    rows = list(csv.DictReader(io.StringIO(command("lists").stdout)))
    done = command("lists", "--format", "jsonl", "-o", tmp_path / "lists.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    lines = map(json.loads, (tmp_path / "lists.jsonl").read_text().splitlines())
    lists = {line["user"]: line["recommendations"] for line in lines}
    assert set(lists) == {user(n) for n in range(60)}
    assert [(row["user"], row["sku"]) for row in rows] == [
        (name, one["sku"]) for name, offered in lists.items() for one in offered
    ]


def test_what_is_offered_is_shown_as_pictures_with_their_reasons(command, tmp_path, stack):
    sheet = tmp_path / "offered.html"
    done = command("recommend", user(0), "-n", "4", "--html", sheet, "--json")
    offered = answer(done)["recommendations"]
    page = sheet.read_text()
    cards = page.split("<article>")[1:]
    assert len(cards) == 4
    for card, one in zip(cards, offered, strict=True):
        assert f"<h2>{one['sku']} <small>{one['score']:.3f}</small>" in card
        assert card.count("<li>") == len(one["reasons"]) > 0
        assert card.startswith('<img src="data:image/jpeg;base64,')
    assert f"What is offered to {user(0)}?" in html.unescape(page)
    assert not re.findall(r"(?:src|href)=\"(?!data:)", page)


def test_a_sheet_is_opened_in_the_browser(command, tmp_path, monkeypatch):
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


def test_a_customer_is_erased_only_when_it_is_meant(command, shop):
    name = user(11)
    asked = command("erase", name)
    assert (asked.returncode, "for good?" in asked.stderr) == (1, True)
    assert answer(command("recommend", name, "--json"))["personal"]
    assert "24 order lines" in command("erase", name, "--yes").stdout
    assert not answer(command("recommend", name, "--json"))["personal"]


def test_sales_are_added_listed_and_deleted_by_their_upload(command, tmp_path):
    header = ["customer", "thing", *COLUMNS[2:]]
    (tmp_path / "more.csv").write_bytes(as_csv(order_lines(users=10, seed=5), header))
    done = command("sales", "add", tmp_path / "more.csv", "--columns", "sku:thing")
    assert done.returncode == 0, done.stderr
    assert "columns taken: customer as md5email, thing as sku" in done.stdout
    assert "120 order lines taken in" in done.stdout
    (upload,) = [one["id"] for one in answer(command("sales", "--json"))
                 if one["filename"] == "more.csv"]  # fmt: skip
    deleted = answer(command("sales", "delete", upload, "--yes", "--json"))
    assert deleted["state"] == "succeeded"
    assert upload not in command("sales").stdout
