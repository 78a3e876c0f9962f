"""Requests that are sent again, to a real server that fails as it is told."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lookalike import Lookalike
from lookalike.errors import NotReachable, ServerProblem

JOB = b'{"id": "j", "kind": "ingest", "collection": "c", "state": "succeeded", "progress": {}, ' \
      b'"created_at": "2026-05-01T10:00:00Z"}'  # fmt: skip


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
        self.send_header("Content-Length", str(len(JOB)))
        self.end_headers()
        self.wfile.write(JOB)

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
