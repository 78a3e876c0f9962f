"""The training report as a page: what it says, how long its bars are, and that it is inert."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from api.report.page import POLICY, About, Picture, render_report
from core.recommender.training_report import TrainingReport

VOID = {"meta", "br", "hr", "img", "input", "link"}
IMPORTS = [{"rows": 1000, "rejected": 7}, {"rows": 234}]
ABOUT = About("shop", "g-1", stale=False, import_reports=IMPORTS)


def result(ndcg, recall, average_precision, users=50):
    return {
        "users": users,
        "ndcg_at_10": ndcg,
        "recall_at_20": recall,
        "map_at_12": average_precision,
        "coverage_at_10": 0.5,
    }


def segment(name, users, model, popularity):
    return {"segment": name, "users": users, "model": model, "popularity": popularity}


def metrics(users=50, ndcg=None, recall=None):
    return {"users": users, "ndcg_at_10": ndcg, "recall_at_20": recall}


def report(**changes):
    cold, country = metrics(5, recall=0.25), metrics(45, 0.2, 0.5)
    return {
        "order_lines": 1227,
        "users": 60,
        "items": 40,
        "ignored": {
            "customers": [{"customer": "~5f0c1d9e7a2b", "orders": 3210, "share": 0.3567}],
            "notes": ["3 order lines are dated long after the other sales"],
        },
        "split": {"by": "time", "days": 30.0, "training_lines": 1000, "holdout_lines": 227},
        "validation": [
            {"family": "ease", "settings": {"half_life": 60}, "ndcg_at_10": 0.25},
            {"family": "popularity", "settings": {"half_life": None}, "ndcg_at_10": 0.1},
        ],
        "weights": {
            "algorithms": {"ease": 1.0, "als": 0.25},
            "cold": 0.75,
        },
        "holdout": {
            "popularity": result(0.1, 0.3, 0.05),
            "als": result(0.3, 0.4, 0.1),
            "ease": result(0.4, 0.45, 0.15),
            "blend": result(0.2, 0.6, 0.2),
        },
        "segments": [
            segment("new customers", 50, metrics(0), metrics(50, 0.08, 0.2)),
            segment("cold items", 5, cold, cold),
            segment("warm items", 0, metrics(0), metrics(0)),
            segment("country DE", 45, country, country),
        ],
        "incumbent": {
            "generation": "g-0",
            "incumbent_won": False,
            "reason": "not clearly better",
            "users": 50,
            "incumbent_ndcg_at_10": 0.15,
            "challenger_ndcg_at_10": 0.2,
        },
        "decision": {"published": "model", "reason": "NDCG@10 is better"},
        "seconds": {"validation": 3.0, "test": 1.5},
    } | changes


def page_of(stored=None, about=ABOUT):
    stored = report() if stored is None else stored
    return render_report(TrainingReport.model_validate(stored), about)


class Reader(HTMLParser):
    """Checks that tags are closed in order; collects tags, texts, and the rows of tables."""

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
        if data.strip():
            self.texts.append(data)
            if "tr" in self._open:
                self.rows[-1][0].append(data)

    def bars(self, title):
        """Name, bar widths and cells of each row of the table whose last heading is `title`."""
        heading = next(n for n, (cells, _) in enumerate(self.rows) if cells[-1] == title)
        rows = self.rows[heading + 1 :]
        stop = next((n for n, (cells, _) in enumerate(rows) if cells[0] in HEADINGS), len(rows))
        return [(cells[0], *widths, *cells[1:]) for cells, widths in rows[:stop]]


HEADINGS = {"ranking", "settings", "algorithm", "weights", "segment", "candidate", "stage"}


def read(stored=None, about=ABOUT):
    return Reader(page_of(stored, about))


def text(stored=None, about=ABOUT):
    return " ".join(read(stored, about).texts)


def test_the_model_comes_first_then_popularity_and_the_best_bar_is_the_longest():
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


def test_the_live_settings_are_compared_with_the_new_ones():
    page = read()
    heading = next(n for n, (cells, _) in enumerate(page.rows) if cells[0] == "settings")
    assert page.rows[heading + 1 : heading + 3] == [
        (["live until then", "0.1500"], ["75.0%"]),
        (["newly chosen", "0.2000"], ["100.0%"]),
    ]
    assert "Generation g-0: not clearly better." in text()


def test_settings_that_could_not_be_compared_have_a_reason_and_no_bars():
    page = read(report(incumbent={"generation": "g-0", "reason": "images are missing"}))
    assert "Generation g-0: images are missing." in " ".join(page.texts)
    assert not [cells for cells, _ in page.rows if cells[0] == "settings"]


def test_weights_are_shown_the_largest_first():
    assert read().bars("weight") == [("ease", "100.0%", "1"), ("als", "25.0%", "0.25")]
    assert "gets 0.75 of its lookalikes' score" in text()


def test_segments_show_model_and_popularity_and_a_dash_where_nothing_was_measured():
    assert read().bars("customers") == [
        ("new customers", "0.0%", "40.0%", "- / 0.2000", "- / 0.0800", "50"),
        ("cold items", "50.0%", "50.0%", "0.2500 / 0.2500", "- / -", "5"),
        ("warm items", "0.0%", "0.0%", "- / -", "- / -", "0"),
        ("country DE", "100.0%", "100.0%", "0.5000 / 0.5000", "0.2000 / 0.2000", "45"),
    ]


def test_seconds_are_shown_by_stage_and_in_total():
    assert read().bars("seconds") == [("validation", "100.0%", "3.00"), ("test", "50.0%", "1.50")]
    assert "4.50 seconds in total" in text()


@pytest.mark.parametrize(
    ("published", "words"),
    [
        ("model", "Every customer gets a list of their own."),
        ("popularity", "Everybody gets the popular items."),
        ("astrology", "does not say what is published"),
    ],
)
def test_the_page_says_what_customers_get_and_tells_specialists_why(published, words):
    page = page_of(report(decision={"published": published, "reason": "because <so>"})).decode()
    before, after = page.split("Figures for specialists")
    assert re.search(rf'<p class="verdict[^>]*>.*{words}.*</p>', before)
    assert "Why: because &lt;so&gt;." in after


def test_rows_users_items_and_the_split_are_shown():
    page = text()
    assert "1,234, in 2 files; 7 of them rejected" in page
    assert (
        "1,000 order lines for training, 227 for measurement: the lines of the last 30 days" in page
    )
    split = {"by": "user", "days": None, "training_lines": 8, "holdout_lines": 2}
    assert "times are unknown" in text(report(split=split))


def test_ignored_sales_are_listed_with_the_customers_concerned():
    page = text()
    assert "3 order lines are dated long after the other sales." in page
    assert "Customer ~5f0c1d9e7a2b has 3,210 orders, 35.7% of all" in page
    assert "Ignored sales" not in text(report(ignored={}))


def test_a_stale_report_says_that_sales_have_changed():
    changed = "Sales, items or their vectors have changed since"
    assert changed in text(about=About("shop", "g-1", stale=True, import_reports=[]))
    assert changed not in text()


EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;'"


def test_foreign_text_is_escaped_everywhere():
    stored = report(
        ignored={"customers": [{"customer": EVIL, "orders": 1, "share": 1}], "notes": [EVIL]},
        holdout={name: result(0.1, 0.2, 0.3) for name in ("popularity", "blend", EVIL)},
        segments=[segment(f"country {EVIL}", 1, metrics(1, recall=0.5), metrics(0))],
        weights={"algorithms": {EVIL: 1.0}},
        incumbent={"generation": EVIL, "reason": EVIL},
        validation=[{"family": EVIL, "settings": {EVIL: EVIL}, "ndcg_at_10": 0.1}],
        decision={"published": EVIL, "reason": EVIL},
        seconds={EVIL: 1.0},
    )
    page = read(stored, About(EVIL, EVIL, stale=False, import_reports=[]))
    assert {tag for tag, _ in page.tags} & {"script", "img"} == set()
    assert f"country {EVIL}" in page.texts
    assert sum(EVIL in line for line in page.texts) >= 11


def test_nothing_is_loaded_and_nothing_runs():
    page = page_of().decode()
    names = {name for _, attrs in read().tags for name in attrs}
    assert not {"src", "href", "style", "xlink:href"} & names
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?:|<script", page)


@pytest.mark.parametrize("part", [*report(), None])
def test_a_report_that_lacks_a_part_is_shown_without_it(part):
    stored = report()
    stored.pop(part, None)
    assert "a list of their own" in text(stored) or part == "decision"


def test_an_empty_report_says_so():
    page = text({})
    for words in ("does not say", "Nothing was measured", "Nothing was compared", "not recorded"):
        assert words in page


def test_a_refused_training_comes_first():
    assert "refused" not in text()
    about = replace(ABOUT, refusal="the sales have no dates")
    assert "The newest training was refused: the sales have no dates." in text(about=about)


def test_a_ranking_without_a_metric_has_a_dash_and_no_bar():
    holdout = {"blend": {"users": 3}, "popularity": {"users": 3, "ndcg_at_10": 0.0}}
    assert read(report(holdout=holdout)).bars("NDCG@10") == [
        ("the model", "0.0%", "-"),
        ("popularity", "0.0%", "0.0000"),
    ]


LINKS = {
    "orders": 8534,
    "items": 3256,
    "links": 156654,
    "weights": "ease",
    "popularity_weight": 0.05,
    "baskets": 3000,
    "ndcg_at_10": {"ease": 0.2, "cosine": 0.15, "popularity": 0.05},
}


def test_the_links_are_counted_and_the_ways_to_weigh_them_compared():
    stored = report(links=LINKS)
    assert "156,654 links between 3,256 items, from 8,534 orders" in text(stored)
    assert "with a weight of 0.05, by popularity" in text(stored)
    table = next(row for row in read(stored).rows if row[0][:1] == ["ease"] and "0.2000" in row[0])
    assert table == (["ease", "0.2000"], ["100.0%"])


def test_without_baskets_to_choose_by_the_page_says_so():
    assert "too few baskets" in text(report(links=LINKS | {"ndcg_at_10": {}}))
    assert "No order that counts has several items." in text()


def test_the_report_tells_what_rules_cost_if_there_are_any():
    rules = {"users": 1200, "ndcg_at_10": 0.1234, "without_rules": 0.1301}
    page = text(report(rules=rules))
    assert "rules for lists cost quality" in page
    assert "0.1234 with rules and 0.1301 without, for 1,200 returning customers" in page
    assert "do not cost quality" in text(report(rules=rules | {"ndcg_at_10": 0.14}))
    assert "with rules" not in text(report())


SUMMARY = {
    "sentences": ["Of 100 customers, 34 would have found something.", "It was measured."],
    "best_algorithm": "One algorithm alone was better.",
    "examples": [
        {"label": "the best list", "place": 1, "recommended": ["A-1", "B<2>"],
         "bought": ["B<2>", "Z"], "bought_count": 12}
    ],
    "examples_are": "This is how they were chosen.",
}  # fmt: skip
CATALOGUE = {"items": 50, "items_in_lists": 6, "sentence": "12 % of the items are shown.",
             "unseen": ["U-1", "U-2"]}  # fmt: skip


def test_the_page_begins_with_plain_words_and_examples_and_folds_the_rest():
    stored = report(summary=SUMMARY, catalogue=CATALOGUE)
    page = page_of(stored).decode()
    parts = [
        SUMMARY["sentences"][0], "a list of their own", SUMMARY["sentences"][1],
        CATALOGUE["sentence"], "The best list (place 1)", "<span>A-1</span>",
        "<b>✓ B&lt;2&gt;</b>", "Bought next", "<span>Z</span>", "and 10 more",
        "Items that nobody is shown", "2 of 44", "<span>U-2</span>", "What was learned from",
        '<details class="specialists">', SUMMARY["best_algorithm"], "NDCG@10</h3>",
    ]  # fmt: skip
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert read(stored)


def test_items_have_the_pictures_that_the_page_contains():
    pictures = {"B<2>": Picture("Red <dress>", "data:image/jpeg;base64,AAAA")}
    about = replace(ABOUT, pictures=pictures)
    page = read(report(summary=SUMMARY, catalogue=CATALOGUE), about)
    sources = [attrs["src"] for tag, attrs in page.tags if tag == "img"]
    assert sources == ["data:image/jpeg;base64,AAAA"] * 2
    assert page.texts.count("✓ Red <dress>") == 2
    assert "img-src data:;" in POLICY
