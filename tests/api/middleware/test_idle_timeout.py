"""Clients that start a request and do not finish it, over a real socket."""

import os
import socket
import subprocess
import sys
import time

import pytest

from tests.support.servers import free_port, listening

HEAD = (
    "POST /v1/collections HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
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
        started = time.monotonic()
        answer = read_all(connection)
        assert 0.4 < time.monotonic() - started < 5
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert b"no data was received for 0.5 seconds" in answer


def test_a_slow_body_is_waited_for(port):
    with start_request(port) as connection:
        for at in range(len(BODY)):
            time.sleep(0.1)
            connection.sendall(BODY[at : at + 1])
        assert b"422" in connection.recv(65_536).partition(b"\r\n")[0]
