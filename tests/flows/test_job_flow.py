"""Jobs: watched, waited for, cancelled, tried again."""

import json

import pytest

from tests.support.archives import zipped
from tests.support.images import jpeg
from tests.support.shop_client import FINAL, Shop, numbered

pytestmark = pytest.mark.stack


def test_the_answer_points_to_the_job(shop):
    answer = shop.send([("A.jpg", jpeg(1))])
    assert answer.status_code == 202
    assert shop.http.get(answer.headers["Location"]).json()["id"] == answer.json()["id"]


def test_with_prefer_wait_the_ended_job_is_the_answer(shop):
    answer = shop.send([("A.jpg", jpeg(1))], Prefer="wait=30")
    assert (answer.status_code, answer.json()["state"]) == (200, "succeeded")


def test_an_unknown_job_is_not_found(shop):
    for path in ("", "/failures", "/events"):
        assert shop.http.get(f"/v1/jobs/nope{path}").status_code == 404
    for verb in ("cancel", "retry"):
        assert shop.http.post(f"/v1/jobs/nope/{verb}").status_code == 404


def test_the_same_idempotency_key_makes_one_job(shop):
    key = f"key-{shop.name}"
    sent = [shop.send([("A.jpg", jpeg(1))], **{"Idempotency-Key": key}) for _ in range(3)]
    assert len({answer.json()["id"] for answer in sent}) == 1


def test_events_tell_of_the_job_until_it_ends(shop):
    job = shop.send([("a.zip", numbered(range(40)))]).json()
    with shop.http.stream("GET", f"/v1/jobs/{job['id']}/events") as stream:
        lines = [line for line in stream.iter_lines() if line.startswith("data:")]
    assert '"state":"succeeded"' in lines[-1].replace(" ", "")


def test_one_stream_tells_of_every_job_while_it_is_open_and_how_it_ended(shop):
    with shop.http.stream("GET", "/v1/jobs/events", timeout=60) as stream:
        sent = {shop.send([("a.zip", numbered(range(n, n + 30)))]).json()["id"] for n in (0, 30)}
        ended, states = set(), []
        for line in stream.iter_lines():
            told = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
            if told.get("id") in sent:
                states.append(told["state"])
                ended |= {told["id"]} if told["state"] in FINAL else set()
            if ended == sent:
                break
    assert states.count("succeeded") == 2
    assert set(states) <= {"queued", "running", "succeeded"}


def test_the_stream_tells_of_a_job_however_soon_it_is_over(shop):
    with shop.http.stream("GET", "/v1/jobs/events", timeout=20) as stream:
        lines = stream.iter_lines()
        for number in range(6):
            sent = shop.ingest([(f"{number}.jpg", jpeg(number))])["id"]
            told = (json.loads(line[5:]) for line in lines if line.startswith("data:"))
            assert any(job["id"] == sent and job["state"] == "succeeded" for job in told)


def test_a_cancelled_job_stops_within_a_chunk_and_keeps_what_it_did(shop):
    job = shop.send([("a.zip", numbered(range(400)))]).json()
    shop.job_when(job["id"], lambda j: j["progress"]["done"] > 0)
    shop.http.post(f"/v1/jobs/{job['id']}/cancel")
    ended = shop.ended(job["id"], within=15)
    assert ended["state"] == "cancelled"
    assert 0 < ended["progress"]["done"] < 400
    assert shop.counts() == (ended["progress"]["done"],) * 2
    assert shop.http.post(f"/v1/jobs/{job['id']}/cancel").status_code == 409


def test_a_cancelled_job_tried_again_does_the_rest(shop):
    job = shop.send([("a.zip", numbered(range(200)))]).json()
    shop.job_when(job["id"], lambda j: j["progress"]["done"] > 0)
    shop.http.post(f"/v1/jobs/{job['id']}/cancel")
    before = shop.ended(job["id"])["progress"]["done"]
    again = shop.ended(shop.http.post(f"/v1/jobs/{job['id']}/retry").json()["id"])
    assert again["state"] == "succeeded"
    assert (again["progress"]["skipped"], again["progress"]["done"]) == (before, 200 - before)


def test_a_retry_takes_only_what_failed(shop):
    files = {f"{n}.jpg": jpeg(n) for n in range(20)} | {"bad.jpg": b"no picture", "b.txt": b"x"}
    job = shop.ingest([("a.zip", zipped(files))])
    retried = shop.ended(shop.http.post(f"/v1/jobs/{job['id']}/retry").json()["id"])
    assert (retried["progress"]["total"], retried["state"]) == (2, "failed")
    assert set(shop.failures(retried)) == {"bad.jpg", "b.txt"}


def test_a_job_that_succeeded_cannot_be_tried_again(shop):
    job = shop.ingest([("A.jpg", jpeg(1))])
    assert shop.http.post(f"/v1/jobs/{job['id']}/retry").status_code == 409


def test_progress_only_grows_and_ends_at_the_total(shop):
    job = shop.send([("a.zip", numbered(range(120)))]).json()
    seen = []
    while not seen or seen[-1]["state"] not in FINAL:
        seen.append(shop.job(job["id"]))
    done = [s["progress"]["done"] for s in seen]
    assert done == sorted(done)
    assert (done[-1], seen[-1]["progress"]["total"]) == (120, 120)
    assert any(s["progress"]["rate"] for s in seen)


def test_jobs_of_a_collection_are_listed_newest_first(shop):
    made = [shop.ingest([(f"{n}.jpg", jpeg(n))])["id"] for n in range(3)]
    listed = shop.http.get("/v1/jobs", params={"collection": shop.name}).json()["items"]
    assert [job["id"] for job in listed] == made[::-1]


def test_an_idempotency_key_means_nothing_to_another_collection(shop, stack):
    key = {"Idempotency-Key": f"shared-{shop.name}"}
    with Shop(stack.url, f"{shop.name}-other") as other:
        other.create()
        first, second = (s.send([("A.jpg", jpeg(1))], **key).json() for s in (shop, other))
        assert first["id"] != second["id"]
        assert other.ended(second["id"])["collection"] == other.name


def test_a_retry_whose_upload_is_gone_says_what_to_do(shop):
    job = shop.send([("a.zip", numbered(range(200)))]).json()
    shop.http.post(f"/v1/jobs/{job['id']}/cancel")
    shop.ended(job["id"])
    for _ in range(2):  # the first takes all in, and the upload is dropped
        again = shop.ended(shop.http.post(f"/v1/jobs/{job['id']}/retry").json()["id"])
    assert again["state"] == "failed"
    assert "send the files again" in again["problem"]["detail"]
