"""Generated sales: users of two tastes, who buy within their own half of the items."""

import csv
import io
import random
from datetime import UTC, datetime, timedelta

COLUMNS = ["md5email", "sku", "order_id", "zip", "country", "created_at"]
START = datetime(2026, 1, 1, tzinfo=UTC)


def user(number):
    return f"{number:032x}"


def order_lines(users=60, skus=40, orders=6, seed=1):
    """Return rows of the six columns; even users buy the first half of the skus, odd the rest."""
    rng = random.Random(seed)
    rows = []
    for number in range(users):
        half = [n for n in range(skus) if (n < skus // 2) == (number % 2 == 0)]
        for order in range(orders):
            at = START + timedelta(days=rng.uniform(0, 180))
            rows += [
                [user(number), str(sku), f"{number}-{order}", "10115", "DE", at.isoformat()]
                for sku in rng.sample(half, 2)
            ]
    return sorted(rows, key=lambda row: row[-1])


def as_csv(rows, columns=COLUMNS, delimiter=","):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([columns, *rows])
    return text.getvalue().encode()
