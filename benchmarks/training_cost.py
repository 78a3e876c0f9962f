"""`python -m benchmarks.training_cost`: how long a training run takes, and how much memory.

The sales are a file, or generated, by default with ten lines per customer and a hundred per item:

    --file SALES.csv.gz
    --lines 1000000
    --lines 150000 --items 25000
    --lines 150000 --days 0.9
"""

import argparse
from pathlib import Path

from benchmarks.support.sales_splits import read_sales
from benchmarks.support.training_cost import generate_sales, measure_cost


def main() -> None:
    """Measure a training run, including the lists of all customers, stage by stage."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_cost")
    parser.add_argument("--file", type=Path, help="sales file instead of generated sales")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int)
    parser.add_argument("--items", type=int)
    parser.add_argument("--days", type=float, default=365)
    options = parser.parse_args()
    if options.file:
        measure_cost(read_sales(options.file))
    else:
        sizes = options.lines, options.customers, options.items
        measure_cost(generate_sales(*sizes, days=options.days))


if __name__ == "__main__":
    main()
