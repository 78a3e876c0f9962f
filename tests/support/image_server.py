"""A real HTTP server with images, whose responses tests can change."""

import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ImageServer(ThreadingHTTPServer):
    """Serves `images` by path, each with an ETag; `answers` has functions for other responses."""

    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), _Handler)
        self.images: dict[str, bytes] = {}
        self.answers = {}
        self.requests = Counter()
        self.statuses = Counter()
        self.headers = []

    @property
    def host(self):
        return f"127.0.0.1:{self.server_port}"

    def url(self, path):
        return f"http://{self.host}{path}"

    def handle_error(self, request, client_address):
        """Clients of these tests close connections early."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.requests[self.path] += 1
        server.headers.append(dict(self.headers))
        if answer := server.answers.get(self.path):
            answer(self)
        elif data := server.images.get(self.path):
            self.send_image(data)
        else:
            self.send(404)

    def send_image(self, data):
        etag = f'"{hash(data):x}"'
        if self.headers.get("If-None-Match") == etag:
            self.send(304)
        else:
            self.send(200, data, ETag=etag)

    def send(self, status, data=b"", **headers):
        self.server.statuses[status] += 1
        self.send_response(status)
        headers.setdefault("Content_Length", len(data))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(data)

    def drip(self, data, delay_s):
        """Send one byte at a time."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(ConnectionError):
            for byte in data:
                self.wfile.write(bytes([byte]))
                time.sleep(delay_s)
        self.close_connection = True

    def log_message(self, *arguments):
        pass


@contextmanager
def image_server(port=0):
    """Run an image server for the length of a `with`."""
    with ImageServer(port) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
