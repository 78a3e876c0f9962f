"""Stands between the store and a server of S3: counts what is asked, forgets, and loses."""

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_OF_A_HOP = {"connection", "transfer-encoding", "keep-alive"}


@contextlib.contextmanager
def between(endpoint, *, forgets=(), loses=0):
    """Listen in front of a server; gives an endpoint, and a list that grows with each request.

    It forgets the headers that are named, and loses the first answers, so many.
    """
    asked = []

    class Handler(_Passing):
        target, forgotten, told = urlsplit(endpoint).netloc, set(forgets), asked
        lost = loses

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        self.told.append(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kept = {k: v for k, v in self.headers.items() if k.lower() not in self.forgotten}
        with contextlib.closing(http.client.HTTPConnection(self.target, timeout=30)) as server:
            server.request(self.command, self.path, body=body, headers=kept)
            answer = server.getresponse()
            data = answer.read()
        if len(self.told) <= self.lost:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_A_HOP | {"content-length", "date", "server"}:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else len(data)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on  # noqa: N815

    def log_message(self, *_):
        pass
