"""What the processes of a running stack log."""

import json
import time

import pytest

from tests.support.images import jpeg

pytestmark = pytest.mark.stack


def read_log(stack, process):
    """Return the JSON lines of a process."""
    text = (stack.data / "logs" / f"{process}.log").read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def wait_for_lines(stack, process, request_id):
    """Return the log lines of a request; they are written after its response."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        lines = [row for row in read_log(stack, process) if row.get("request_id") == request_id]
        if lines:
            return lines
        time.sleep(0.1)
    raise TimeoutError(f"{process} logs nothing about request {request_id}")


def test_a_request_and_its_job_can_be_followed_through_the_logs(stack, shop):
    request_id = f"follow-{shop.name}"
    headers = {"X-Request-ID": request_id, "Prefer": "wait=60"}
    files = [("files", ("A.jpg", jpeg(1), "image/jpeg"))]
    response = shop.http.post(f"{shop.path}/items", files=files, headers=headers)
    job = response.json()
    assert (response.status_code, job["state"]) == (200, "succeeded")
    (access,) = wait_for_lines(stack, "api", request_id)
    assert (access["status"], access["path"]) == (200, f"{shop.path}/items")
    embedders = [name for name in stack.names if name.startswith("worker-embed")]
    lines = [line for name in embedders for line in read_log(stack, name)]
    assert request_id in {
        line.get("request_id") for line in lines if line.get("job_id") == job["id"]
    }


def test_a_worker_logs_a_search_with_its_request_id(stack, shop):
    shop.ingest([("A.jpg", jpeg(1))])
    headers = {"X-Request-ID": f"search-{shop.name}"}
    files = {"image": ("q.jpg", jpeg(1), "image/jpeg")}
    assert shop.http.post(f"{shop.path}/search", files=files, headers=headers).status_code == 200
    assert wait_for_lines(stack, "worker-search", headers["X-Request-ID"])


def test_no_log_names_a_user(stack, shop):
    user = f"someone-{shop.name}@example.org"
    shop.http.get(f"{shop.path}/users/{user}/recommendations")
    shop.http.delete(f"{shop.path}/users/{user}", headers={"Prefer": "wait=60"})
    shop.http.get(
        f"{shop.path}/users", params={"prefix": user}, headers={"X-Request-ID": shop.name}
    )
    wait_for_lines(stack, "api", shop.name)
    text = "".join(path.read_text() for path in (stack.data / "logs").iterdir())
    assert "/users/~" in text
    assert user not in text
