"""A shop with everything in it, put there over HTTP."""

from tests.support.archives import zipped
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines

ITEMS = 40
KINDS = ("dress", "shoe")


def manifest(numbers=range(ITEMS)):
    """Names, kinds and prices of numbered items."""
    rows = [f"{n},{n}.jpg,Thing {n},{KINDS[n % 2]},{n + 0.5}" for n in numbers]
    return "\n".join(["sku,file,name,kind,price", *rows]).encode()


def archive(numbers=range(ITEMS)):
    """A zip of numbered pictures with their manifest."""
    files = {f"{n}.jpg": jpeg(n) for n in numbers}
    return zipped({"items.csv": manifest(numbers), **files})


def fill(shop):
    """Items, sales, and a training of them."""
    assert shop.ingest([("shop.zip", archive())])["state"] == "succeeded"
    answer = shop.http.post(
        f"{shop.path}/sales", content=as_csv(order_lines()), headers={"content-type": "text/csv"}
    )
    training = shop.ended(shop.ended(answer.json()["id"])["result"]["training"])
    assert training["state"] == "succeeded", training
