"""What `lookalike evaluate` shows: tables or JSON, and on a terminal how far it is."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

from core.recommender.candidates import POPULARITY
from core.recommender.evaluation.holdout_metrics import BLEND

_UNBROKEN = 10_000  # a line that a program reads is not folded
_FIGURES = ("ndcg@10", "recall@20", "map@12", "coverage@10")
_OURS = "ours"


@contextmanager
def working() -> Iterator[Callable[[str], None]]:
    """A line on stderr that says what was done last; nothing where that is no terminal."""
    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with console.status("reading ...") as status:
        yield status.update


def show(told: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what was found in a sales file and by a training on it."""
    if as_json:
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        return
    console = Console(
        width=None if sys.stdout.isatty() else _UNBROKEN, highlight=False, markup=False
    )
    for line in _beginning(told):
        console.print(line)
    if told["test"]:
        console.print("", _rankings(told["test"]))
    why = told["gate"]["why"]
    console.print("", f"{why[:1].upper()}{why[1:]}.", "", sep="\n")
    console.print(_weights(told["weights"]), "")
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in told["seconds"].items())
    console.print(f"Seconds: {stages}; {sum(told['seconds'].values()):.2f} in all")


def _beginning(told: Mapping[str, Any]) -> Iterator[str]:
    sales, split = told["sales"], told["split"]
    yield f"{sales['rows']:,} rows read, {sales['rejected']:,} set aside; dates {sales['dates']}"
    for reason, count in sales["reasons"].items():
        yield f"  {count:,} because {reason}"
    if lines := [str(one["line"]) for one in sales["first_rejects"]]:
        yield f"  the first in lines {', '.join(lines)}"
    yield f"{told['rows']:,} order lines, {told['users']:,} customers, {told['items']:,} items"
    how = "some items of each customer" if split["days"] is None else f"{split['days']:.3g} days"
    yield f"Held back: {how}; {split['learned']:,} lines to learn from, {split['held']:,} to ask of"


def _rankings(test: Mapping[str, Mapping[str, Any]]) -> Table:
    """Ours, popularity, then the candidates, the best first."""
    table = _table("ranking", "NDCG@10", "recall@20", "MAP@12", "coverage", "customers")
    first = {BLEND: 2, POPULARITY: 1}
    names = sorted(test, key=lambda name: (first.get(name, 0), test[name]["ndcg@10"]), reverse=True)
    for name in names:
        row = test[name]
        shown = _OURS if name == BLEND else name
        table.add_row(shown, *(f"{row[one]:.4f}" for one in _FIGURES), f"{row['users']:,}")
    return table


def _weights(weights: Mapping[str, Mapping[str, float]]) -> Table:
    table = _table("algorithm", "weight", "for customers with few purchases")
    usual, thin = weights["usual"], weights["thin"]
    for name in sorted({**usual, **thin}, key=lambda name: -usual.get(name, 0.0)):
        table.add_row(name, f"{usual.get(name, 0.0):g}", f"{thin.get(name, 0.0):g}")
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(first, box=None, pad_edge=False)
    for heading in others:
        table.add_column(heading, justify="right")
    return table
