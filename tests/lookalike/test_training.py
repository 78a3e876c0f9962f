"""A training run as the client returns it and as the command prints it."""

from datetime import UTC, datetime

import pytest

from core.recommender.training_report import TrainingReport
from lookalike.cli.output.report_tables import show_report
from lookalike.training import HitComparison, Training

HITS = {
    "customers": 412,
    "model": 0.34,
    "popularity": 0.21,
    "model_standard_error": 0.023,
    "popularity_standard_error": 0.02,
    "difference_standard_error": 0.025,
    "is_clear": True,
}
PREVIOUS = {"trained_at": "2026-10-01T09:30:00Z", "order_lines": 9, "users": 3, "items": 4,
            "hit_rate_at_10": None}  # fmt: skip
EXAMPLE = {"label": "the best list", "place": 1, "recommended": ["A", "B", "C"],
           "bought": ["B", "Z"], "bought_count": 12}  # fmt: skip
SUMMARY = {
    "sentences": ["Of 100 customers who came back, 34 would have ...", "It was measured."],
    "hits": HITS,
    "examples": [EXAMPLE],
    "examples_are": "These are all.",
    "previous": PREVIOUS,
}
CATALOGUE = {"items": 50, "items_in_lists": 6, "sentence": "12 % of the items are shown."}


@pytest.fixture
def training():
    report = TrainingReport.model_validate({
        "order_lines": 100, "users": 9, "items": 50, "summary": SUMMARY, "catalogue": CATALOGUE,
        "split": {"training_lines": 80, "holdout_lines": 20},
        "decision": {"published": "model", "reason": "because"},
    })  # fmt: skip
    return Training.from_json({
        "generation": "g", "previous": None, "stale": False, "trained_at": "2026-10-02T00:00:00Z",
        "report": report.model_dump(mode="json"),
    })  # fmt: skip


def test_the_summary_is_typed(training):
    summary = training.summary
    assert summary.hits == HitComparison(**HITS)
    assert summary.previous.trained_at == datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
    assert (summary.examples[0].recommended, summary.examples[0].bought_count) == (
        ("A", "B", "C"),
        12,
    )
    assert training.catalogue.items_in_lists == 6


def test_before_the_first_training_run_the_summary_is_empty():
    untrained = Training(None, None, stale=False)
    assert (untrained.summary.sentences, untrained.catalogue) == ((), None)


def test_the_command_begins_with_plain_words_and_examples(training, capsys):
    show_report(training)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[1:4] == [*SUMMARY["sentences"], CATALOGUE["sentence"]]
    assert " ".join(lines[6].split()) == "the best list B B, Z, 10 more A, B, C"
    assert lines[7:9] == ["These are all.", "For specialists:"]
