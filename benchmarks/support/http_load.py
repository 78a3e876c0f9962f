"""Clients that cost little CPU: a load must not slow down the server that it measures."""

import itertools
import re
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

_LENGTH = re.compile(rb"(?i)content-length: (\d+)")
_CHUNK = 65_536
_BOUNDARY = "lookalike-benchmark"


@dataclass
class Load:
    """The responses to several clients: how many seconds each took, by status."""

    seconds: float
    took: dict[int, list[float]] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Successful responses per second."""
        return len(self.took.get(200, ())) / self.seconds

    def percentile_ms(self, percent: int) -> float:
        """Return a percentile of the times of successful responses."""
        return statistics.quantiles(self.took[200], n=100)[percent - 1] * 1000


def run_clients(port: int, requests: list[bytes], clients: int, seconds: float) -> Load:
    """Send requests over a connection per client, without pauses, for some seconds."""
    load, until = Load(seconds), time.perf_counter() + seconds

    def run(first: int) -> list[tuple[int, float]]:
        rows: list[tuple[int, float]] = []
        with HttpConnection(port) as connection:
            for number in itertools.count(first):
                if (started := time.perf_counter()) >= until:
                    break
                status = connection.send(requests[number % len(requests)])
                rows.append((status, time.perf_counter() - started))
        return rows

    with ThreadPoolExecutor(clients) as pool:
        for status, took in itertools.chain.from_iterable(pool.map(run, range(clients))):
            load.took.setdefault(status, []).append(took)
    return load


def get_request(path: str) -> bytes:
    """Return a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def multipart_request(path: str, image: bytes) -> bytes:
    """Return a POST request with an image in the form field `image`."""
    disposition = 'Content-Disposition: form-data; name="image"; filename="q.jpg"'
    head = f"--{_BOUNDARY}\r\n{disposition}\r\nContent-Type: image/jpeg\r\n\r\n".encode()
    body = head + image + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n\r\n"
    ).encode() + body


class HttpConnection:
    """A keep-alive connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    def __enter__(self) -> Self:
        """Connect."""
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._socket.close()

    def send(self, request: bytes) -> int:
        """Send a request, read the whole response, and return its status."""
        self._socket.sendall(request)
        response = self._receive()
        while b"\r\n\r\n" not in response:
            response += self._receive()
        head, _, body = response.partition(b"\r\n\r\n")
        missing = int(_LENGTH.search(head)[1]) - len(body)  # type: ignore[index]
        while missing > 0:
            missing -= len(self._receive())
        return int(head.split(None, 2)[1])

    def _receive(self) -> bytes:
        data = self._socket.recv(_CHUNK)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data
