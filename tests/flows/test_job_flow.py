"""Jobs are watched, waited for, cancelled and retried."""

import json

import pytest

from tests.support.archives import make_zip
from tests.support.images import jpeg
from tests.support.shop_client import FINAL_STATES, Shop, zip_of_images

pytestmark = pytest.mark.stack


def test_the_response_points_to_the_job(shop):
    response = shop.send([("A.jpg", jpeg(1))])
    assert response.status_code == 202
    assert shop.http.get(response.headers["Location"]).json()["id"] == response.json()["id"]


def test_with_prefer_wait_the_response_is_the_ended_job(shop):
    response = shop.send([("A.jpg", jpeg(1))], Prefer="wait=55")
    assert (response.status_code, response.json()["state"]) == (200, "succeeded")


def test_an_unknown_job_is_not_found(shop):
    for path in ("", "/failures", "/events"):
        assert shop.http.get(f"/v1/jobs/nope{path}").status_code == 404
    for action in ("cancel", "retry"):
        assert shop.http.post(f"/v1/jobs/nope/{action}").status_code == 404


def test_requests_with_the_same_idempotency_key_make_one_job(shop):
    key = {"Idempotency-Key": f"key-{shop.name}"}
    responses = [shop.send([("A.jpg", jpeg(1))], **key) for _ in range(3)]
    assert len({response.json()["id"] for response in responses}) == 1
    other = shop.send([("A.jpg", jpeg(2))], **key)
    assert (other.status_code, "another request" in other.json()["detail"]) == (422, True)


def test_an_idempotency_key_is_forgotten_with_its_collection(shop):
    key = {"Idempotency-Key": f"key-{shop.name}"}
    shop.wait_for_job(shop.send([("A.jpg", jpeg(1))], **key).json()["id"])
    shop.run("DELETE")
    shop.create()
    shop.wait_for_job(shop.send([("A.jpg", jpeg(1))], **key).json()["id"])
    assert shop.counts() == (1, 1)


def test_a_job_s_event_stream_follows_it_until_it_ends(shop):
    job = shop.send([("a.zip", zip_of_images(range(40)))]).json()
    with shop.http.stream("GET", f"/v1/jobs/{job['id']}/events") as stream:
        lines = [line for line in stream.iter_lines() if line.startswith("data:")]
    assert '"state":"succeeded"' in lines[-1].replace(" ", "")


def test_the_stream_of_all_jobs_reports_each_job_until_it_ends(shop):
    with shop.http.stream("GET", "/v1/jobs/events") as stream:
        archives = [zip_of_images(range(first, first + 30)) for first in (0, 30)]
        jobs = {shop.send([("a.zip", archive)]).json()["id"] for archive in archives}
        ended, states = set(), []
        for line in stream.iter_lines():
            event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
            if event.get("id") in jobs:
                states.append(event["state"])
                ended |= {event["id"]} if event["state"] in FINAL_STATES else set()
            if ended == jobs:
                break
    assert states.count("succeeded") == 2
    assert set(states) <= {"queued", "running", "succeeded"}


def test_the_stream_of_all_jobs_reports_even_the_shortest_job(shop):
    with shop.http.stream("GET", "/v1/jobs/events") as stream:
        lines = stream.iter_lines()
        for number in range(6):
            job_id = shop.ingest([(f"{number}.jpg", jpeg(number))])["id"]
            events = (json.loads(line[5:]) for line in lines if line.startswith("data:"))
            assert any(job["id"] == job_id and job["state"] == "succeeded" for job in events)


def test_a_cancelled_job_stops_within_one_chunk_and_its_committed_images_stay(shop):
    job = shop.send([("a.zip", zip_of_images(range(400)))]).json()
    shop.wait_until(job["id"], lambda job: job["progress"]["done"] > 0)
    shop.http.post(f"/v1/jobs/{job['id']}/cancel")
    ended = shop.wait_for_job(job["id"])
    assert ended["state"] == "cancelled"
    assert 0 < ended["progress"]["done"] < 400
    assert shop.counts() == (ended["progress"]["done"],) * 2
    assert shop.http.post(f"/v1/jobs/{job['id']}/cancel").status_code == 409


def test_a_retry_of_a_cancelled_job_does_the_rest(shop):
    job = shop.send([("a.zip", zip_of_images(range(200)))]).json()
    shop.wait_until(job["id"], lambda job: job["progress"]["done"] > 0)
    shop.http.post(f"/v1/jobs/{job['id']}/cancel")
    before = shop.wait_for_job(job["id"])["progress"]["done"]
    retried = shop.wait_for_job(shop.http.post(f"/v1/jobs/{job['id']}/retry").json()["id"])
    assert retried["state"] == "succeeded"
    assert (retried["progress"]["skipped"], retried["progress"]["done"]) == (before, 200 - before)


def test_a_retry_processes_only_files_that_failed(shop):
    files = {f"{n}.jpg": jpeg(n) for n in range(20)} | {"bad.jpg": b"not an image", "b.txt": b"x"}
    job = shop.ingest([("a.zip", make_zip(files))])
    retried = shop.wait_for_job(shop.http.post(f"/v1/jobs/{job['id']}/retry").json()["id"])
    assert (retried["progress"]["total"], retried["state"]) == (2, "failed")
    assert set(shop.failures(retried)) == {"bad.jpg", "b.txt"}


def test_a_job_that_succeeded_cannot_be_retried(shop):
    job = shop.ingest([("A.jpg", jpeg(1))])
    assert shop.http.post(f"/v1/jobs/{job['id']}/retry").status_code == 409


def test_progress_only_grows_and_ends_at_the_total(shop):
    job = shop.send([("a.zip", zip_of_images(range(120)))]).json()
    snapshots = []
    while not snapshots or snapshots[-1]["state"] not in FINAL_STATES:
        snapshots.append(shop.job(job["id"]))
    done = [snapshot["progress"]["done"] for snapshot in snapshots]
    assert done == sorted(done)
    assert (done[-1], snapshots[-1]["progress"]["total"]) == (120, 120)
    assert any(snapshot["progress"]["rate"] for snapshot in snapshots)


def test_jobs_of_a_collection_are_listed_newest_first(shop):
    jobs = [shop.ingest([(f"{n}.jpg", jpeg(n))])["id"] for n in range(3)]
    ingests = [job["id"] for job in shop.jobs() if job["kind"] == "ingest"]
    assert ingests == jobs[::-1]


def test_an_idempotency_key_is_valid_in_one_collection_only(shop, stack):
    key = {"Idempotency-Key": f"shared-{shop.name}"}
    with Shop(stack.url, f"{shop.name}-other") as other:
        other.create()
        first, second = (
            client.send([("A.jpg", jpeg(1))], **key).json() for client in (shop, other)
        )
        assert first["id"] != second["id"]
        assert other.wait_for_job(second["id"])["collection"] == other.name


def test_a_retry_without_its_upload_fails_and_says_what_to_do(shop):
    job = shop.send([("a.zip", zip_of_images(range(200)))]).json()
    shop.http.post(f"/v1/jobs/{job['id']}/cancel")
    shop.wait_for_job(job["id"])
    for _ in range(2):  # the first retry succeeds, and the upload is deleted
        retry = shop.http.post(f"/v1/jobs/{job['id']}/retry").json()["id"]
        retried = shop.wait_for_job(retry)
    assert retried["state"] == "failed"
    assert "send the files again" in retried["problem"]["detail"]
