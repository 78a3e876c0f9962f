"""TLS in front of servers that know none: a certificate, a tunnel, and a door that asks a token."""

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
    """A key and a certificate for 127.0.0.1, which signs itself: (certificate, key)."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine to make a certificate with")
    folder.mkdir(parents=True, exist_ok=True)
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", cert]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@contextlib.contextmanager
def tunnel(target, cert, key):
    """Listen with TLS and pass the bytes on to a port; gives the port it listens on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, contextlib.closing(_Open()) as opened:
        threading.Thread(
            target=_accept, args=(listener, context, target, opened), daemon=True
        ).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


class _Open:
    def __init__(self):
        self.sockets = []

    def close(self):
        for one in self.sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def _accept(listener, context, target, opened):
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(plain, context, target, opened), daemon=True).start()


def _serve(plain, context, target, opened):
    opened.sockets.append(plain)
    try:
        caller = context.wrap_socket(plain, server_side=True)
    except OSError:  # it does not trust us, or speaks no TLS
        plain.close()
        return
    server = socket.create_connection(("127.0.0.1", target))
    opened.sockets += [caller, server]
    back = threading.Thread(target=_copy, args=(server, caller), daemon=True)
    back.start()
    _copy(caller, server)


def _copy(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def grpc_door(target, token, cert, key):
    """A gRPC server with TLS that passes on only what comes with the token; gives its port."""
    wanted = base64.b64encode(token.encode()).decode()
    with grpc.insecure_channel(f"127.0.0.1:{target}") as channel:
        server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[_Passing(channel, wanted)])
        credentials = grpc.ssl_server_credentials([(key.read_bytes(), cert.read_bytes())])
        port = server.add_secure_port("127.0.0.1:0", credentials)
        server.start()
        yield port
        server.stop(0).wait()


class _Passing(grpc.GenericRpcHandler):
    def __init__(self, channel, wanted):
        self._channel, self._wanted = channel, wanted

    def service(self, details):
        def answer(request, context):
            if ("authorization", self._wanted) not in details.invocation_metadata:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "no such user")
            return self._channel.unary_unary(details.method)(request, timeout=30)

        return grpc.unary_unary_rpc_method_handler(answer)
