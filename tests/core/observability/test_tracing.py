"""Traces: nothing is imported unless they are configured, and they contain no personal data."""

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from core.observability.logs import HIDDEN, job_id
from core.observability.trace_export import ContextSpanProcessor
from core.observability.tracing import _consumer_span, install

LOADED = """
import sys
import api.app, workers.tasks
from core.observability import tracing
tracing.install("lookalike-api")
print(*(name for name in sys.modules if name.startswith("opentelemetry.")))
"""


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter):
    provider = TracerProvider()
    provider.add_span_processor(ContextSpanProcessor(lambda path: path.replace("ann", "u1")))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


def loaded_modules(tmp_path, **environment):
    command = [sys.executable, "-c", LOADED]
    environment |= {"LOOKALIKE_DATA": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_without_an_endpoint_nothing_is_imported(tmp_path):
    assert install("lookalike-api") is None
    prefixes = ("opentelemetry.sdk.trace", "opentelemetry.exporter")  # redis loads some of the rest
    assert not [name for name in loaded_modules(tmp_path) if name.startswith(prefixes)]


def test_with_an_endpoint_the_sdk_is_imported(tmp_path):
    modules = loaded_modules(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert "opentelemetry.sdk.trace.export" in modules


def test_only_the_type_of_an_error_is_recorded(provider, exporter):
    with pytest.raises(ValueError, match="ann"), _consumer_span(provider, "ingest plan"):
        raise ValueError("ann's file")
    (span,) = exporter.get_finished_spans()
    assert span.attributes["error.type"] == "ValueError"
    assert "ann" not in span.to_json()


def test_a_span_has_the_ids_of_the_log(provider, exporter):
    before = job_id.set("j1")
    with _consumer_span(provider, "ingest plan"):
        pass
    job_id.reset(before)
    (span,) = exporter.get_finished_spans()
    assert dict(span.attributes) == {"job_id": "j1"}


def test_paths_are_anonymized_and_queries_hidden(provider, exporter):
    attributes = {"url.path": "/v1/users/ann", "url.query": "prefix=ann"}
    provider.get_tracer("fastapi").start_span("GET", attributes=attributes).end()
    (span,) = exporter.get_finished_spans()
    assert dict(span.attributes) == {"url.path": "/v1/users/u1", "url.query": HIDDEN}
