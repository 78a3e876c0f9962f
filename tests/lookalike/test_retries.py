"""Requests that are sent again, to a real server that fails as it is told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lookalike import Lookalike
from lookalike.errors import NotReachable, ServerProblem

JOB = {"id": "j", "kind": "ingest", "collection": "c", "state": "succeeded", "progress": {},
       "created_at": "2026-05-01T10:00:00Z"}  # fmt: skip
ANSWER = json.dumps({**JOB, "items": [JOB, {**JOB, "id": "d", "kind": "delete-collection"}]})


class Failing(ThreadingHTTPServer):
    """Fails as often as `faults` says: a status, with the seconds of Retry-After; None hangs up."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.seen = [], []


class Handler(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.headers.get("Idempotency-Key"), body))
        status, after = self.server.faults.pop(0) if self.server.faults else (200, None)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        if after is not None:
            self.send_header("Retry-After", str(after))
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER.encode())

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - so the standard library calls them

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
def test_a_question_is_asked_again_until_it_is_answered(client, server, fault):
    server.faults = [fault, fault]
    assert client.job("j").id == "j"
    assert len(server.seen) == 3


def test_after_two_repetitions_the_problem_is_told(client, server):
    server.faults = [(503, 0)] * 3
    with pytest.raises(ServerProblem) as caught:
        client.delete_collection("c")
    assert (caught.value.status, len(server.seen)) == (503, 3)


@pytest.mark.parametrize("fault", [(503, None), (503, 3600), (404, 0), (500, None)])
def test_what_would_not_mend_itself_soon_is_told_at_once(client, server, fault):
    server.faults = [fault]
    with pytest.raises(ServerProblem):
        client.job("j")
    assert len(server.seen) == 1


def test_what_may_have_been_done_already_is_not_asked_twice(client, server):
    server.faults = [(None, None)]
    with pytest.raises(NotReachable, match="broke"):
        client.retry("j")
    assert len(server.seen) == 1


def test_an_upload_is_sent_again_whole_and_under_the_same_key(client, server, tmp_path):
    (tmp_path / "A.jpg").write_bytes(b"picture" * 1000)
    server.faults = [(502, None)]
    client.import_folder(tmp_path, "c")
    first, second = server.seen
    assert first == second
    assert first[1]
    assert first[2].count(b"picture") == 1000


def test_a_sales_file_is_sent_again_from_its_beginning(client, server, tmp_path):
    (tmp_path / "sales.csv").write_bytes(b"md5email,sku\n" * 100)
    server.faults = [(502, None)]
    client.recommender("c").add_sales(tmp_path / "sales.csv")
    assert [body.count(b"md5email") for _, _, body in server.seen] == [100, 100]
    assert server.seen[0][1] == server.seen[1][1] is not None


@pytest.mark.parametrize("fault", [(None, None), (502, None)])
def test_what_is_gone_when_its_deletion_is_repeated_was_deleted(client, server, fault):
    server.faults = [fault, (404, None)]
    client.delete_item("c", "A")
    assert [method for method, _, _ in server.seen] == ["DELETE", "DELETE"]


def test_the_job_of_a_deletion_whose_answer_was_lost_is_found(client, server):
    server.faults = [(None, None), (404, None)]
    assert client.delete_collection("c").id == "d"


@pytest.mark.parametrize("faults", [[(404, None)], [(503, 0), (404, None)]])
def test_what_was_never_there_cannot_be_deleted(client, server, faults):
    server.faults = faults
    with pytest.raises(ServerProblem):
        client.delete_item("c", "A")
