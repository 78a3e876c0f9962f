"""Traces by OpenTelemetry, where `OTEL_EXPORTER_OTLP_ENDPOINT` says who takes them.

A trace goes from a request through the queue to the steps of its job, whichever workers do them.
Without that variable nothing is loaded and nothing is done.
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
_CARRIED = ("traceparent", "tracestate")

_provider: "TracerProvider | None" = None


def install(service: str, nameless: Callable[[str], str] = str) -> "TracerProvider | None":
    """Trace from now on, if that is asked for; once in a process.

    `nameless` takes customers' names out of the paths of requests.

    Raises:
        NotInstalled: it is asked for, and the libraries are not there.
    """
    global _provider  # noqa: PLW0603 - one for the process, as its log
    if _provider is None and any(os.environ.get(name) for name in _SWITCHES):
        try:
            from core.observability.trace_export import provider_of
        except ImportError as exc:
            raise NotInstalled(f"{exc}; traces need lookalike[tracing]") from exc
        _provider = provider_of(service, nameless)
    return _provider


def mark(**told: str) -> None:
    """Say more of what is being done."""
    if _provider is not None:
        from opentelemetry import trace

        trace.get_current_span().set_attributes(told)


def span(name: str) -> AbstractContextManager[None]:
    """A part of the work, from a worker's view."""
    return nullcontext() if _provider is None else _spanned(_provider, name)


def carried() -> dict[str, str]:
    """What a message tells of the request that it is sent for."""
    told = {"request_id": logs.request_id.get()}
    if _provider is not None:
        from core.observability.trace_export import PROPAGATOR

        PROPAGATOR.inject(told)
    return told


def take_up(message: object) -> Any:
    """Go on with the trace of a message, by its headers; gives what `lay_down` wants."""
    if _provider is None:
        return None
    from opentelemetry.context import attach

    from core.observability.trace_export import PROPAGATOR

    return attach(PROPAGATOR.extract(_headers(message)))


def lay_down(token: Any) -> None:
    """Be done with a message."""
    if token is not None:
        from opentelemetry.context import detach

        detach(token)


def _headers(message: object) -> Mapping[str, str]:
    found = {name: getattr(message, name, None) for name in _CARRIED}
    return {name: str(value) for name, value in found.items() if value}


@contextmanager
def _spanned(provider: "TracerProvider", name: str) -> Iterator[None]:
    """An error is told by its kind: its words may hold what a customer has sent."""
    from opentelemetry.trace import SpanKind, StatusCode

    with provider.get_tracer("lookalike").start_as_current_span(
        name, kind=SpanKind.CONSUMER, record_exception=False, set_status_on_exception=False
    ) as begun:
        try:
            yield
        except Exception as exc:
            begun.set_attribute("error.type", type(exc).__name__)
            begun.set_status(StatusCode.ERROR)
            raise
