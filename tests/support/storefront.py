"""The example storefront, with the shop of `tests.browser.filled_shop` as its own data."""

import csv

from examples.storefront.__main__ import build
from tests.browser.filled_shop import ITEMS, manifest
from tests.support.app_server import app_server
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines

PATIENCE_S = 60.0  # for lists, since the machine may be busy


def write_shop(folder):
    """Write products, pictures and sales; everything is in stock."""
    (folder / "items").mkdir(parents=True)
    (folder / "items" / "items.csv").write_bytes(manifest())
    (folder / "sales.csv").write_bytes(as_csv(order_lines()))
    for number in range(ITEMS):
        (folder / "items" / f"{number}.jpg").write_bytes(jpeg(number))


def write_stock(folder, states):
    """Write what is not in stock, by SKU."""
    with (folder / "stock.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("sku", "availability"), *states.items()])


def storefront(folder, collection, url):
    """Serve the shop of a folder, which uses the server at `url`; the `with` gets its URL."""
    return app_server(build(folder, collection, url, PATIENCE_S))
