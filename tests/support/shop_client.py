"""A shop as its developer sees it: plain HTTP to one collection."""

import json
import time

import httpx2

from tests.support.archives import zipped
from tests.support.images import jpeg
from tests.support.openapi_conformance import check_described

FINAL = {"succeeded", "partial", "failed", "cancelled"}


def eventually(right, within=60, pause=0.1):
    """Wait until it is right; a server may be away meanwhile."""
    until = time.monotonic() + within
    while True:
        try:
            if right():
                return
        except httpx2.TransportError:
            pass
        assert time.monotonic() < until
        time.sleep(pause)


def named_after(request):
    """A collection's name out of the test that asks for it."""
    return request.node.name.replace("test_", "").replace("[", "-").strip("]")[:60]


class Shop:
    def __init__(self, url, name):
        self.url, self.name = url, name
        hooks = {"response": [check_described]}
        self.http = httpx2.Client(base_url=url, timeout=60, event_hooks=hooks)
        self.path = f"/v1/collections/{name}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def create(self, **more):
        answer = self.http.post("/v1/collections", json={"name": self.name, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def send(self, files, *, manifest=None, **headers):
        """Post files ((name, bytes) pairs); the answer as it came."""
        parts = [("files", (name, data)) for name, data in files]
        if manifest is not None:
            parts.append(("manifest", ("items.csv", manifest)))
        return self.http.post(f"{self.path}/items", files=parts, headers=headers)

    def ingest(self, files, *, within=120, **more):
        """Post files and wait for the ended job."""
        answer = self.send(files, **more)
        assert answer.status_code == 202, answer.text
        return self.ended(answer.json()["id"], within=within)

    def ingest_numbers(self, numbers):
        return self.ingest([("some.zip", numbered(numbers))])

    def job(self, job_id):
        return self.http.get(f"/v1/jobs/{job_id}").json()

    def ended(self, job_id, *, within=120):
        return self.job_when(job_id, lambda job: job["state"] in FINAL, within=within)

    def job_when(self, job_id, right, *, within=60):
        until = time.monotonic() + within
        while time.monotonic() < until:
            try:
                answer = self.http.get(f"/v1/jobs/{job_id}")
            except httpx2.TransportError:
                answer = None
            if answer is not None and answer.status_code == 200 and right(answer.json()):
                return answer.json()
            time.sleep(0.05)
        raise AssertionError(f"job {job_id}: {answer.text if answer is not None else 'no answer'}")

    def failures(self, job):
        found = self.http.get(f"/v1/jobs/{job['id']}/failures", params={"limit": 1000})
        return {f["file"]: f for f in found.json()["items"]}

    def search(self, data, **form):
        if "filter" in form:
            form["filter"] = json.dumps(form["filter"])
        return self.http.post(f"{self.path}/search", files={"image": ("q.jpg", data)}, data=form)

    def found(self, data, **form):
        answer = self.search(data, **form)
        assert answer.status_code == 200, answer.text
        return answer.json()["matches"]

    def skus(self):
        """Skus of all items, over all pages."""
        found, cursor = [], None
        while True:
            params = {"limit": 50, **({"cursor": cursor} if cursor else {})}
            page = self.http.get(f"{self.path}/items", params=params).json()
            found += [item["sku"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def counts(self):
        body = self.http.get(self.path).json()
        return body["items"], body["images"]


def numbered(numbers):
    """A zip of pictures `N.jpg`."""
    return zipped({f"{n}.jpg": jpeg(n) for n in numbers})


def answer(done):
    """What a command has printed with --json."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
