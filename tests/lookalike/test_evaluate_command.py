"""`lookalike evaluate`, run as its users run it: a file in, figures out, no server."""

import gzip
import json
import subprocess
import sys

import pytest

from tests.support.sales import COLUMNS, as_csv, order_lines

pytestmark = pytest.mark.slow


@pytest.fixture
def evaluate(tmp_path):
    def run(data, *options):
        path = tmp_path / "sales.csv"
        if data is not None:
            path.write_bytes(data)
        done = subprocess.run(
            [sys.executable, "-m", "lookalike", "evaluate", str(path), *options],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done

    return run


def with_bad_rows():
    rows = order_lines()
    rows[4][-1] = rows[7][-1] = "soon"
    rows[9][1] = "a/b"
    return rows


def test_the_table_and_the_json_tell_the_same_figures(evaluate):
    data = as_csv(order_lines())
    told = json.loads(evaluate(data, "--json").stdout)
    done = evaluate(data)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()]
    shown = {row[0]: row[1:] for row in rows if len(row) == 6 and "." in row[1]}
    assert len(shown) == len(told["test"]) >= 6
    for name, row in told["test"].items():
        figures = [f"{row[one]:.4f}" for one in ("ndcg@10", "recall@20", "map@12", "coverage@10")]
        assert shown["ours" if name == "blend" else name] == [*figures, str(row["users"])]
    assert told["gate"]["why"] in done.stdout


def test_two_tastes_are_learned_and_popularity_is_beaten(evaluate):
    told = json.loads(evaluate(as_csv(order_lines()), "--json").stdout)
    assert (told["rows"], told["users"], told["items"]) == (720, 60, 40)
    assert told["split"]["learned"] + told["split"]["held"] == 720
    assert told["gate"]["published"] == "model"
    assert told["test"]["blend"]["ndcg@10"] > 2 * told["test"]["popularity"]["ndcg@10"]
    assert "looks" not in told["test"]


def test_bad_rows_are_counted_by_reason_and_the_first_are_named(evaluate):
    data = gzip.compress(as_csv(with_bad_rows(), delimiter=";"))
    told = json.loads(evaluate(data, "--json").stdout)["sales"]
    assert (told["rows"], told["rejected"]) == (720, 3)
    assert [one["line"] for one in told["first_rejects"]] == [6, 9, 11]
    said = evaluate(data).stdout
    assert "3 set aside" in said
    assert "2 because created_at is not a date" in said
    assert "in lines 6, 9, 11" in said


def test_with_too_few_customers_it_says_that_nothing_is_proven(evaluate):
    done = evaluate(as_csv(order_lines(users=3)))
    assert done.returncode == 0
    assert "popularity is published" in done.stdout


def test_other_names_of_columns_can_be_told(evaluate):
    data = as_csv(order_lines(), [*COLUMNS[:1], "thing", *COLUMNS[2:]])
    told = json.loads(evaluate(data, "--columns", "sku:thing", "--json").stdout)
    assert (told["sales"]["accepted"], told["sales"]["columns"]["sku"]) == (720, "thing")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        (as_csv(order_lines(users=2), [*COLUMNS[:1], "thing", *COLUMNS[2:]]), "no column sku"),
        (as_csv([[*row[:-1], "soon"] for row in order_lines(users=2)]), "no row of the file"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line_with_code_1(evaluate, data, said):
    done = evaluate(data)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("lookalike: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_needs_no_file(evaluate):
    done = evaluate(None, "--help")
    assert done.returncode == 0
    assert "lookalike evaluate" in done.stdout
