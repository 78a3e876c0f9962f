"""What of OpenTelemetry's SDK is used: loaded only where traces are asked for."""

import os
from collections.abc import Callable

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from core.observability.logs import HIDDEN, job_id, request_id

PROPAGATOR = TraceContextTextMapPropagator()
"""The trace alone: a client's baggage goes no further than the process it was sent to."""


class Marks(SpanProcessor):
    """Gives every span the ids that the log has, and takes out what the log leaves out."""

    def __init__(self, nameless: Callable[[str], str]) -> None:
        self._nameless = nameless

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002
        """Before anybody can see it."""
        told = span.attributes or {}
        ids = {"request_id": request_id.get(), "job_id": job_id.get()}
        span.set_attributes({name: value for name, value in ids.items() if value})
        if "url.path" in told:
            span.set_attribute("url.path", self._nameless(str(told["url.path"])))
        if "url.query" in told:
            span.set_attribute("url.query", HIDDEN)


def provider_of(service: str, nameless: Callable[[str], str]) -> TracerProvider:
    """Makes spans and sends them beside the work; `OTEL_...` say to where, and how many."""
    name = os.environ.get("OTEL_SERVICE_NAME") or service
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(Marks(nameless))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
