"""The report of a training as a page: what it says, how long its bars are, what it never does."""

import re
from html.parser import HTMLParser

import pytest

from api.report.page import About, report_page

VOID = {"meta", "br", "hr", "img", "input", "link"}
ABOUT = About("shop", "g-1", stale=False, uploads=[{"rows": 1000, "rejected": 7}, {"rows": 234}])


def figures(ndcg, recall, average, **more):
    return {"users": 50, "ndcg@10": ndcg, "recall@20": recall, "map@12": average, **more}


def report(**changes):
    segments = {
        "items": {"cold": {"users": 5, "recall@20": 0.25}, "warm": {"users": 0, "recall@20": 0.0}},
        "countries": {"DE": {"users": 45, "ndcg@10": 0.2, "recall@20": 0.5}},
    }
    return {
        "rows": 1227,
        "users": 60,
        "items": 40,
        "split": {"by": "time", "days": 30.0, "learned": 1000, "held": 227},
        "validation": [
            {"family": "ease", "settings": {"half_life": 60}, "ndcg@10": 0.25},
            {"family": "popularity", "settings": {"half_life": None}, "ndcg@10": 0.1},
        ],
        "weights": {"usual": {"ease": 1.0, "als": 0.25}, "thin": {"ease": 0.5}, "cold": 0.75},
        "test": {
            "popularity": figures(0.1, 0.3, 0.05, new_users=figures(0.08, 0.2, 0.04), **segments),
            "als": figures(0.3, 0.4, 0.1),
            "ease": figures(0.4, 0.45, 0.15),
            "blend": figures(0.2, 0.6, 0.2, coverage=0.5, **segments),
        },
        "live": {
            "generation": "g-0",
            "kept": False,
            "why": "not clearly more",
            "users": 50,
            "ndcg@10": {"live": 0.15, "chosen": 0.2},
        },
        "gate": {"published": "model", "why": "NDCG@10 0.2, popularity's is 0.1"},
        "seconds": {"validation": 3.0, "test": 1.5},
    } | changes


class Reader(HTMLParser):
    """Checks that tags are closed in order; keeps all tags, texts, and the rows of tables."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts, self.rows, self._open = [], [], [], []
        self.feed(page.decode())
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append(([], []))
        if tag == "rect":
            self.rows[-1][1].append(dict(attrs)["width"])

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        if "tr" in self._open:
            self.rows[-1][0].append(data)

    def bars(self, title):
        """What a row is called, its bars and its figure: of the table with this last heading."""
        heading = next(n for n, (cells, _) in enumerate(self.rows) if cells[-1] == title)
        rows = self.rows[heading + 1 :]
        stop = next((n for n, (cells, _) in enumerate(rows) if cells[0] in HEADINGS), len(rows))
        return [(cells[0], *widths, *cells[1:]) for cells, widths in rows[:stop]]


HEADINGS = {"ranking", "settings", "algorithm", "segment", "candidate", "stage"}


def read(told=None, about=ABOUT):
    return Reader(report_page(report() if told is None else told, about))


def text(told=None, about=ABOUT):
    return " ".join(read(told, about).texts)


def test_ours_comes_first_then_popularity_then_the_candidates_and_the_best_bar_is_the_longest():
    assert read().bars("NDCG@10") == [
        ("the model", "50.0%", "0.2000"),
        ("popularity", "25.0%", "0.1000"),
        ("ease", "100.0%", "0.4000"),
        ("als", "75.0%", "0.3000"),
    ]
    assert [row[:2] for row in read().bars("recall@20")] == [
        ("the model", "100.0%"), ("popularity", "50.0%"), ("ease", "75.0%"), ("als", "66.7%"),
    ]  # fmt: skip
    assert [row[1] for row in read().bars("MAP@12")] == ["100.0%", "25.0%", "75.0%", "50.0%"]


def test_a_line_through_all_bars_marks_popularity():
    lines = [attrs["x1"] for tag, attrs in read().tags if tag == "line"]
    assert lines == ["25.0%"] * 4 + ["50.0%"] * 4 + ["25.0%"] * 4


def test_what_was_live_is_shown_beside_what_was_chosen():
    page = read()
    heading = next(n for n, (cells, _) in enumerate(page.rows) if cells[0] == "settings")
    assert [(cells, widths) for cells, widths in page.rows[heading + 1 : heading + 3]] == [
        (["live until then", "0.1500"], ["75.0%"]),
        (["newly chosen", "0.2000"], ["100.0%"]),
    ]
    assert "Generation g-0: not clearly more." in text()


def test_what_could_not_be_compared_says_why_and_has_no_bars():
    said = read(report(live={"generation": "g-0", "kept": False, "why": "looks are gone"}))
    assert "Generation g-0: looks are gone." in " ".join(said.texts)
    assert not [cells for cells, _ in said.rows if cells[0] == "settings"]


def test_weights_are_shown_for_most_customers_and_for_those_with_few_purchases():
    assert read().bars("weight") == [
        ("ease", "100.0%", "50.0%", "1 / 0.5"),
        ("als", "25.0%", "0.0%", "0.25 / 0"),
    ]
    assert "takes 0.75 of its look-alikes' score" in text()


def test_segments_show_ours_and_popularity_and_a_dash_where_nobody_was_asked():
    assert read().bars("customers") == [
        ("new customers", "0.0%", "40.0%", "- / 0.2000", "- / 0.0800", "50"),
        ("cold items", "50.0%", "50.0%", "0.2500 / 0.2500", "- / -", "5"),
        ("warm items", "0.0%", "0.0%", "- / -", "- / -", "0"),
        ("country DE", "100.0%", "100.0%", "0.5000 / 0.5000", "0.2000 / 0.2000", "45"),
    ]


def test_seconds_are_shown_by_stage_and_in_all():
    assert read().bars("seconds") == [("validation", "100.0%", "3.00"), ("test", "50.0%", "1.50")]
    assert "4.50 seconds in all" in text()


@pytest.mark.parametrize(
    ("published", "words"),
    [
        ("model", "The model is published"),
        ("popularity", "What is popular is published"),
        ("astrology", "does not say what is published"),
    ],
)
def test_the_first_sentence_says_what_is_published_and_the_second_why(published, words):
    gate = {"published": published, "why": "because <so>"}
    first, second = re.findall(rb"<p[^>]*>(.*?)</p>", report_page(report(gate=gate), ABOUT))[:2]
    assert words in first.decode()
    assert second == b"Why: because &lt;so&gt;."


def test_rows_users_items_and_the_split_are_told():
    said = text()
    assert "1,234, in 2 files; 7 of them set aside" in said
    assert "1,000 order lines to learn from, 227 to measure by: those of the last 30 days" in said
    split = {"by": "user", "days": None, "learned": 8, "held": 2}
    assert "times are not known" in text(report(split=split))


def test_that_sales_have_changed_since_is_said():
    changed = "Sales or items have changed since"
    assert changed in text(about=About("shop", "g-1", stale=True, uploads=[]))
    assert changed not in text()


EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;'"


def test_foreign_text_stays_text_wherever_it_stands():
    evil = figures(0.1, 0.2, 0.3, countries={EVIL: {"users": 1, "recall@20": 0.5}})
    told = report(
        test={"popularity": evil, "blend": evil, EVIL: evil},
        weights={"usual": {EVIL: 1.0}, "thin": {}},
        live={"generation": EVIL, "why": EVIL, "ndcg@10": {EVIL: 0.1}},
        validation=[{"family": EVIL, "settings": {EVIL: EVIL}, "ndcg@10": 0.1}],
        gate={"published": EVIL, "why": EVIL},
        seconds={EVIL: 1.0},
    )
    page = read(told, About(EVIL, EVIL, stale=False, uploads=[]))
    assert {tag for tag, _ in page.tags} & {"script", "img"} == set()
    assert f"country {EVIL}" in page.texts
    assert sum(EVIL in one for one in page.texts) >= 11


def test_nothing_is_fetched_and_nothing_runs():
    page = report_page(report(), ABOUT).decode()
    names = {name for _, attrs in Reader(page.encode()).tags for name in attrs}
    assert not {"src", "href", "style", "xlink:href"} & names
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?:|<script", page)


@pytest.mark.parametrize("part", [*report(), None])
def test_a_report_that_lacks_a_part_is_shown_without_it(part):
    told = report()
    told.pop(part, None)
    assert "The model is published" in text(told) or part == "gate"


def test_a_report_with_nothing_in_it_says_so():
    said = text({})
    for words in ("does not say", "Nothing was measured", "Nothing was compared", "not told"):
        assert words in said


def test_a_part_of_another_version_is_left_out_and_the_rest_is_shown():
    page = read(report(seconds="many", test=[1, 2]))
    assert "Nothing was measured" in " ".join(page.texts)
    assert page.bars("weight")


def test_a_ranking_without_a_figure_has_a_dash_and_no_bar():
    told = report(test={"blend": {"users": 3}, "popularity": {"users": 3, "ndcg@10": 0.0}})
    assert read(told).bars("NDCG@10") == [
        ("the model", "0.0%", "-"),
        ("popularity", "0.0%", "0.0000"),
    ]
