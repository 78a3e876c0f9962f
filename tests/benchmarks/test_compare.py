"""Comparing the saved results of two runs of the benchmarks."""

import pytest

from benchmarks.compare import compare, interval, main
from benchmarks.support.results import Result, load_runs, save_results

RATES = (100.0, 101.0, 102.0)


def save(file, rounds, *, better="higher", name="rate", benchmark="search"):
    unit = "requests/s" if better == "higher" else "ms"
    results = [Result(name=name, rounds=rounds, unit=unit, better=better)]
    save_results(benchmark, results, file)
    return list(load_runs(file))


@pytest.mark.parametrize(
    ("new", "better", "verdict"),
    [
        ((80.0, 81.0, 82.0), "higher", "worse"),
        ((80.0, 81.0, 82.0), "lower", "better"),
        ((120.0, 121.0, 122.0), "higher", "better"),
        ((120.0, 121.0, 122.0), "lower", "worse"),
        ((97.0, 98.0, 99.0), "higher", "same"),  # a difference below the tolerance
        ((60.0, 80.0, 103.0), "higher", "same"),  # the rounds overlap
        ((60.0, 61.0), "higher", "too few rounds"),
    ],
)
def test_a_figure_is_judged_by_its_direction_noise_and_size(tmp_path, new, better, verdict):
    old_runs = save(tmp_path / "old.json", RATES, better=better)
    new_runs = save(tmp_path / "new.json", new, better=better)
    (comparison,) = compare(old_runs, new_runs)
    assert comparison.verdict == verdict


def test_with_three_rounds_the_interval_spans_all_ratios():
    assert interval((10, 11, 12), (20, 22, 30)) == (20 / 12, 30 / 10)


def test_the_interval_of_many_equal_rounds_is_narrower_than_their_range():
    rounds = tuple(float(n) for n in range(90, 111))
    low, high = interval(rounds, rounds)
    assert 90 / 110 < low < 1 < high < 110 / 90


def test_figures_that_are_zero_are_compared(tmp_path):
    old = save(tmp_path / "old.json", (0, 0, 0), better="lower")
    assert compare(old, old)[0].verdict == "same"
    assert (
        compare(old, save(tmp_path / "new.json", (1, 2, 3), better="lower"))[0].verdict == "worse"
    )


def test_a_figure_of_only_one_file_is_listed(tmp_path):
    old = save(tmp_path / "old.json", RATES, name="removed")
    new = save(tmp_path / "new.json", RATES, name="added")
    verdicts = {comparison.key[1]: comparison.verdict for comparison in compare(old, new)}
    assert verdicts == {"removed": "only in OLD", "added": "only in NEW"}


def test_the_rounds_of_a_folder_are_pooled(tmp_path, capsys):
    for side, rates in (("old", (100.0, 101.0, 102.0)), ("new", (80.0, 81.0, 82.0))):
        (tmp_path / side).mkdir()
        for number, rate in enumerate(rates):
            save(tmp_path / side / f"{number}.json", (rate,))
    assert main([str(tmp_path / "old"), str(tmp_path / "new")]) == 1
    assert "worse" in capsys.readouterr().out


def test_equal_files_have_exit_code_0(tmp_path):
    save(tmp_path / "old.json", RATES)
    assert main([str(tmp_path / "old.json"), str(tmp_path / "old.json")]) == 0


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SystemExit, match=r"no results in .*missing\.json"):
        main([str(tmp_path / "missing.json"), str(tmp_path / "missing.json")])
