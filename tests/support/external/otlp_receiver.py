"""Receives traces like an OpenTelemetry collector: OTLP over HTTP, kept in memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    """A received span."""

    service: str
    name: str
    id: bytes
    parent: bytes
    trace: bytes
    attributes: dict[str, str]


class Receiver(ThreadingHTTPServer):
    """Keeps all spans and request bodies it receives."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: list[Span] = []
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.bodies.append(body)
        self.server.spans += _spans(body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def _spans(body: bytes) -> Iterator[Span]:
    for process in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = _attributes(process.resource.attributes)["service.name"]
        for scope in process.scope_spans:
            for span in scope.spans:
                yield Span(
                    service,
                    span.name,
                    span.span_id,
                    span.parent_span_id,
                    span.trace_id,
                    _attributes(span.attributes),
                )


def _attributes(attributes) -> dict[str, str]:
    return {item.key: item.value.string_value or str(item.value.int_value) for item in attributes}


@contextmanager
def otlp_receiver() -> Iterator[Receiver]:
    """Run a receiver for the length of a `with`."""
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()
