"""Exports traces with OpenTelemetry's SDK; imported only if traces are configured."""

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
"""Propagates the trace context only; a client's baggage stays in the process that received it."""


class ContextSpanProcessor(SpanProcessor):
    """Adds request and job IDs to every span, and redacts URL paths and queries."""

    def __init__(self, anonymize: Callable[[str], str]) -> None:
        self._anonymize = anonymize

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002
        """Add IDs to a new span, and redact its URL."""
        attributes = span.attributes or {}
        ids = {"request_id": request_id.get(), "job_id": job_id.get()}
        span.set_attributes({name: value for name, value in ids.items() if value})
        if "url.path" in attributes:
            span.set_attribute("url.path", self._anonymize(str(attributes["url.path"])))
        if "url.query" in attributes:
            span.set_attribute("url.query", HIDDEN)


def make_provider(service: str, anonymize: Callable[[str], str]) -> TracerProvider:
    """Create a provider that exports spans in the background; `OTEL_...` variables configure it."""
    name = os.environ.get("OTEL_SERVICE_NAME") or service
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(ContextSpanProcessor(anonymize))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
