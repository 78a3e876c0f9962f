"""The example storefront, with the shop of `tests.browser.filled_shop` as its own data."""

import csv
import threading
import time
from contextlib import contextmanager

import uvicorn

from examples.storefront.__main__ import build
from tests.browser.filled_shop import ITEMS, manifest
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines
from tests.support.servers import free_port, listening


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


@contextmanager
def storefront(folder, collection, url):
    """Serve the shop of a folder, which uses the server at `url`; yields the shop's URL."""
    port = free_port()
    config = uvicorn.Config(build(folder, collection, url), port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not listening(port):
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
