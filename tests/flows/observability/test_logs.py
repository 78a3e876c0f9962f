"""What the processes of a running stack log."""

import json

import pytest

from tests.support.images import jpeg
from tests.support.shop_client import eventually

pytestmark = pytest.mark.stack


def read_log(stack, process):
    """Return the JSON lines of a process."""
    text = (stack.data / "logs" / f"{process}.log").read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def wait_for_lines(stack, process, request_id):
    """Return the log lines of a request; they are written after its response."""
    lines = []

    def are_written():
        rows = read_log(stack, process)
        lines[:] = [row for row in rows if row.get("request_id") == request_id]
        return lines

    eventually(are_written)
    return lines


def test_a_request_and_its_job_can_be_followed_through_the_logs(stack, shop):
    request_id = f"follow-{shop.name}"
    job = shop.ingest([("A.jpg", jpeg(1))], **{"X-Request-ID": request_id})
    (access,) = wait_for_lines(stack, "api", request_id)
    assert (access["status"], access["path"]) == (202, f"{shop.path}/items")
    embedders = [name for name in stack.names if name.startswith("worker-embed")]

    def is_followed():
        lines = [line for name in embedders for line in read_log(stack, name)]
        return request_id in {
            line.get("request_id") for line in lines if line.get("job_id") == job["id"]
        }

    eventually(is_followed)


def test_a_worker_logs_a_search_with_its_request_id(stack, shop):
    shop.ingest([("A.jpg", jpeg(1))])
    headers = {"X-Request-ID": f"search-{shop.name}"}
    files = {"image": ("q.jpg", jpeg(1), "image/jpeg")}
    assert shop.http.post(f"{shop.path}/search", files=files, headers=headers).status_code == 200
    assert wait_for_lines(stack, "worker-search", headers["X-Request-ID"])


def test_no_log_names_a_user(stack, shop):
    user = f"someone-{shop.name}@example.org"
    shop.http.get(f"{shop.path}/users/{user}/recommendations")
    shop.run("DELETE", f"/users/{user}")
    shop.http.get(
        f"{shop.path}/users", params={"prefix": user}, headers={"X-Request-ID": shop.name}
    )
    wait_for_lines(stack, "api", shop.name)
    text = "".join(path.read_text() for path in (stack.data / "logs").iterdir())
    assert "/users/~" in text
    assert user not in text
