"""What the processes of a running stack write to their logs."""

import json
import time

import pytest

from tests.support.images import jpeg

pytestmark = pytest.mark.stack


def lines(stack, part):
    text = (stack.data / "logs" / f"{part}.log").read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def told(stack, part, request):
    """What a part says of a request; it says so once the answer has gone."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if found := [one for one in lines(stack, part) if one.get("request_id") == request]:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"{part} says nothing of {request}")


def test_a_request_and_its_job_can_be_followed_through_the_logs(stack, shop):
    asked = {"X-Request-ID": f"follow-{shop.name}", "Prefer": "wait=60"}
    files = [("files", ("A.jpg", jpeg(1), "image/jpeg"))]
    answer = shop.http.post(f"{shop.path}/items", files=files, headers=asked)
    job = answer.json()
    assert (answer.status_code, job["state"]) == (200, "succeeded")
    (access,) = told(stack, "api", asked["X-Request-ID"])
    assert (access["status"], access["path"]) == (200, f"{shop.path}/items")
    parts = [name for name in stack.names if name.startswith("worker-embed")]
    found = [one for part in parts for one in lines(stack, part) if one.get("job_id") == job["id"]]
    assert asked["X-Request-ID"] in {one.get("request_id") for one in found}


def test_a_search_is_logged_with_the_request_that_asked(stack, shop):
    shop.ingest([("A.jpg", jpeg(1))])
    asked = {"X-Request-ID": f"search-{shop.name}"}
    files = {"image": ("q.jpg", jpeg(1), "image/jpeg")}
    assert shop.http.post(f"{shop.path}/search", files=files, headers=asked).status_code == 200
    assert told(stack, "worker-search", asked["X-Request-ID"])


def test_no_customer_and_no_secret_is_in_any_log(stack, shop):
    user = f"someone-{shop.name}@example.org"
    shop.http.get(f"{shop.path}/users/{user}/recommendations")
    shop.http.delete(f"{shop.path}/users/{user}", headers={"Prefer": "wait=60"})
    shop.http.get(
        f"{shop.path}/users", params={"prefix": user}, headers={"X-Request-ID": shop.name}
    )
    told(stack, "api", shop.name)
    text = "".join(path.read_text() for path in (stack.data / "logs").iterdir())
    assert "/users/~" in text
    assert user not in text
