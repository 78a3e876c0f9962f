"""Clients that begin a request and do not end it, at a real socket."""

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
    """Where a server listens that waits for half a second."""
    port = free_port()
    ours = {"PORTS__API": port, "LIMITS__STALL_S": 0.5, "DATA": tmp_path_factory.mktemp("stalls")}
    named = {f"LOOKALIKE_{name}": str(value) for name, value in ours.items()}
    process = subprocess.Popen([sys.executable, "-m", "api"], env={**os.environ, **named})
    until = time.monotonic() + 60
    while not listening(port) and time.monotonic() < until:
        time.sleep(0.1)
    yield port
    process.terminate()
    process.wait(20)


def begun(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(HEAD.encode())
    return connection


def all_of(connection):
    """What is answered until the server closes."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("sent", [b"", BODY[:9]])
def test_a_body_that_stalls_is_answered_408_and_its_connection_closed(port, sent):
    with begun(port) as connection:
        connection.sendall(sent)
        began = time.monotonic()
        answer = all_of(connection)
        assert 0.4 < time.monotonic() - began < 5
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert b"nothing came for 0.5 seconds" in answer


def test_a_body_that_comes_slowly_is_waited_for(port):
    with begun(port) as connection:
        for at in range(len(BODY)):
            time.sleep(0.1)
            connection.sendall(BODY[at : at + 1])
        assert b"422" in connection.recv(65_536).partition(b"\r\n")[0]
