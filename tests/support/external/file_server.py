"""An HTTP server of one file, which can fail in the ways that servers do."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOLD_TIMEOUT_S = 60


class FileServer(ThreadingHTTPServer):
    """Serves `content` on every path; the other attributes change how."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.etag: str | None = '"1"'
        self.modified: str | None = None
        self.ranges = True
        self.range_length: int | None = None
        """The maximum of bytes sent for a range request."""
        self.status = 200
        self.location: str | None = None
        self.announced: int | None = None
        """The Content-Length, in place of the true one."""
        self.cut: int | None = None
        """Bytes of a body after which the connection is closed."""
        self.hold: int | None = None
        """Bytes of a body after which nothing is sent until `resume` is set."""
        self.resume = threading.Event()
        self.requests: list[dict[str, str]] = []
        """The headers and the path of each request."""

    @property
    def url(self) -> str:
        """The server's URL."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileServer

    def do_GET(self) -> None:
        server = self.server
        server.requests.append({
            **{k.lower(): v for k, v in self.headers.items()},
            "path": self.path,
        })
        if server.location and self.path != server.location:
            self._send_head(302, 0, {"Location": server.location})
        elif server.status != 200:
            self._send_head(server.status, 0, {})
        elif (start := self._range_start()) is None:
            self._send_head(200, server.announced or len(server.content), {})
            self._send_body(server.content)
        elif start >= len(server.content):
            self._send_head(416, 0, {"Content-Range": f"bytes */{len(server.content)}"})
        else:
            part = server.content[start:][: server.range_length]
            content_range = f"bytes {start}-{start + len(part) - 1}/{len(server.content)}"
            self._send_head(206, len(part), {"Content-Range": content_range})
            self._send_body(part)

    def _range_start(self) -> int | None:
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        is_same = self.headers.get("If-Range") in {self.server.etag, self.server.modified}
        return int(match[1]) if match and is_same and self.server.ranges else None

    def _send_head(self, status: int, length: int, headers: dict[str, str]) -> None:
        version = {"ETag": self.server.etag, "Last-Modified": self.server.modified}
        self.send_response(status)
        self.send_header("Connection", "close")
        for name, value in {**headers, **version, "Content-Length": str(length)}.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()

    def _send_body(self, body: bytes) -> None:
        hold = self.server.hold
        if hold is not None:
            self.wfile.write(body[:hold])
            self.server.resume.wait(HOLD_TIMEOUT_S)
            body = body[hold:]
        try:
            self.wfile.write(body[: self.server.cut])
        except OSError:
            return  # the client disconnected, as some tests do

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def file_server(content: bytes) -> Iterator[FileServer]:
    """Run the server for the length of a `with`."""
    with FileServer(content) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.resume.set()
            server.shutdown()
            thread.join()
