"""Retries, against a real server that fails on demand."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lookalike import Lookalike
from lookalike.errors import NotReachable, ServerProblem

JOB = {"id": "j", "kind": "ingest", "collection": "c", "state": "succeeded", "progress": {},
       "created_at": "2026-05-01T10:00:00Z"}  # fmt: skip
RESPONSE = json.dumps({**JOB, "items": [JOB, {**JOB, "id": "d", "kind": "delete-collection"}]})


class Failing(ThreadingHTTPServer):
    """Fails once for each fault: a status and the Retry-After in seconds; None hangs up."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.requests = [], []


class Handler(BaseHTTPRequestHandler):
    def respond(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.headers.get("Idempotency-Key"), body))
        status, after = self.server.faults.pop(0) if self.server.faults else (200, None)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        if after is not None:
            self.send_header("Retry-After", str(after))
        self.send_header("Content-Length", str(len(RESPONSE)))
        self.end_headers()
        self.wfile.write(RESPONSE.encode())

    do_GET = do_POST = do_DELETE = respond  # noqa: N815 - http.server's names

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Failing() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(server):
    with Lookalike(f"http://127.0.0.1:{server.server_port}") as client:
        yield client


@pytest.mark.parametrize("fault", [(None, None), (502, None), (503, 0), (429, 0)])
def test_a_request_is_retried_until_it_succeeds(client, server, fault):
    server.faults = [fault, fault]
    assert client.job("j").id == "j"
    assert len(server.requests) == 3


def test_after_two_retries_the_problem_is_raised(client, server):
    server.faults = [(503, 0)] * 3
    with pytest.raises(ServerProblem) as caught:
        client.delete_collection("c")
    assert (caught.value.status, len(server.requests)) == (503, 3)


@pytest.mark.parametrize("fault", [(503, None), (503, 3600), (404, 0), (500, None)])
def test_errors_that_a_retry_would_not_help_are_raised_at_once(client, server, fault):
    server.faults = [fault]
    with pytest.raises(ServerProblem) as caught:
        client.job("j")
    assert len(server.requests) == 1
    assert caught.value.retry_after_s == fault[1]


def test_a_request_that_is_not_repeatable_is_not_retried(client, server):
    server.faults = [(None, None)]
    with pytest.raises(NotReachable, match="was lost"):
        client.retry("j")
    assert len(server.requests) == 1


def test_an_upload_is_sent_again_whole_and_under_the_same_key(client, server, tmp_path):
    (tmp_path / "A.jpg").write_bytes(b"content" * 1000)
    server.faults = [(502, None)]
    client.import_folder(tmp_path, "c")
    first, second = server.requests
    assert first == second
    assert first[1]
    assert first[2].count(b"content") == 1000


def test_a_sales_file_is_sent_again_from_its_beginning(client, server, tmp_path):
    (tmp_path / "sales.csv").write_bytes(b"md5email,sku\n" * 100)
    server.faults = [(502, None)]
    client.recommender("c").add_sales(tmp_path / "sales.csv")
    assert [body.count(b"md5email") for _, _, body in server.requests] == [100, 100]
    assert server.requests[0][1] == server.requests[1][1] is not None


@pytest.mark.parametrize("fault", [(None, None), (502, None)])
def test_a_404_on_a_retried_deletion_counts_as_deleted(client, server, fault):
    server.faults = [fault, (404, None)]
    client.delete_item("c", "A")
    assert [method for method, _, _ in server.requests] == ["DELETE", "DELETE"]


def test_the_job_of_a_deletion_whose_response_was_lost_is_found(client, server):
    server.faults = [(None, None), (404, None)]
    assert client.delete_collection("c").id == "d"


@pytest.mark.parametrize("faults", [[(404, None)], [(503, 0), (404, None)]])
def test_an_item_that_never_existed_cannot_be_deleted(client, server, faults):
    server.faults = faults
    with pytest.raises(ServerProblem):
        client.delete_item("c", "A")
