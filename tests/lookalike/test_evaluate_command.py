"""`lookalike evaluate`: a file in, figures out, no server."""

import gzip
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from lookalike.cli import app
from tests.support.sales import COLUMNS, as_csv, order_lines

pytestmark = pytest.mark.slow


@pytest.fixture
def evaluate(tmp_path):
    def run(data, *options):
        path = tmp_path / "sales.csv"
        if data is not None:
            path.write_bytes(data)
        done = CliRunner().invoke(app, ["evaluate", str(path), *options])
        assert "Traceback" not in done.stderr
        return done

    return run


SHARES = ("coverage_at_10", "cold_share_at_10", "hit_rate_at_10")


def with_bad_rows():
    rows = order_lines()
    rows[4][-1] = rows[7][-1] = "soon"
    rows[9][1] = ".."
    return rows


def test_the_table_and_the_json_have_the_same_metrics(evaluate):
    data = as_csv(order_lines())
    report = json.loads(evaluate(data, "--json").stdout)
    done = evaluate(data)
    assert (done.exit_code, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()]
    cells = {row[0]: row[1:] for row in rows if len(row) == 8 and row[4].endswith("%")}
    assert len(cells) == len(report["holdout"]) >= 6
    for name, row in report["holdout"].items():
        metrics = [f"{row[metric]:.4f}" for metric in ("ndcg_at_10", "recall_at_20", "map_at_12")]
        shares = [f"{row[share]:.1%}" for share in SHARES]
        expected = [*metrics, *shares, str(row["users"])]
        assert cells["ours" if name == "blend" else name] == expected
    assert report["decision"]["reason"] in done.stdout


def test_two_tastes_are_learned_and_popularity_is_beaten(evaluate):
    report = json.loads(evaluate(as_csv(order_lines()), "--json").stdout)
    assert (report["order_lines"], report["users"], report["items"]) == (720, 60, 40)
    assert report["split"]["training_lines"] + report["split"]["holdout_lines"] == 720
    assert report["decision"]["published"] == "model"
    blend, popularity = (report["holdout"][name] for name in ("blend", "popularity"))
    assert blend["ndcg_at_10"] > 2 * popularity["ndcg_at_10"]
    assert "visual" not in report["holdout"]


def test_rejected_rows_are_counted_by_reason_and_the_first_are_listed(evaluate):
    data = gzip.compress(as_csv(with_bad_rows(), delimiter=";"))
    report = json.loads(evaluate(data, "--json").stdout)["sales"]
    assert (report["rows"], report["rejected"]) == (720, 3)
    assert [row["line"] for row in report["first_rejects"]] == [6, 9, 11]
    output = evaluate(data).stdout
    assert "3 rejected" in output
    assert "2 because date (created_at) is not a date" in output
    assert "in lines 6, 9, 11" in output


def test_with_few_customers_nothing_can_be_compared_and_the_output_says_so(evaluate):
    done = evaluate(as_csv(order_lines(users=3)))
    assert done.exit_code == 0
    assert "oo few customers to tell: 1 customer came back, 20 are needed" in done.stdout


def test_columns_can_have_other_names(evaluate):
    data = as_csv(order_lines(), [*COLUMNS[:1], "thing", *COLUMNS[2:]])
    sales = json.loads(evaluate(data, "--columns", "sku:thing", "--json").stdout)["sales"]
    assert (sales["accepted"], sales["columns"]["sku"]) == (720, "thing")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        (
            as_csv(order_lines(users=2), [*COLUMNS[:1], "thing", *COLUMNS[2:]]),
            "no column for the sku",
        ),
        (as_csv([[*row[:-1], "soon"] for row in order_lines(users=2)]), "no row of the file"),
    ],
)
def test_an_unusable_file_is_reported_in_one_line_with_code_1(evaluate, data, message):
    done = evaluate(data)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("lookalike: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_needs_no_file():
    command = [sys.executable, "-m", "lookalike", "evaluate", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "lookalike evaluate" in done.stdout
