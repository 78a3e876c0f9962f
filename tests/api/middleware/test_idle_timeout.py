"""Clients that stall, or send endless headers, over a real socket."""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from lookalike.client import Lookalike
from lookalike.errors import LookalikeError
from tests.support.servers import free_port, listening

HEAD = (
    "POST /v1/collections HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    "content-length: 16\r\n\r\n"
)
BODY = b'{"name": "A.B"} '


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The port of a server whose idle timeout is half a second."""
    port = free_port()
    settings = {
        "PORTS__API": port,
        "LIMITS__IDLE_TIMEOUT_S": 0.5,
        "LIMITS__MAX_UPLOAD_MB": 1,
        "LIMITS__MAX_IMAGE_MB": 1,
        "DATA": tmp_path_factory.mktemp("stalls"),
    }
    variables = {f"LOOKALIKE_{name}": str(value) for name, value in settings.items()}
    process = subprocess.Popen([sys.executable, "-m", "api"], env={**os.environ, **variables})
    deadline = time.monotonic() + 60
    while not listening(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    yield port
    process.terminate()
    process.wait(20)


def start_request(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(HEAD.encode())
    return connection


def read_all(connection):
    """Read until the server closes the connection."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("sent", [b"", BODY[:9]])
def test_a_stalled_body_gets_408_and_the_connection_is_closed(port, sent):
    with start_request(port) as connection:
        connection.sendall(sent)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert b"no data was received for 0.5 seconds" in answer


def test_a_slow_body_is_waited_for(port):
    with start_request(port) as connection:
        for at in range(0, len(BODY), 2):  # 0.8 seconds in all, each pause far below the timeout
            time.sleep(0.1)
            connection.sendall(BODY[at : at + 2])
        assert b"422" in connection.recv(65_536).partition(b"\r\n")[0]


def exchange(port, *chunks):
    """Send chunks until the server closes the connection; return the status of its answer.

    Raises:
        TimeoutError: the server did not read or answer for ten seconds.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        with suppress(ConnectionError):
            for chunk in chunks:
                connection.sendall(chunk)
        answer = connection.recv(65_536)
    return int(answer.split()[1])


LIVE = b"GET /health/live HTTP/1.1\r\nhost: x\r\n"
CHUNKED = HEAD.replace("content-length: 16", "transfer-encoding: chunked").encode()
MEGABYTE = b"x" * 1_000_000
LARGEST = b"x" * (65_536 - len(LIVE + b"a: \r\n\r\n"))
HEADERS = {
    "64 kB in one header": ([LIVE, b"a: ", LARGEST, b"\r\n\r\n"], 200),
    "64 kB in one packet": ([LIVE + b"a: " + LARGEST + b"\r\n\r\n"], 200),
    "a byte more": ([LIVE, b"a: ", LARGEST, b"x\r\n\r\n"], 431),
    "a byte more in one packet": ([LIVE + b"a: x" + LARGEST + b"\r\n\r\n"], 431),
    "50 MB in one header": ([LIVE, b"a: ", *[MEGABYTE] * 50], 431),
    "100 kB in many headers": ([LIVE, *[b"a: " + b"x" * 1000 + b"\r\n"] * 100], 431),
    "50 MB in the URL": ([b"GET /", *[MEGABYTE] * 50], 431),
    "50 MB in a trailer": ([CHUNKED, b"2\r\n{}\r\n0\r\na: ", *[MEGABYTE] * 50], 431),
    "50 MB in a chunk extension": ([CHUNKED, b"2;a=", *[MEGABYTE] * 50], 431),
    "300 kB of tiny chunks": ([CHUNKED, *[b"1\r\n \r\n"] * 50_000, b"0\r\n\r\n"], 422),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_limited_without_blocking_the_server(port, name):
    chunks, expected = HEADERS[name]
    assert exchange(port, *chunks) == expected


def test_many_pipelined_requests_are_answered(port):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall((LIVE + b"a: " + b"x" * 9000 + b"\r\n\r\n") * 50)
        answers = b""
        while answers.count(b"200 OK") < 50:
            answers += connection.recv(65_536)


def test_the_client_does_not_send_what_is_too_large(port, tmp_path):
    file = tmp_path / "A.jpg"
    file.write_bytes(bytes((1 << 20) + 1))
    sent = []
    with Lookalike(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(LookalikeError, match="accepts at most 1 MiB"):
            client.import_archive(file, "shop", on_bytes=lambda *numbers: sent.append(numbers))
        with pytest.raises(LookalikeError, match="accepts at most 1 MiB"):
            client.search("shop", file)
    assert sent == []
