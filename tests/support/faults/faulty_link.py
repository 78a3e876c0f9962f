"""A TCP proxy in front of a server that can swallow all data, like a pulled network cable."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class FaultyLink:
    """Forwards bytes to a server and back, except while it is interrupted."""

    def __init__(self, url):
        self._target = urlsplit(url)
        self._passing = threading.Event()
        self._passing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = self._target._replace(netloc=f"127.0.0.1:{port}").geturl()
        threading.Thread(target=self._accept, daemon=True).start()

    @contextlib.contextmanager
    def interrupted(self):
        """Swallow all data without closing connections; new connections hang as well.

        Data in flight is lost together with its connection, as after a long network outage.
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
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client):
        self._passing.wait()
        try:
            server = socket.create_connection((self._target.hostname, self._target.port))
        except OSError:
            client.close()
            return
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _forward(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not self._passing.is_set():
                    self._passing.wait()
                    break
                sink.sendall(data)
        for connection in (source, sink):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


@contextlib.contextmanager
def faulty_link(url):
    """Run a link to the server at this URL for the length of a `with`."""
    link = FaultyLink(url)
    try:
        yield link
    finally:
        link.close()
