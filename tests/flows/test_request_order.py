"""Many clients change the same items; what remains is what the order of their requests says."""

import hashlib
import json
import random
import threading

import pytest

from tests.support.archives import make_zip
from tests.support.concurrency import call_together
from tests.support.images import jpeg
from tests.support.item_model import ItemModel
from tests.support.items import own
from tests.support.shop_client import eventually

pytestmark = pytest.mark.stack

SKUS = ("A", "A", "A", "B", "C")
"""Most requests concern one SKU."""
CLIENTS, REQUESTS = 16, 4


class Client:
    """Sends random requests, one after the other, and records them with their responses."""

    def __init__(self, shop, seed, in_turn, history):
        self._shop, self._in_turn, self._history = shop, in_turn, history
        self._random = random.Random(seed)

    def run(self):
        kinds = [self.put, self.upload, self.upload_view, self.manifest, self.patch, self.delete]
        for kind in self._random.choices(kinds, k=REQUESTS):
            kind(self._random.choice(SKUS), self._random.randrange(8))

    def put(self, sku, n):
        data = {"attributes": json.dumps({"price": n, "size": n})}
        files = {"files": (f"{n}.jpg", jpeg(n))}
        self._send("PUT", f"/{sku}", {sku: ("replace", {"main": n}, {"price": n, "size": n})},
                   files=files, data=data)  # fmt: skip

    def upload(self, sku, n):
        manifest = f"sku,file,price\n{sku},{n}.jpg,{n}\n".encode()
        files = {"files": (f"{n}.jpg", jpeg(n)), "manifest": ("items.csv", manifest)}
        self._send("POST", "", {sku: ("upload", {"main": n}, {"price": n})}, files=files)

    def upload_view(self, sku, n):
        rows = f"sku,file,view\n{sku},1.jpg,back\n{sku},2.jpg,main\n"
        files = {"1.jpg": jpeg(n), "2.jpg": jpeg(n + 1), "items.csv": rows.encode()}
        effect = {sku: ("upload", {"back": n, "main": n + 1}, {})}
        self._send("POST", "", effect, files={"files": ("a.zip", make_zip(files))})

    def manifest(self, _, n):
        rows = "".join(f"{sku},{n},{n + k}\n" for k, sku in enumerate("ABC"))
        effects = {sku: ("upload", {}, {"stock": n, "price": n + k}) for k, sku in enumerate("ABC")}
        files = {"manifest": ("items.csv", f"sku,stock,price\n{rows}".encode())}
        self._send("POST", "", effects, files=files)

    def patch(self, sku, n):
        attributes = {"price": n, "stock": None}
        effect = {sku: ("set_attributes", attributes)}
        self._send("PATCH", f"/{sku}", effect, json={"attributes": attributes})

    def delete(self, sku, _):
        self._send("DELETE", f"/{sku}", {sku: ("delete",)})

    def _send(self, method, path, effects, **content):
        """Send a request when no other client sends one, so that the order is known."""
        with self._in_turn:
            response = self._shop.http.request(method, f"{self._shop.path}/items{path}", **content)
            self._history.append((response, effects))


def missing_items(shop, job_id):
    """The SKUs of those rows of a job whose item did not exist."""
    job = shop.wait_for_job(job_id)
    failures = shop.failures(job).values()
    assert {failure["code"] for failure in failures} <= {"not-found"}, failures
    return {failure["sku"] for failure in failures}


def expected_items(shop, history):
    models = {sku: ItemModel() for sku in SKUS}
    for response, effects in history:
        refused = set()
        if response.status_code == 202:
            refused = missing_items(shop, response.json()["id"])
        elif response.status_code == 404:
            refused = set(effects)
        for sku in effects.keys() - refused:
            kind, *arguments = effects[sku]
            getattr(models[sku], kind)(*arguments)
    return {sku: content for sku, model in models.items() if (content := model.content())}


def stored_items(shop):
    numbers = {hashlib.sha256(jpeg(n)).hexdigest(): n for n in range(9)}
    items = shop.http.get(f"{shop.path}/items").json()["items"]
    return {
        item["sku"]: (
            {image["view"]: numbers[image["sha256"]] for image in item["images"]},
            own(item["attributes"]),
        )
        for item in items
    }


def test_sixteen_clients_leave_what_the_order_of_their_requests_says(shop):
    in_turn, history = threading.Lock(), []
    Client(shop, CLIENTS, in_turn, history).put("A", 0)  # the network is loaded before the others
    shop.wait_for_job(history[0][0].json()["id"])
    clients = [Client(shop, seed, in_turn, history) for seed in range(CLIENTS)]
    call_together(*(client.run for client in clients))
    assert len(history) == 1 + CLIENTS * REQUESTS
    assert {response.status_code for response, _ in history} <= {200, 202, 204, 404}
    assert stored_items_after_all_jobs(shop, history) == expected_items(shop, history)
    eventually(shop.have_all_jobs_ended)
    assert (report := shop.verify())["sound"] is True, report


def stored_items_after_all_jobs(shop, history):
    for response, _ in history:
        if response.status_code == 202:
            shop.wait_for_job(response.json()["id"])
    return stored_items(shop)


def test_the_last_of_two_replacements_a_change_and_a_deletion_is_what_remains(shop):
    client = Client(shop, 0, threading.Lock(), history := [])
    for last in ("put", "patch", "delete"):
        client.put("A", 1)
        shop.wait_for_job(history[-1][0].json()["id"])
        client.put("A", 2)
        getattr(client, last)("A", 3)
        assert stored_items_after_all_jobs(shop, history) == expected_items(shop, history)
