"""A link to a server that can swallow all that is sent, as a cable that was pulled does."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Link:
    """Passes bytes on to a server, both ways, until it is told to swallow them."""

    def __init__(self, url):
        self._target = urlsplit(url)
        self._passing = threading.Event()
        self._passing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = self._target._replace(netloc=f"127.0.0.1:{port}").geturl()
        threading.Thread(target=self._accept, daemon=True).start()

    @contextlib.contextmanager
    def pulled(self):
        """Nothing arrives any more, and nothing says so; new connections hang as well.

        What was under way is lost with its connection, as it is where the pause is long.
        """
        self._passing.clear()
        try:
            yield
        finally:
            self._passing.set()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client):
        self._passing.wait()
        try:
            server = socket.create_connection((self._target.hostname, self._target.port))
        except OSError:
            client.close()
            return
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not self._passing.is_set():
                    self._passing.wait()
                    break
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextlib.contextmanager
def link(url):
    """A link to the server at a URL, for the length of a `with`."""
    made = Link(url)
    try:
        yield made
    finally:
        made.close()
