"""Saving the results of benchmarks."""

import pytest

from benchmarks.support.results import Result, load_runs, save_results


def result(name, *rounds):
    return Result(name=name, rounds=rounds, unit="ms", better="lower")


def test_the_value_is_the_median_of_the_rounds():
    assert result("p50", 3, 1, 2).value == 2


def test_a_run_replaces_the_earlier_run_of_the_same_benchmark(tmp_path):
    file = tmp_path / "new" / "results.json"
    save_results("search", [result("p50", 1)], file)
    save_results("ingest", [result("decode", 2)], file)
    save_results("search", [result("p50", 3)], file)
    ingest, search = load_runs(file)
    assert (ingest.benchmark, search.benchmark) == ("ingest", "search")
    assert search.results == (result("p50", 3),)


def test_a_run_says_where_and_when_it_was_measured(tmp_path):
    save_results("search", [result("p50", 1)], tmp_path / "results.json")
    (run,) = load_runs(tmp_path / "results.json")
    assert run.machine.cores >= 1
    assert run.commit
    assert run.date.tzinfo


def test_two_results_with_the_same_name_are_rejected(tmp_path):
    with pytest.raises(ValueError, match="two results of benchmark 'search'"):
        save_results("search", [result("p50", 1), result("p50", 2)], tmp_path / "results.json")


def test_a_file_that_holds_something_else_is_not_replaced(tmp_path):
    file = tmp_path / "results.json"
    file.write_text("[]")
    with pytest.raises(ValueError, match="ResultsFile"):
        save_results("search", [result("p50", 1)], file)
    assert file.read_text() == "[]"
