"""Stand-ins for Loko: its gateway, and a container that runs the blocks on their own."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from api.loko.app import create_adapter
from core.settings import LokoSettings, Settings
from tests.support.app_server import app_server

FILES_PATH = "/routes/orchestrator/files/"
PAGE_SIZE = 10


class Gateway(ThreadingHTTPServer):
    """Serves the files of a folder as Loko's gateway does, and records emitted events."""

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.emitted = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        path = self.server.folder / unquote(url.path.removeprefix(FILES_PATH))
        if not url.path.startswith(FILES_PATH) or not path.exists():
            self._respond(404, b'"not found"')
        elif path.is_dir():
            self._respond(200, json.dumps({"items": _list(path, parse_qs(url.query))}).encode())
        else:
            self._respond(200, path.read_bytes())

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.emitted.append((self.path, event))
        self._respond(200, b'"ok"')

    def _respond(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def _list(folder, query):
    defaults = {"start": 0, "end": PAGE_SIZE}
    start, end = (int(query.get(name, [default])[0]) for name, default in defaults.items())
    paths = sorted(folder.iterdir())[start:end]
    return [{"name": path.name, "path": str(path), "isDir": path.is_dir()} for path in paths]


@contextmanager
def loko_gateway(folder):
    """Run the gateway for the length of a `with`."""
    gateway = Gateway(folder)
    threading.Thread(target=gateway.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield gateway
    finally:
        gateway.shutdown()
        gateway.server_close()


def serve_blocks(data, **loko):
    """Run the blocks on their own, as in a Loko container; the `with` gets their URL.

    `loko` are the fields of LokoSettings.
    """
    return app_server(create_adapter(Settings(data=data, loko=LokoSettings(**loko))))
