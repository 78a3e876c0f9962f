"""`python -m benchmarks.recommender SALES.csv.gz`: compares our recommender with others.

With `--all FOLDER` instead, on each sales file in a folder. Two protocols hold out order lines: the
last 30 days, or the last fifth of each customer's lines. The rest is to be learned from; to predict
are the items in the lines held out, among those sold before, of customers who were there before:
only items that are new to the customer, or (`with repeats`) all.

The table shows NDCG@10 with its standard error; the difference of ours from the best other
recommender, with the error of the paired difference; and the duration and coverage of ours. The
others choose among a few settings by a split of the lines to learn from, made in the same way.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.support.comparison import Comparison, compare
from benchmarks.support.comparison_table import print_header, print_row
from benchmarks.support.peers import PEERS
from benchmarks.support.repeat_peers import REPEAT_PEERS
from benchmarks.support.results import save_results
from benchmarks.support.sales_splits import Protocol, Split, read_sales
from core.errors import CoreError

PROTOCOLS = {"days": Protocol.LAST_DAYS, "fifth": Protocol.LAST_FIFTH}
REPEATS = {"without": False, "with": True}


def main(arguments: Sequence[str]) -> None:
    """Compare recommenders on sales files; print the table and save the figures."""
    options = _parser().parse_args(arguments)
    print_header()
    comparisons = []
    for comparison in _compare_all(options):
        print_row(comparison)
        comparisons.append(comparison)
    save_results("recommender", [row for each in comparisons for row in each.results()])


def sales_files(folder: Path, only: Sequence[str]) -> list[Path]:
    """Return the sales files in a folder, or only those with these names (without `.csv.gz`).

    Raises:
        SystemExit: there is no file, or none of a name.
    """
    files = {
        _name(file): file for file in sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")])
    }
    unknown = [name for name in only if name not in files]
    if unknown or not files:
        sys.exit(f"no sales file {', '.join(unknown) or '*.csv, *.csv.gz'} in {folder}")
    return [files[name] for name in only or files]


def _compare_all(options: argparse.Namespace) -> Iterator[Comparison]:
    files = [options.sales] if options.sales else sales_files(options.all, options.only)
    for file in files:
        sales = read_sales(file)
        for protocol in options.protocol:
            for repeats in options.repeats:
                split = Split.of(sales, PROTOCOLS[protocol], repeats=REPEATS[repeats])
                name = f"{_name(file)}, {split.protocol}, {repeats} repeats"
                yield from _compare(name, split, options.max_customers)


def _compare(name: str, split: Split, max_customers: int) -> Iterator[Comparison]:
    """Yield the comparison on a split, unless it is impossible; then print why."""
    if not len(split.users):
        print(f"{name}: nothing to predict; no customer bought again, or no times are known")
        return
    try:
        yield compare(name, split, PEERS | (REPEAT_PEERS if split.repeats else {}), max_customers)
    except CoreError as exc:
        print(f"{name}: {exc}", flush=True)


def _name(file: Path) -> str:
    return file.name.removesuffix(".gz").removesuffix(".csv")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recommender", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("sales", nargs="?", type=Path, help="sales file")
    source.add_argument("--all", type=Path, metavar="FOLDER", help="compare on all files in it")
    parser.add_argument("--only", nargs="+", default=[], metavar="SET", help="only these files")
    parser.add_argument("--protocol", nargs="+", choices=PROTOCOLS, default=list(PROTOCOLS))
    parser.add_argument("--repeats", nargs="+", choices=REPEATS, default=list(REPEATS))
    parser.add_argument(
        "--max-customers", type=int, default=2000, help="lists for so many, drawn at random"
    )
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
