"""TLS for servers without it: a certificate, a tunnel, and a gRPC proxy that checks a token."""

import base64
import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from concurrent import futures

import grpc
import pytest


def certificate(folder):
    """Create a self-signed certificate for 127.0.0.1; return the paths (certificate, key)."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to create a certificate")
    folder.mkdir(parents=True, exist_ok=True)
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", cert]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-addext", "basicConstraints=critical,CA:FALSE"]  # the S3 client accepts no CA here
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@contextlib.contextmanager
def tunnel(target, cert, key):
    """Listen with TLS and forward the bytes to the target port; yields the port it listens on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, contextlib.closing(_Connections()) as connections:
        threading.Thread(
            target=_accept, args=(listener, context, target, connections), daemon=True
        ).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


class _Connections:
    def __init__(self):
        self.sockets = []

    def close(self):
        for connection in self.sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def _accept(listener, context, target, connections):
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        threading.Thread(
            target=_serve, args=(plain, context, target, connections), daemon=True
        ).start()


def _serve(plain, context, target, connections):
    connections.sockets.append(plain)
    try:
        client = context.wrap_socket(plain, server_side=True)
    except OSError:  # the client does not trust the certificate, or speaks no TLS
        plain.close()
        return
    server = socket.create_connection(("127.0.0.1", target))
    connections.sockets += [client, server]
    back = threading.Thread(target=_copy, args=(server, client), daemon=True)
    back.start()
    _copy(client, server)


def _copy(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def grpc_token_proxy(target, token, cert, key):
    """A gRPC server with TLS that forwards requests with the token only; yields its port."""
    expected = base64.b64encode(token.encode()).decode()
    with grpc.insecure_channel(f"127.0.0.1:{target}") as channel:
        server = grpc.server(
            futures.ThreadPoolExecutor(4), handlers=[_TokenProxy(channel, expected)]
        )
        credentials = grpc.ssl_server_credentials([(key.read_bytes(), cert.read_bytes())])
        port = server.add_secure_port("127.0.0.1:0", credentials)
        server.start()
        yield port
        server.stop(0).wait()


class _TokenProxy(grpc.GenericRpcHandler):
    def __init__(self, channel, expected):
        self._channel, self._expected = channel, expected

    def service(self, details):
        def respond(request, context):
            if ("authorization", self._expected) not in details.invocation_metadata:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "no such user")
            return self._channel.unary_unary(details.method)(request, timeout=30)

        return grpc.unary_unary_rpc_method_handler(respond)
