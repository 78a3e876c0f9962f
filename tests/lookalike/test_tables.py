import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.text import Text

from lookalike.cli.output.columns import ATTRIBUTE_COUNTS, COLLECTIONS, JOBS, MATCHES, RULES
from lookalike.cli.output.report_tables import show_report
from lookalike.cli.output.tables import show
from lookalike.cli.output.texts import attributes_text, reason_text
from lookalike.models import (
    Collection,
    CountedAttribute,
    Job,
    Match,
    Matches,
    Reason,
    UnderstoodWords,
)
from lookalike.training import Training

MATCH = Match("A-1", 0.98765, "main", "http://h/i", {"price": 9.5, "name": "Red [bold]hat"})
JOB = Job.from_json(
    {"id": "j", "kind": "ingest", "collection": "c", "state": "running",
     "progress": {"done": 5, "failed": 2, "skipped": 3, "total": 40},
     "created_at": "2026-05-01T10:00:00Z"}
)  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ({"kind": "bought_before", "orders": 1}, "bought in 1 order"),
        (
            {"kind": "bought_before", "orders": 3, "last": "2026-11-03"},
            "bought in 3 orders, last on 2026-11-03",
        ),
        ({"kind": "bought_together", "with": "A", "orders": 1}, "bought with A in 1 order"),
        ({"kind": "bought_together", "with": "A", "orders": 2}, "bought with A in 2 orders"),
        ({"kind": "popular", "orders": 1, "region": "DE"}, "popular in DE: 1 order"),
        ({"kind": "popular", "orders": 1200}, "popular: 1,200 orders"),
    ],
)
def test_a_count_of_one_is_singular(reason, words):
    assert reason_text(Reason.from_json(reason)) == words


@pytest.mark.parametrize(
    ("filter", "words"),
    [
        ({"kind": "dress", "price": {"gte": 5, "lt": 50.5}},
         "kind = dress and price >= 5 and price < 50.5"),
        ({"kind": {"in": ["hat", "cap"]}, "sizes": {"contains": "M"}},
         "kind is one of (hat, cap) and sizes contains M"),
        ({"or": [{"new": True}, {"sale": {"exists": False}}], "not": {"a": {"ne": 1}}},
         "(new = true or sale is missing) and not (a != 1)"),
        ({"colour": {"not": {"contains": ["red", "blue"]}}},
         "not (colour contains one of (red, blue))"),
        ({"colour": {"not": "red"}, "\\or": {"exists": True}},
         'not (colour = red) and "or" exists'),
        ({"brand": "Marks and Spencer", "price": {"lt": 5}},
         'brand = "Marks and Spencer" and price < 5'),
        ({"size": "5", "level": 5, "colour": ""}, 'size = "5" and level = 5 and colour = ""'),
        ({"kind": {"in": ["hat, cap", 'a "b"', "on (sale)", "true", "men's"]}},
         'kind is one of ("hat, cap", "a \\"b\\"", "on (sale)", "true", men\'s)'),
        ({"a = b": "c", "band": "orange"}, '"a = b" = c and band = orange'),
    ],
)  # fmt: skip
def test_the_filter_of_a_rule_is_shown_in_words(filter, words, capsys):
    rule = {"id": "r", "placement": ["lists"], "action": "pin", "filter": filter}
    show([rule], RULES, as_json=False)
    assert words in capsys.readouterr().out


def test_values_of_attributes_are_shown_with_the_items_that_have_them(capsys):
    colour = {"name": "colour", "type": "text", "values": [{"value": "red", "items": 1200}]}
    price = {"name": "price", "type": "number", "least": 4.5, "greatest": 1299999}
    title = {"name": "title", "type": "text"}
    unset = {"name": "unset", "type": "text", "values": []}
    rows = map(CountedAttribute.from_json, [colour, price, title, unset])
    show(rows, ATTRIBUTE_COUNTS, as_json=False)
    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.strip().split(maxsplit=2) for line in lines] == [
        ["colour", "text", "red (1,200)"], ["price", "number", "4.5 to 1299999"],
        ["title", "text", "not listed: more than 50 values, long texts, or objects"],
        ["unset", "text", "none"],
    ]  # fmt: skip


def test_a_match_is_one_line_with_its_score_and_attributes(capsys):
    show([MATCH], MATCHES, as_json=False)
    heading, line = capsys.readouterr().out.splitlines()
    assert heading.split() == ["score", "sku", "view", "attributes"]
    assert line.split(maxsplit=3)[:3] == ["0.988", "A-1", "main"]


def test_attributes_are_printed_verbatim_and_never_as_markup(capsys):
    show([MATCH], MATCHES, as_json=False)
    assert "Red [bold]hat; price: 9.5" in capsys.readouterr().out


def test_a_long_line_is_not_folded_if_a_program_reads_it(capsys):
    long = Match("A-1", 1.0, "main", "u", {"name": "word " * 80 + "end"})
    show([long], MATCHES, as_json=False)
    assert capsys.readouterr().out.splitlines()[1].rstrip().endswith("word end")


def test_a_refused_training_is_told_instead_of_the_missing_report(capsys):
    show_report(Training(None, None, stale=False, refusal="the sales have no dates"))
    out = capsys.readouterr().out
    assert out == "the newest training run was refused: the sales have no dates\n"


def test_json_holds_every_field(capsys):
    collection = Collection("c", "lite0", "ready", 2, 3, datetime(2026, 5, 1, tzinfo=UTC), "größer")
    show([collection], COLLECTIONS, as_json=True)
    out = capsys.readouterr().out
    assert json.loads(out) == [
        {"name": "c", "encoder": "lite0", "state": "ready", "items": 2, "images": 3,
         "created_at": "2026-05-01T00:00:00+00:00", "description": "größer", "group_by": None,
             "changing_to": None, "recipe": "", "colour_weight": None, "fit": None,
             "fit_automatically": True}
    ]  # fmt: skip
    assert "größer" in out


def test_json_of_a_search_holds_its_matches(capsys):
    from lookalike.cli.commands.search import print_matches

    print_matches(Matches((MATCH,), {"total_ms": 4.0}), as_json=True)
    body = json.loads(capsys.readouterr().out)
    assert body["matches"][0]["sku"] == "A-1"
    assert body["timings"] == {"total_ms": 4.0}


def test_what_words_were_understood_as_is_told_apart_from_the_matches(capsys):
    from lookalike.cli.commands.search import print_matches

    understood = (
        UnderstoodWords("blaues", "colour", "blue", ("attributes", "picture")),
        UnderstoodWords("Rock", "class", "skirt", ("picture",), ("miniskirt", "sarong")),
        UnderstoodWords("xyzzy", "unknown", "", ()),
    )
    print_matches(Matches((), {}, None, None, understood))
    out, err = capsys.readouterr()
    assert err == (
        "understood: blaues = blue (attributes and picture), "
        "Rock = skirt (picture, approximated by miniskirt, sarong), xyzzy = unknown (ignored)\n"
    )
    assert out.endswith("no matches\n")


def test_progress_counts_all_processed_images():
    assert str(JOB.progress) == "10 of 40, 2 failed"


def test_a_name_comes_first_among_attributes():
    assert attributes_text({"kind": "hat", "name": "Red hat"}) == "Red hat; kind: hat"


@pytest.fixture
def terminal(monkeypatch):
    """Prints a table as on a terminal of a width; returns its lines."""

    def printed(rows, columns, width):
        out = io.StringIO()
        out.isatty = lambda: True
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("TERM", "xterm")
        show(rows, columns, as_json=False)
        return Text.from_ansi(out.getvalue()).plain.splitlines()

    return printed


def test_on_a_terminal_no_line_is_too_long_and_an_id_stays_whole(terminal):
    job = replace(JOB, id="5f3a" * 6, kind="import-sales", collection="winter-shop")
    lines = terminal([job], JOBS, 80)
    assert max(map(len, lines)) <= 80
    assert job.id in "\n".join(lines)
    assert len(lines) > 2


def test_on_a_very_narrow_terminal_even_an_id_is_folded_and_nothing_is_lost(terminal):
    job = replace(JOB, id="5f3a" * 6)
    lines = terminal([job], JOBS, 40)
    assert max(map(len, lines)) <= 40
    assert job.id in "".join(line.split(" ")[0] for line in lines)
