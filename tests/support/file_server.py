"""An HTTP server of one file, which can be told to fail as servers do."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_S = 60


class FileServer(ThreadingHTTPServer):
    """Answers every path with `content`; the other attributes are how."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.etag: str | None = '"1"'
        self.modified: str | None = None
        self.ranges = True
        self.range_length: int | None = None
        """The most bytes it gives of a range."""
        self.status = 200
        self.location: str | None = None
        self.announced: int | None = None
        """The length that is told in place of the true one."""
        self.cut: int | None = None
        """Bytes of a body after which the connection is closed."""
        self.hold: int | None = None
        """Bytes of a body after which nothing comes until `go_on`."""
        self.go_on = threading.Event()
        self.seen: list[dict[str, str]] = []
        """Of each request the headers, and its path."""

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileServer

    def do_GET(self) -> None:
        server = self.server
        server.seen.append({**{k.lower(): v for k, v in self.headers.items()}, "path": self.path})
        if server.location and self.path != server.location:
            self._head(302, 0, {"Location": server.location})
        elif server.status != 200:
            self._head(server.status, 0, {})
        elif (start := self._start()) is None:
            self._head(200, server.announced or len(server.content), {})
            self._body(server.content)
        elif start >= len(server.content):
            self._head(416, 0, {"Content-Range": f"bytes */{len(server.content)}"})
        else:
            part = server.content[start:][: server.range_length]
            told = f"bytes {start}-{start + len(part) - 1}/{len(server.content)}"
            self._head(206, len(part), {"Content-Range": told})
            self._body(part)

    def _start(self) -> int | None:
        wish = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        named = self.headers.get("If-Range") in {self.server.etag, self.server.modified}
        return int(wish[1]) if wish and named and self.server.ranges else None

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        named = {"ETag": self.server.etag, "Last-Modified": self.server.modified}
        self.send_response(status)
        self.send_header("Connection", "close")
        for name, value in {**headers, **named, "Content-Length": str(length)}.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()

    def _body(self, body: bytes) -> None:
        hold = self.server.hold
        if hold is not None:
            self.wfile.write(body[:hold])
            self.server.go_on.wait(PATIENCE_S)
            body = body[hold:]
        try:
            self.wfile.write(body[: self.server.cut])
        except OSError:
            return  # the client has gone, as some tests want it to

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(content: bytes) -> Iterator[FileServer]:
    """The server, running for the length of a `with`."""
    with FileServer(content) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.go_on.set()
            server.shutdown()
            thread.join()
