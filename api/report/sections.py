"""What a training measured and chose: each part of the report with a sentence and its bars."""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from api.report.markup import Child, bars, table, tag
from api.report.model import BLEND, POPULARITY, Figures, Segment, Told

_PLOTS = {
    "ndcg": ("NDCG@10", "How near the top of ten the items are that a customer bought next."),
    "recall": ("recall@20", "What share of the items that a customer bought next is among twenty."),
    "map": ("MAP@12", "How precise a list of twelve is at each item that was bought next."),
}
_NAMES = {BLEND: "the model"}
_LIVE = {"chosen": "newly chosen", "live": "live until then"}
_NOTHING = "-"


def sections(told: Told) -> Iterator[Element]:
    """All parts, one after the other; a part that the report lacks says so."""
    for section in (_test, _live, _weights, _segments, _validation, _seconds):
        yield from section(told)


def _test(told: Told) -> list[Element]:
    title = tag("h2", "On the days held back")
    if not told.test:
        words = "Nothing was measured: that takes customers who came back for something new."
        return [title, tag("p", words)]
    asked = max(row.users for row in told.test.values())
    words = (
        f"{asked:,} returning customers were asked about. The dashed line is what popularity does; "
        "bars are drawn to the longest."
    )
    plots = [_plot(told.test, field) for field in _PLOTS]
    return [title, tag("p", words, class_="soft"), *plots, _all_figures(told.test)]


def _plot(test: Mapping[str, Figures], field: str) -> Element:
    title, words = _PLOTS[field]
    values = {name: getattr(test[name], field) for name in _in_order(test, field)}
    top = max((value or 0.0 for value in values.values()), default=0.0)
    rows: list[list[Child]] = [
        [
            _name(name),
            bars((_kind(name), value), top=top, mark=values.get(POPULARITY)),
            _four(value),
        ]
        for name, value in values.items()
    ]
    return tag(
        "figure",
        tag("h3", title),
        tag("figcaption", words),
        table(["ranking", "", title], rows, class_="plot"),
    )


def _in_order(test: Mapping[str, Figures], field: str) -> list[str]:
    """Ours, popularity, then the candidates, the best first."""
    first = {BLEND: 2, POPULARITY: 1}
    return sorted(
        test, key=lambda name: (first.get(name, 0), getattr(test[name], field) or 0.0), reverse=True
    )


def _all_figures(test: Mapping[str, Figures]) -> Element:
    head = [
        "ranking",
        "NDCG@10",
        "recall@20",
        "MAP@12",
        "items shown",
        "cold items in the first 10",
    ]
    rows: list[list[Child]] = []
    for name in _in_order(test, "ndcg"):
        row = test[name]
        main = [_four(row.ndcg), _four(row.recall), _four(row.map)]
        rows.append([_name(name), *main, _percent(row.coverage), _percent(row.cold_share)])
    return tag("details", tag("summary", "All figures, with coverage"), table(head, rows))


def _live(told: Told) -> list[Element]:
    title, live = tag("h2", "Beside what was live"), told.live
    if live is None:
        return [title, tag("p", "There was nothing to compare with.")]
    words = f"Generation {live.generation or 'not told'}: {live.why or 'not told'}."
    top = max(live.ndcg.values(), default=0.0)
    rows: list[list[Child]] = [
        [
            _LIVE.get(name, name),
            bars(("ours" if name == "chosen" else "other", value), top=top),
            _four(value),
        ]
        for name, value in live.ndcg.items()
    ]
    plot = [table(["settings", "", "NDCG@10"], rows, class_="plot")] if rows else []
    return [title, tag("p", words, class_="soft"), *plot]


def _weights(told: Told) -> list[Element]:
    weights = told.weights
    names = sorted({*weights.usual, *weights.thin}, key=lambda name: -weights.usual.get(name, 0.0))
    if not names:
        return [tag("h2", "Chosen weights"), tag("p", "Not told.")]
    top = max([*weights.usual.values(), *weights.thin.values()])
    rows: list[list[Child]] = []
    for name in names:
        usual, thin = weights.usual.get(name, 0.0), weights.thin.get(name, 0.0)
        pair = bars(("ours", usual), ("other", thin), top=top)
        rows.append([_name(name), pair, f"{usual:g} / {thin:g}"])
    cold = (
        f"An item without sales takes {weights.cold:g} of its look-alikes' score."
        if weights.cold
        else "Items without sales are not helped by their looks."
    )
    words = f"For most customers, and below it for those with few purchases. {cold}"
    return [
        tag("h2", "Chosen weights"),
        tag("p", words, class_="soft"),
        table(["algorithm", "", "weight"], rows, class_="plot"),
    ]


def _segments(told: Told) -> list[Element]:
    title = tag("h2", "By segment")
    ours, popular = (
        dict(told.test.get(name, Figures()).segments()) for name in (BLEND, POPULARITY)
    )
    names = list(dict.fromkeys([*popular, *ours]))
    if not names:
        return [title, tag("p", "Nothing was measured apart.")]
    pairs = [(ours.get(name, Segment()), popular.get(name, Segment())) for name in names]
    top = max(one.recall or 0.0 for pair in pairs for one in pair)
    rows = [_segment(name, *pair, top) for name, pair in zip(names, pairs, strict=True)]
    words = (
        "recall@20 of the model, and below it popularity's. New customers, of whom nothing is "
        "known, are offered what is popular."
    )
    head = ["segment", "", "recall@20", "NDCG@10", "customers"]
    return [title, tag("p", words, class_="soft"), table(head, rows, class_="segments")]


def _segment(name: str, ours: Segment, popular: Segment, top: float) -> list[Child]:
    return [
        name,
        bars(("ours", ours.recall), (POPULARITY, popular.recall), top=top),
        f"{_four(ours.recall)} / {_four(popular.recall)}",
        f"{_four(ours.ndcg)} / {_four(popular.ndcg)}",
        f"{max(ours.users, popular.users):,}",
    ]


def _validation(told: Told) -> list[Element]:
    title = tag("h2", "How it was chosen")
    if not told.validation:
        return [title, tag("p", "Nothing was compared: that takes more customers who came back.")]
    tried = sorted(told.validation, key=lambda one: -(one.ndcg or 0.0))
    top = tried[0].ndcg or 0.0
    rows: list[list[Child]] = [
        [one.words, bars((_kind(one.family), one.ndcg), top=top), _four(one.ndcg)] for one in tried
    ]
    words = f"{len(tried):,} candidates on the days before those held back"
    plot = table(["candidate", "", "NDCG@10"], rows, class_="plot")
    return [title, tag("details", tag("summary", words), plot)]


def _seconds(told: Told) -> list[Element]:
    title = tag("h2", "Seconds")
    if not told.seconds:
        return [title, tag("p", "Not told.")]
    top = max(told.seconds.values())
    rows: list[list[Child]] = [
        [stage, bars(("other", seconds), top=top), f"{seconds:,.2f}"]
        for stage, seconds in told.seconds.items()
    ]
    total = f"{sum(told.seconds.values()):,.2f} seconds in all."
    return [title, tag("p", total), table(["stage", "", "seconds"], rows, class_="plot")]


def _name(name: str) -> str:
    return _NAMES.get(name, name)


def _kind(name: str) -> str:
    return {BLEND: "ours", POPULARITY: POPULARITY}.get(name, "other")


def _four(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.4f}"


def _percent(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1%}"
