"""A proxy in front of an S3 server: records requests, drops headers, loses responses."""

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive"}


@contextlib.contextmanager
def s3_proxy(endpoint, *, drop_headers=(), lose_responses=0):
    """Listen in front of a server; yields an endpoint, and a list to which requests are added.

    It drops these headers of requests, and loses the first responses, as many as it says.
    """
    requests = []

    class Handler(_ProxyHandler):
        target, dropped_headers, recorded = urlsplit(endpoint).netloc, set(drop_headers), requests
        responses_to_lose = lose_responses

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()


class _ProxyHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def forward(self):
        self.recorded.append(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {k: v for k, v in self.headers.items() if k.lower() not in self.dropped_headers}
        with contextlib.closing(http.client.HTTPConnection(self.target, timeout=30)) as server:
            server.request(self.command, self.path, body=body, headers=headers)
            response = server.getresponse()
            data = response.read()
        if len(self.recorded) <= self.responses_to_lose:
            self.close_connection = True
            return
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in _HOP_BY_HOP | {"content-length", "date", "server"}:
                self.send_header(name, value)
        length = response.getheader("Content-Length") if self.command == "HEAD" else len(data)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward  # noqa: N815

    def log_message(self, *_):
        pass
