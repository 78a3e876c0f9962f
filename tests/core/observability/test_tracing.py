"""Traces: nothing is loaded where they are not asked for, and errors keep their words."""

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from core.observability.logs import HIDDEN, job_id
from core.observability.trace_export import Marks
from core.observability.tracing import _spanned, install

LOADED = """
import sys
import api.app, workers.tasks
from core.observability import tracing
tracing.install("lookalike-api")
print(*(name for name in sys.modules if name.startswith("opentelemetry.")))
"""


@pytest.fixture
def kept():
    return InMemorySpanExporter()


@pytest.fixture
def provider(kept):
    provider = TracerProvider()
    provider.add_span_processor(Marks(lambda path: path.replace("ann", "u1")))
    provider.add_span_processor(SimpleSpanProcessor(kept))
    return provider


def loaded(tmp_path, **environment):
    command = [sys.executable, "-c", LOADED]
    environment |= {"LOOKALIKE_DATA": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_without_a_receiver_nothing_is_loaded(tmp_path):
    assert install("lookalike-api") is None
    ours = ("opentelemetry.sdk.trace", "opentelemetry.exporter")  # redis loads some of the rest
    assert not [name for name in loaded(tmp_path) if name.startswith(ours)]


def test_with_one_all_is_loaded(tmp_path):
    there = loaded(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert "opentelemetry.sdk.trace.export" in there


def test_an_error_is_told_by_its_kind_alone(provider, kept):
    with pytest.raises(ValueError, match="ann"), _spanned(provider, "ingest plan"):
        raise ValueError("ann's file")
    (span,) = kept.get_finished_spans()
    assert span.attributes["error.type"] == "ValueError"
    assert "ann" not in span.to_json()


def test_a_span_has_the_ids_of_the_log(provider, kept):
    before = job_id.set("j1")
    with _spanned(provider, "ingest plan"):
        pass
    job_id.reset(before)
    (span,) = kept.get_finished_spans()
    assert dict(span.attributes) == {"job_id": "j1"}


def test_paths_are_nameless_and_queries_are_hidden(provider, kept):
    told = {"url.path": "/v1/users/ann", "url.query": "prefix=ann"}
    provider.get_tracer("fastapi").start_span("GET", attributes=told).end()
    (span,) = kept.get_finished_spans()
    assert dict(span.attributes) == {"url.path": "/v1/users/u1", "url.query": HIDDEN}
