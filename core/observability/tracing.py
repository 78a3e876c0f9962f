"""OpenTelemetry traces, exported to `OTEL_EXPORTER_OTLP_ENDPOINT`.

A trace follows a request through the queue to the steps of its job, on any worker. Unless
the variable is set, nothing is imported and the functions do nothing.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from core.errors import NotInstalled
from core.observability import logs

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_SWITCHES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_TRACE_HEADERS = ("traceparent", "tracestate")

_provider: "TracerProvider | None" = None


def install(service: str, anonymize: Callable[[str], str] = str) -> "TracerProvider | None":
    """Start tracing in this process if tracing is configured; a second call changes nothing.

    `anonymize` removes the names of customers from the paths of requests.

    Raises:
        NotInstalled: tracing is configured, but its libraries are missing.
    """
    global _provider  # noqa: PLW0603 - one per process, like the log
    if _provider is None and any(os.environ.get(name) for name in _SWITCHES):
        try:
            from core.observability.trace_export import make_provider
        except ImportError as exc:
            raise NotInstalled(f"cannot export traces: {exc}; install lookalike[tracing]") from exc
        _provider = make_provider(service, anonymize)
    return _provider


def annotate(**attributes: str) -> None:
    """Add attributes to the current span."""
    if _provider is not None:
        from opentelemetry import trace

        trace.get_current_span().set_attributes(attributes)


def span(name: str) -> AbstractContextManager[None]:
    """Open a span of a worker."""
    return nullcontext() if _provider is None else _consumer_span(_provider, name)


def inject() -> dict[str, str]:
    """Return message headers with the request ID and the trace context."""
    headers = {"request_id": logs.request_id.get()}
    if _provider is not None:
        from core.observability.trace_export import PROPAGATOR

        PROPAGATOR.inject(headers)
    return headers


def attach(message: Mapping[str, Any]) -> Any:
    """Continue the trace that a message's headers carry; return the token for `detach`."""
    if _provider is None:
        return None
    from opentelemetry.context import attach

    from core.observability.trace_export import PROPAGATOR

    headers = {name: str(message.get(name) or "") for name in _TRACE_HEADERS}
    return attach(PROPAGATOR.extract(headers))


def detach(token: Any) -> None:
    """Stop continuing the trace of a message."""
    if token is not None:
        from opentelemetry.context import detach

        detach(token)


@contextmanager
def _consumer_span(provider: "TracerProvider", name: str) -> Iterator[None]:
    """Record only the type of an error, because its message may contain a customer's data."""
    from opentelemetry.trace import SpanKind, StatusCode

    with provider.get_tracer("lookalike").start_as_current_span(
        name, kind=SpanKind.CONSUMER, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except Exception as exc:
            current.set_attribute("error.type", type(exc).__name__)
            current.set_status(StatusCode.ERROR)
            raise
