"""What a training found, as tables. A part that the report lacks is left out."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from lookalike.cli.output.tables import Column, print_table, time_text
from lookalike.models import Training

_BLEND, _POPULARITY = "blend", "popularity"
_FIRST = {_BLEND: 2, _POPULARITY: 1}
_CUSTOMERS = {"returning": "returning customers", "thin": "customers with few purchases"}
_NOTHING = "-"
Figures = Mapping[str, Any]


def show_report(found: Training) -> None:
    """Print what is served, how it was measured, and what was chosen."""
    if found.generation is None or found.report is None:
        typer.echo("nothing has been trained yet; add sales: lookalike sales add FILE -c NAME")
        return
    report = found.report
    for line in _beginning(found, report):
        typer.echo(line)
    test = report.get("test") or {}
    if test:
        print_table(_ranked(test), _RANKING, "\nOn the sales held back")
    if why := (report.get("gate") or {}).get("why"):
        typer.echo(f"\n{why[:1].upper()}{why[1:]}.")
    if segments := list(_segments(test)):
        print_table(segments, _SEGMENTS, "\nBy segment, ours beside popularity")
    if weights := list(_weights(report.get("weights") or {})):
        print_table(weights, _WEIGHTS, "\nChosen weights")
    for line in _end(report):
        typer.echo(line)


def _beginning(found: Training, report: Figures) -> Iterator[str]:
    stale = "; stale: sales or items have changed since" if found.stale else ""
    yield f"generation {found.generation}, trained {time_text(found.trained_at)}{stale}"
    counts = [f"{report.get(name, 0):,} {words}" for name, words in _COUNTS.items()]
    yield f"learned from {', '.join(counts)}"
    if split := report.get("split"):
        days = split.get("days")
        how = "some items of each customer" if days is None else f"the last {days:.3g} days"
        lines = f"{split['learned']:,} lines to learn from, {split['held']:,} to ask of"
        yield f"held back: {how}; {lines}"


def _end(report: Figures) -> Iterator[str]:
    if tried := report.get("validation"):
        yield f"\nchosen from {len(tried):,} candidates; --json lists them"
    if seconds := report.get("seconds"):
        stages = ", ".join(f"{stage} {taken:.2f}" for stage, taken in seconds.items())
        yield f"seconds: {stages}; {sum(seconds.values()):.2f} in all"


def _ranked(test: Mapping[str, Figures]) -> list[tuple[str, Figures]]:
    """Ours, popularity, then the candidates, the best first."""
    return sorted(
        test.items(),
        key=lambda one: (_FIRST.get(one[0], 0), one[1].get("ndcg@10") or 0.0),
        reverse=True,
    )


def _segments(test: Mapping[str, Figures]) -> Iterator[tuple[str, Figures, Figures]]:
    ours, popular = (dict(_groups(test.get(name) or {})) for name in (_BLEND, _POPULARITY))
    for name in dict.fromkeys([*ours, *popular]):
        yield name, ours.get(name, {}), popular.get(name, {})


def _groups(row: Figures) -> Iterator[tuple[str, Figures]]:
    if new := row.get("new_users"):
        yield "new customers", new
    for name, one in (row.get("users_by") or {}).items():
        yield _CUSTOMERS.get(name, name), one
    for name, one in (row.get("items") or {}).items():
        yield f"{name} items", one
    for name, one in (row.get("countries") or {}).items():
        yield f"country {name or 'unknown'}", one


def _weights(weights: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, float, float]]:
    usual, thin = weights.get("usual") or {}, weights.get("thin") or {}
    for name in sorted({**usual, **thin}, key=lambda name: -usual.get(name, 0.0)):
        yield name, usual.get(name, 0.0), thin.get(name, 0.0)


def _four(row: Figures, name: str) -> str:
    value = row.get(name)
    return _NOTHING if value is None or not row.get("users") else f"{value:.4f}"


def _share(row: Figures, name: str) -> str:
    value = row.get(name)
    return _NOTHING if value is None else f"{value:.1%}"


_COUNTS = {"rows": "order lines", "users": "customers", "items": "items"}
_RANKING: tuple[Column, ...] = (
    ("ranking", lambda one: "ours" if one[0] == _BLEND else one[0]),
    ("NDCG@10", lambda one: _four(one[1], "ndcg@10")),
    ("recall@20", lambda one: _four(one[1], "recall@20")),
    ("MAP@12", lambda one: _four(one[1], "map@12")),
    ("coverage", lambda one: _share(one[1], "coverage@10")),
    ("cold", lambda one: _share(one[1], "cold_share@10")),
    ("customers", lambda one: f"{one[1].get('users', 0):,}"),
)
_SEGMENTS: tuple[Column, ...] = (
    ("segment", lambda one: one[0]),
    ("NDCG@10", lambda one: _four(one[1], "ndcg@10")),
    ("popularity", lambda one: _four(one[2], "ndcg@10")),
    ("recall@20", lambda one: _four(one[1], "recall@20")),
    ("popularity", lambda one: _four(one[2], "recall@20")),
    ("customers", lambda one: f"{max(one[1].get('users', 0), one[2].get('users', 0)):,}"),
)
_WEIGHTS: tuple[Column, ...] = (
    ("algorithm", lambda one: one[0]),
    ("weight", lambda one: f"{one[1]:g}"),
    ("few purchases", lambda one: f"{one[2]:g}"),
)
