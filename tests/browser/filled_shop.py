"""A shop with items, sales and recommendations, filled over HTTP."""

from tests.support.archives import make_zip
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines

ITEMS = 40
KINDS = ("dress", "shoe")


def manifest(numbers=range(ITEMS)):
    """Return the names, kinds and prices of numbered items as CSV."""
    rows = [f"{n},{n}.jpg,Thing {n},{KINDS[n % 2]},{n + 0.5}" for n in numbers]
    return "\n".join(["sku,file,name,kind,price", *rows]).encode()


def archive(numbers=range(ITEMS)):
    """Return a zip of numbered images with their manifest."""
    files = {f"{n}.jpg": jpeg(n) for n in numbers}
    return make_zip({"items.csv": manifest(numbers), **files})


def fill(shop):
    """Import items and sales, and wait for the training."""
    assert shop.ingest([("shop.zip", archive())])["state"] == "succeeded"
    _, training = shop.import_sales(as_csv(order_lines()))
    assert training["state"] == "succeeded", training
