"""A client of one collection that speaks plain HTTP, and the waiting that flow tests need."""

import json
import re
import time
from datetime import datetime

import httpx2

from tests.support.archives import make_zip
from tests.support.images import jpeg
from tests.support.openapi_conformance import assert_documented

FINAL_STATES = {"succeeded", "partial", "failed", "cancelled"}
CSV = {"content-type": "text/csv"}


PATIENCE_S = 180
"""How long a test waits for an event: many times what it takes, since the machine may be busy."""


def eventually(condition, within=PATIENCE_S, pause=0.1):
    """Wait until the condition holds; connection errors count as not yet."""
    deadline = time.monotonic() + within
    while True:
        try:
            if condition():
                return
        except httpx2.TransportError:
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"the condition did not hold within {within} s")
        time.sleep(pause)


def collection_name(request):
    """Derive a collection name from the running test: its end, which has the parameters."""
    return re.sub("[^a-z0-9]+", "-", request.node.name.lower())[-60:].strip("-")


class Shop:
    """A collection on a server; every response is checked against the OpenAPI description."""

    def __init__(self, url, name):
        self.url, self.name = url, name
        hooks = {"response": [assert_documented]}
        self.http = httpx2.Client(base_url=url, timeout=60, event_hooks=hooks)
        self.path = f"/v1/collections/{name}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def create(self, **fields):
        response = self.http.post("/v1/collections", json={"name": self.name, **fields})
        assert response.status_code == 201, response.text
        return response.json()

    def send(self, files, *, manifest=None, **headers):
        """Post files ((name, bytes) pairs); return the response."""
        parts = [("files", (name, data)) for name, data in files]
        if manifest is not None:
            parts.append(("manifest", ("items.csv", manifest)))
        return self.http.post(f"{self.path}/items", files=parts, headers=headers)

    def ingest(self, files, *, within=PATIENCE_S, **options):
        """Post files and wait for the job to end."""
        response = self.send(files, **options)
        assert response.status_code == 202, response.text
        return self.wait_for_job(response.json()["id"], within=within)

    def start_ingest(self, archive):
        """Return a job that has done some images of an archive, and at most half of them.

        A job that was faster than that could be seen is begun again, in an emptied collection.
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            job = self.send([("images.zip", archive)]).json()
            job = self.wait_until(job["id"], lambda job: job["progress"]["done"])
            if 2 * job["progress"]["done"] <= job["progress"]["total"]:
                return job
            self.wait_for_job(job["id"])
            self.run("DELETE")
            self.create()
        raise AssertionError(f"each ingest was half done before it was seen: {job}")

    def ingest_numbers(self, numbers):
        return self.ingest([("images.zip", zip_of_images(numbers))])

    def send_sales(self, data, **headers):
        """Post a sales file; return the response."""
        return self.http.post(f"{self.path}/sales", content=data, headers=CSV | headers)

    def import_sales(self, data):
        """Post a sales file; wait for the import and its training, and return both jobs."""
        response = self.send_sales(data)
        assert response.status_code == 202, response.text
        job = self.wait_for_job(response.json()["id"])
        assert job["state"] == "succeeded", job
        return job, self.wait_for_job(job["result"]["training"])

    def job(self, job_id):
        return self.http.get(f"/v1/jobs/{job_id}").json()

    def jobs(self):
        """The newest jobs of the collection."""
        params = {"collection": self.name, "limit": 200}
        return self.http.get("/v1/jobs", params=params).json()["items"]

    def wait_for_job(self, job_id, *, within=PATIENCE_S):
        """Wait until the job has ended; return it."""
        return self.wait_until(job_id, lambda job: job["state"] in FINAL_STATES, within=within)

    def wait_until(self, job_id, condition, *, within=PATIENCE_S):
        """Wait until the condition holds for the job; return it."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            try:
                response = self.http.get(f"/v1/jobs/{job_id}")
            except httpx2.TransportError:
                response = None
            if response is not None and response.status_code == 200 and condition(response.json()):
                return response.json()
            time.sleep(0.05)
        detail = "no response" if response is None else response.text
        raise AssertionError(f"job {job_id}: {detail}")

    def failures(self, job):
        """The failures of a job, by file name."""
        response = self.http.get(f"/v1/jobs/{job['id']}/failures", params={"limit": 1000})
        return {failure["file"]: failure for failure in response.json()["items"]}

    def search(self, data, **form):
        """Search with an image; return the response."""
        if "filter" in form:
            form["filter"] = json.dumps(form["filter"])
        return self.http.post(f"{self.path}/search", files={"image": ("q.jpg", data)}, data=form)

    def matches(self, data, **form):
        """Search with an image, again while the server is too busy; return the matches."""
        response = repeat_while_rejected(lambda: self.search(data, **form))
        assert response.status_code == 200, response.text
        return response.json()["matches"]

    def recommendations(self, user, **params):
        """Read the list of a user; return the response."""
        return self.http.get(f"{self.path}/users/{user}/recommendations", params=params)

    def recommended_skus(self, user):
        return [row["sku"] for row in self.recommendations(user).json()["recommendations"]]

    def run(self, method, path="", **request):
        """Send a request that creates a job; return the job when it has ended."""
        response = self.http.request(method, f"{self.path}{path}", **request)
        assert response.status_code == 202, response.text
        return self.wait_for_job(response.json()["id"])

    def verify(self):
        """Compare store, vectors and lists; return the report."""
        job = self.run("POST", "/verify")
        assert job["state"] == "succeeded", job
        return job["result"]

    def have_all_jobs_ended(self):
        """Whether none of the newest jobs of the collection is queued or running."""
        return all(job["state"] in FINAL_STATES for job in self.jobs())

    def is_ready(self):
        """Whether the server reports that it is ready."""
        return self.http.get("/health/ready").status_code == 200

    def skus(self):
        """The skus of all items, over all pages."""
        skus, cursor = [], None
        while True:
            params = {"limit": 50, **({"cursor": cursor} if cursor else {})}
            page = self.http.get(f"{self.path}/items", params=params).json()
            skus += [item["sku"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return skus

    def counts(self):
        """The numbers of items and images."""
        body = self.http.get(self.path).json()
        return body["items"], body["images"]


def is_rejected(response):
    """Whether the server was too busy for a search, as it may be on a busy machine."""
    return response.status_code == 503 and "too many searches" in response.text


def repeat_while_rejected(search):
    """Search until the server is not too busy for it, or patience ends; return the response."""
    deadline = time.monotonic() + PATIENCE_S
    while is_rejected(response := search()) and time.monotonic() < deadline:
        pass  # the server pauses before it rejects
    return response


def assert_outlasted(job, fault):
    """The job ended after a fault (in seconds since 1970): otherwise it shows nothing about it."""
    assert datetime.fromisoformat(job["finished_at"]).timestamp() > fault, job


def zip_of_images(numbers):
    """Return a zip archive of images `N.jpg`."""
    return make_zip({f"{number}.jpg": jpeg(number) for number in numbers})


def json_output(process):
    """Parse what a command has printed with `--json`."""
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)
