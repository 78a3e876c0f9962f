"""Clients that retry while processes die, and check every response against what is promised."""

import time
from collections import Counter
from contextlib import contextmanager
from threading import Event, Thread

import httpx2

from tests.support.images import jpeg
from tests.support.shop_client import FINAL_STATES, Shop

PATIENCE_S = 180
RETRY_STATUSES = {503}
"""Allowed while a process is down; must have a Retry-After header."""


class InvariantViolation(AssertionError):
    """Raised when a response, or what is stored, breaks a promise."""


class PatientClient:
    """Retries until it gets a response; counts responses by status, 0 for none."""

    def __init__(self, url, name):
        self.shop = Shop(url, name)
        self.counts = Counter()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shop.http.close()

    def attempt(self, method, path, expected, **options):
        """Return the response if its status is expected, or None if the request must be retried."""
        try:
            response = self.shop.http.request(method, path, **options)
        except httpx2.TransportError:
            self.counts[0] += 1
            return None
        self.counts[response.status_code] += 1
        if response.status_code in expected:
            return response
        if response.status_code not in RETRY_STATUSES or "Retry-After" not in response.headers:
            text = response.text[:300]
            raise InvariantViolation(f"{method} {path}: {response.status_code} {text}")
        return None

    def request(self, method, path, expected, **options):
        """Retry until the response has one of the expected statuses; return it."""
        deadline = time.monotonic() + PATIENCE_S
        while (response := self.attempt(method, path, expected, **options)) is None:
            if time.monotonic() > deadline:
                raise InvariantViolation(f"{method} {path}: no response in {PATIENCE_S} s")
            time.sleep(0.2)
        return response

    def submit(self, path, key, **options):
        """Post until a job is accepted, always with the same key, so that it is only one job."""
        headers = {"Idempotency-Key": key} | options.pop("headers", {})
        return self.request("POST", path, {202}, headers=headers, **options).json()["id"]

    def wait_for_job(self, job_id):
        """Wait until the job has ended; return it."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            job = self.request("GET", f"/v1/jobs/{job_id}", {200}).json()
            if job["state"] in FINAL_STATES:
                return job
            if time.monotonic() > deadline:
                raise InvariantViolation(f"job {job_id} does not end: {job}")
            time.sleep(0.1)

    def delete(self, sku):
        """Delete an item; a retry may get 404 if an attempt without a response has deleted it."""
        response, attempts = None, 0
        while response is None:
            expected = {204} if not attempts else {204, 404}
            response = self.attempt("DELETE", f"{self.shop.path}/items/{sku}", expected)
            attempts += 1
            if attempts > 5 * PATIENCE_S:
                raise InvariantViolation(f"item {sku} cannot be deleted")
            if response is None:
                time.sleep(0.2)


class BackgroundClients:
    """Poll jobs, search and read lists during the work, each with a client of its own."""

    def __init__(self, url, name, users):
        self._url, self._name, self._users = url, name, users
        self.acknowledged, self.deleted, self.jobs = [], set(), []
        self._activities = {
            "polls": self._poll_job,
            "searches": self._search,
            "lists": self._read_list,
        }
        self.counts = {activity: Counter() for activity in self._activities}
        self.generations, self.violations = set(), []

    @contextmanager
    def running(self):
        """Run all activities for the length of a `with`."""
        stop = Event()
        threads = [
            Thread(target=self._repeat, args=(activity, stop)) for activity in self._activities
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _repeat(self, activity, stop):
        number = 0
        with PatientClient(self._url, self._name) as client:
            client.counts = self.counts[activity]
            while not stop.wait(0.1):
                number += 1
                try:
                    self._activities[activity](client, number)
                except Exception as exc:  # the run reports errors of its threads  # noqa: BLE001
                    self.violations.append(f"{activity}: {exc!r}")
                    return

    def _poll_job(self, client, number):
        if self.jobs:
            job = self.jobs[number % len(self.jobs)]
            client.attempt("GET", f"/v1/jobs/{job}", {200})

    def _search(self, client, number):
        if not self.acknowledged:
            return
        deleted = set(self.deleted)  # only deletions acknowledged before the request count
        sku = self.acknowledged[number * 37 % len(self.acknowledged)]
        image = {"image": ("q.jpg", jpeg(int(sku)))}
        path = f"{client.shop.path}/search"
        response = client.attempt("POST", path, {200}, files=image, data={"limit": 100})
        if response:
            skus = [match["sku"] for match in response.json()["matches"]]
            _check_skus("search", skus, deleted)

    def _read_list(self, client, number):
        deleted = set(self.deleted)
        user = self._users[number % len(self._users)]
        path = f"{client.shop.path}/users/{user}/recommendations"
        # there are no lists before the first training
        response = client.attempt("GET", path, {200, 404})
        if response and response.status_code == 200:
            body = response.json()
            _check_skus("list", [row["sku"] for row in body["recommendations"]], deleted)
            if not body["personal"]:
                generation = body["generation"]
                raise InvariantViolation(f"{user} has no list of their own in {generation}")
            self.generations.add(body["generation"])


def _check_skus(activity, skus, deleted):
    if len(skus) != len(set(skus)):
        raise InvariantViolation(f"{activity}: an item twice in {skus}")
    if deleted & set(skus):
        raise InvariantViolation(f"{activity}: deleted items {sorted(deleted & set(skus))}")
