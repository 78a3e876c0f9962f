"""Clients of a shop whose parts die: they ask again, and hold every answer to what was promised."""

import time
from collections import Counter
from contextlib import contextmanager
from threading import Event, Thread

import httpx2

from tests.support.images import jpeg
from tests.support.shop_client import FINAL, Shop

PATIENCE_S = 180
LATER = {503}
"""What may be answered while a part is away; it must say when to ask again."""


class Broken(AssertionError):
    """Raised when an answer is none that was promised."""


class Patient:
    """Asks until it is answered; counts answers by status, 0 for none."""

    def __init__(self, url, name):
        self.shop = Shop(url, name)
        self.seen = Counter()

    def once(self, method, path, right, **more):
        """The answer if it is one of the `right` statuses; None if it is to be asked again."""
        try:
            answer = self.shop.http.request(method, path, **more)
        except httpx2.TransportError:
            self.seen[0] += 1
            return None
        self.seen[answer.status_code] += 1
        if answer.status_code in right:
            return answer
        if answer.status_code not in LATER or "Retry-After" not in answer.headers:
            raise Broken(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return None

    def ask(self, method, path, right, **more):
        until = time.monotonic() + PATIENCE_S
        while (answer := self.once(method, path, right, **more)) is None:
            if time.monotonic() > until:
                raise Broken(f"{method} {path}: no answer in {PATIENCE_S} s")
            time.sleep(0.2)
        return answer

    def send(self, path, key, **body):
        """Post what makes a job until it is accepted; the same key, so it is one job."""
        headers = {"Idempotency-Key": key} | body.pop("headers", {})
        return self.ask("POST", path, {202}, headers=headers, **body).json()["id"]

    def ended(self, job):
        """The job when it has ended."""
        until = time.monotonic() + PATIENCE_S
        while True:
            found = self.ask("GET", f"/v1/jobs/{job}", {200}).json()
            if found["state"] in FINAL:
                return found
            if time.monotonic() > until:
                raise Broken(f"job {job} does not end: {found}")
            time.sleep(0.1)

    def delete(self, sku):
        """Delete an item; that it is gone may be the work of a request which got no answer."""
        answer = None
        asked = 0
        while answer is None:
            right = {204} if not asked else {204, 404}
            answer = self.once("DELETE", f"{self.shop.path}/items/{sku}", right)
            asked += 1
            if asked > 5 * PATIENCE_S:
                raise Broken(f"item {sku} cannot be deleted")
            if answer is None:
                time.sleep(0.2)


class Watcher:
    """Polls, searches and reads lists beside the work, each as a client of its own."""

    def __init__(self, url, name, users):
        self._url, self._name, self._users = url, name, users
        self.acknowledged, self.deleted, self.jobs = [], set(), []
        self.counts = {what: Counter() for what in ("polls", "searches", "lists")}
        self.generations, self.broken = set(), []

    @contextmanager
    def watching(self):
        over = Event()
        rounds = (self._poll, self._search, self._read)
        threads = [Thread(target=self._repeat, args=(one, over)) for one in rounds]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _repeat(self, one, over):
        what = {"_poll": "polls", "_search": "searches", "_read": "lists"}[one.__name__]
        client = Patient(self._url, self._name)
        client.seen = self.counts[what]
        number = 0
        with client.shop:
            while not over.wait(0.1):
                number += 1
                try:
                    one(client, number)
                except Exception as exc:  # a thread's errors are told by the run  # noqa: BLE001
                    self.broken.append(f"{what}: {exc!r}")
                    return

    def _poll(self, client, number):
        if self.jobs:
            job = self.jobs[number % len(self.jobs)]
            client.once("GET", f"/v1/jobs/{job}", {200})

    def _search(self, client, number):
        if not self.acknowledged:
            return
        gone = set(self.deleted)  # what is acknowledged as deleted before it is asked for
        sku = self.acknowledged[number * 37 % len(self.acknowledged)]
        image = {"image": ("q.jpg", jpeg(int(sku)))}
        path = f"{client.shop.path}/search"
        answer = client.once("POST", path, {200}, files=image, data={"limit": 100})
        if answer:
            self._check("search", [m["sku"] for m in answer.json()["matches"]], gone)

    def _read(self, client, number):
        gone = set(self.deleted)
        name = self._users[number % len(self._users)]
        path = f"{client.shop.path}/users/{name}/recommendations"
        # there are no lists before the first training
        answer = client.once("GET", path, {200, 404})
        if answer and answer.status_code == 200:
            body = answer.json()
            self._check("list", [row["sku"] for row in body["recommendations"]], gone)
            if not body["personal"]:
                raise Broken(f"{name} has no list of their own in {body['generation']}")
            self.generations.add(body["generation"])

    def _check(self, what, skus, gone):
        if len(skus) != len(set(skus)):
            raise Broken(f"{what}: an item twice in {skus}")
        if gone & set(skus):
            raise Broken(f"{what}: deleted items {sorted(gone & set(skus))}")
