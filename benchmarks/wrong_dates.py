"""`python -m benchmarks.wrong_dates SALES.csv.gz [OTHER.csv.gz]`: what a few wrong dates cost.

The recommender learns from the sales before the last 30 days: once as they are, and once with each
of several disturbances. Each time, the published lists are measured against the new purchases of
all returning users in the last 30 days; a training run that is refused publishes none. OTHER is
the sales file of a second shop.
"""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.support.our_lists import published_items
from benchmarks.support.results import Result, save_results
from benchmarks.support.sales_splits import LABELS, Protocol, Split, read_sales
from core.errors import InvalidInput
from core.recommender.options import RecommenderSettings
from core.recommender.training import train_recommender

SETTINGS = RecommenderSettings(allow_repurchase=False)
TOLERANCE = 0.005
Disturb = Callable[[pd.DataFrame], pd.DataFrame]


def main(path: str, other: str | None = None) -> None:
    """Print NDCG@10, its change from that of the clean sales, and notes from the report."""
    sales = read_sales(Path(path))
    split = Split.of(sales, Protocol.LAST_DAYS, repeats=False)
    known = split.training
    clean, results = None, list[Result]()
    print(f"{len(known):,} order lines, {len(split.users):,} returning users")
    for name, disturb in disturbances(read_sales(Path(other or path))):
        started = time.perf_counter()
        try:
            trained = train_recommender(_sorted(disturb(known)), None, SETTINGS)
        except InvalidInput as exc:
            print(f"{name:40} refused\n    {exc.detail}", flush=True)
            continue
        ndcg = float(split.ndcg(published_items(trained, split)).mean())
        clean = ndcg if clean is None else clean
        took, change = time.perf_counter() - started, ndcg - clean
        verdict = "" if abs(change) <= TOLERANCE else "  OUTSIDE THE TOLERANCE"
        print(f"{name:40} {ndcg:.4f} {change:+.4f} {took:6.1f} s{verdict}", flush=True)
        results.append(Result(name=name, rounds=(ndcg,), unit="NDCG@10", better="higher"))
        for note in [*trained.report.ignored.notes, trained.report.decision.reason]:
            print(f"    {note}")
    save_results("wrong-dates", results)


def disturbances(other: pd.DataFrame) -> Iterator[tuple[str, Disturb]]:
    """Yield each disturbance: its name, and a function that applies it to sales."""
    now = pd.Timestamp(datetime.now(UTC))
    yield "clean", lambda sales: sales
    for year in (2037, 1970):
        yield f"a line of {year}", partial(_move_line, at=pd.Timestamp(f"{year}-05-05", tz="UTC"))
    yield "a line of tomorrow", lambda sales: _move_line(sales, _days_after(sales, 1))
    yield "an order of today, known customer", partial(_add_order, at=now)
    yield "an order of today, new customer", partial(_add_order, at=now, user="new")
    yield (
        "last year's sales, an order of today",
        lambda sales: _add_order(_end_at(sales, now - pd.Timedelta(days=365)), at=now),
    )
    yield (
        "an order 45 days after the others",
        lambda sales: _add_order(sales, _days_after(sales, 45)),
    )
    yield "1 % random dates", _randomize
    for name, share in (("all", 1), ("a third", 1 / 3)):
        yield f"{name} in the last instant", partial(_move_to_end, share=share)
    yield "a second shop's old file", partial(_prepend, other=other)


def _days_after(sales: pd.DataFrame, days: int) -> pd.Timestamp:
    return sales["at"].max() + pd.Timedelta(days=days)


def _move_line(sales: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    moved = np.arange(len(sales)) == len(sales) // 2
    return sales.assign(at=sales["at"].mask(moved, at))


def _end_at(sales: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """Shift all sales, so that the last one is at this time."""
    return sales.assign(at=sales["at"] + (at - sales["at"].max()))


def _add_order(sales: pd.DataFrame, at: pd.Timestamp, user: str | None = None) -> pd.DataFrame:
    """Copy the lines of an order to another time and, optionally, to another user."""
    order = sales[sales["order"] == sales["order"].iloc[len(sales) // 2]]
    order = order.assign(at=at, order=np.int32(sales["order"].max() + 1))
    return _joined(sales, order if user is None else order.assign(user=user))


def _randomize(sales: pd.DataFrame) -> pd.DataFrame:
    """Give a hundredth of the lines a random time between 1970 and 2037."""
    rng = np.random.default_rng(0)
    times: NDArray[np.float64] = rng.uniform(0, 2**31, len(sales))
    random = pd.Series(pd.to_datetime(times, unit="s", utc=True), sales.index)
    return sales.assign(at=sales["at"].where(rng.random(len(sales)) >= 0.01, random))


def _move_to_end(sales: pd.DataFrame, share: float) -> pd.DataFrame:
    """Give a random share of the lines the time of the last line."""
    stays = np.random.default_rng(0).random(len(sales)) >= share
    return sales.assign(at=sales["at"].where(stays, sales["at"].max()))


def _prepend(sales: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Prepend the sales of another shop, so that they end a year before these sales begin."""
    gap = sales["at"].min() - other["at"].max() - pd.Timedelta(days=365)
    old = other.assign(
        at=other["at"] + gap,
        order=other["order"] + np.int32(sales["order"].max() + 1),
        user="old " + other["user"].astype("str"),
        sku="old " + other["sku"].astype("str"),
    )
    return _joined(old, sales)


def _joined(*parts: pd.DataFrame) -> pd.DataFrame:
    plain = [part.astype(dict.fromkeys(LABELS, "str")) for part in parts]
    return pd.concat(plain, ignore_index=True)


def _sorted(sales: pd.DataFrame) -> pd.DataFrame:
    """Return the sales, oldest first, as training requires."""
    sales = sales.astype(dict.fromkeys(LABELS, "str")).astype(dict.fromkeys(LABELS, "category"))
    return sales.sort_values(["at", "user", "order"], kind="stable", ignore_index=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
