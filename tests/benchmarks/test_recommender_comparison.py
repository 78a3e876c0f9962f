"""Comparing our recommender with others, and the table of it."""

from functools import partial

import numpy as np
import pytest

from benchmarks import recommender
from benchmarks.support.comparison import OURS, Comparison, Mean, Measurement, compare
from benchmarks.support.comparison_table import print_header, print_row
from benchmarks.support.peer import Peer
from benchmarks.support.peers import popularity
from benchmarks.support.results import load_runs, save_results
from tests.support.small_sales import random_split


def measurement(*ndcg, coverage=0.5):
    return Measurement(np.array(ndcg), coverage=coverage, seconds=2)


COMPARISON = Comparison(
    "shop, last 30 days, without repeats",
    {
        "EASE": measurement(0.1, 0.2, 0.6),
        "SVD": measurement(0.3, 0.0, 0.1),
        OURS: measurement(0.2, 0.4, 0.6),
    },
    {"iALS": "too many items (9 > 3)"},
)


def test_the_best_peer_is_the_best_on_average_of_the_others():
    assert COMPARISON.best_peer == "EASE"


def test_the_error_of_the_lead_is_that_of_the_paired_differences():
    lead = COMPARISON.lead("EASE")  # differences: 0.1, 0.2 and 0
    assert (lead.value, lead.error) == pytest.approx((0.1, 0.1 / 3**0.5))


def test_the_error_of_a_single_customer_is_unknown():
    assert np.isnan(Mean.of(np.array([0.5])).error)


def test_the_table_has_a_row_each_and_says_what_was_skipped(capsys):
    print_header()
    print_row(COMPARISON)
    header, row, skipped = capsys.readouterr().out.splitlines()
    assert row.startswith("shop, last 30 days, without repeats, 3 ")
    assert row[: header.index("EASE") + 4].split()[-1] == ".300±.153"
    assert row[: header.index("ours - best")].split()[-2:] == [".400±.115", "EASE"]
    assert row[header.index("ours - best") - 3 :].split() == [".100±.058", "+1.7", "2.0", "0.500"]
    assert skipped.strip() == "iALS skipped: too many items (9 > 3)"


@pytest.mark.parametrize("repeats", [True, False])
def test_ours_and_the_peers_are_measured_on_the_same_customers(repeats):
    split = random_split(users=30, items=40, orders=200, repeats=repeats)
    peers = {"popularity": Peer(popularity), "huge": Peer(popularity, max_items=1)}
    comparison = compare("shop", split, peers, max_users=10)
    assert {name: len(row.ndcg) for name, row in comparison.measurements.items()} == {
        "popularity": 10,
        OURS: 10,
    }
    assert comparison.measurements[OURS].ndcg.any()
    assert list(comparison.skipped) == ["huge"]


def write_sales(file, lines):
    header = "sku,md5email,order_id,country,zip,created_at"
    file.write_text("\n".join([header, *lines]) + "\n")


def test_all_files_of_a_folder_are_compared_and_saved(tmp_path, monkeypatch, capsys):
    lines = [
        f"i{(user * step) % 11},u{user},{user}-{step},DE,,2026-0{step}-01T00:00:00Z"
        for step in (1, 2, 3, 4)
        for user in range(12)
    ]
    write_sales(tmp_path / "shop.csv", sorted(lines, key=lambda line: line[-20:]))
    write_sales(
        tmp_path / "once.csv", [f"i{n},u{n},{n},DE,,2026-01-01T00:00:00Z" for n in range(9)]
    )
    monkeypatch.setattr("benchmarks.recommender.PEERS", {"popularity": Peer(popularity)})
    file = tmp_path / "results.json"
    monkeypatch.setattr("benchmarks.recommender.save_results", partial(save_results, file=file))
    options = ["--protocol", "days", "--repeats", "without"]
    recommender.main(["--all", str(tmp_path), *options])
    printed = capsys.readouterr().out
    assert "once, last 30 days, without repeats: nothing to predict" in printed
    (run,) = load_runs(file)
    assert [result.name.rpartition(": ")[2] for result in run.results] == [
        OURS,
        "best single peer",
        "coverage",
        "duration",
    ]


def test_a_set_that_does_not_exist_is_named(tmp_path):
    write_sales(tmp_path / "shop.csv", [])
    with pytest.raises(SystemExit, match="no sales file shops in"):
        recommender.main(["--all", str(tmp_path), "--only", "shops"])
