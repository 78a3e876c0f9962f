"""Loko's side of the blocks: its gateway, and a container that holds the blocks alone."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import uvicorn

from api.loko.app import create_adapter
from core.settings import LokoSettings, Settings
from tests.support.servers import free_port, listening

FILES = "/routes/orchestrator/files/"
PAGE = 10


class Gateway(ThreadingHTTPServer):
    """Gives the files below a folder as Loko's gateway does, and keeps what is emitted."""

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.emitted = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        path = self.server.folder / unquote(url.path.removeprefix(FILES))
        if not url.path.startswith(FILES) or not path.exists():
            self._answer(404, b'"not found"')
        elif path.is_dir():
            self._answer(200, json.dumps({"items": _listed(path, parse_qs(url.query))}).encode())
        else:
            self._answer(200, path.read_bytes())

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.emitted.append((self.path, event))
        self._answer(200, b'"ok"')

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def _listed(folder, query):
    start, end = (int(query.get(name, [usual])[0]) for name, usual in (("start", 0), ("end", PAGE)))
    found = sorted(folder.iterdir())[start:end]
    return [{"name": one.name, "path": str(one), "isDir": one.is_dir()} for one in found]


@contextmanager
def loko_gateway(folder):
    """The gateway for the length of a `with`."""
    gateway = Gateway(folder)
    threading.Thread(target=gateway.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield gateway
    finally:
        gateway.shutdown()
        gateway.server_close()


@contextmanager
def adapter(data, **loko):
    """The blocks alone, as in a container of Loko's; gives their URL."""
    port = free_port()
    app = create_adapter(Settings(data=data, loko=LokoSettings(**loko)))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not listening(port):
        assert time.monotonic() < until, "the adapter does not listen"
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
