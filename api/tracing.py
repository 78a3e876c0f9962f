"""What FastAPI is told of traces: it makes the spans of requests itself."""

from collections.abc import Callable

from fastapi.telemetry import TelemetryConfig
from starlette.types import Scope

from core.observability import tracing

# asked again and again, by machines
_UNTRACED = {"/metrics", "/health/live", "/health/ready"}


def telemetry(nameless: Callable[[str], str]) -> TelemetryConfig:
    """Spans where they are asked for; never its own metrics, logs and exporters.

    Its logs would tell the words of errors, and its exporters paths with customers' names.
    """
    provider = tracing.install("lookalike-api", nameless)
    return {
        "tracing": provider is not None,
        "tracer_provider": provider,
        "metrics": False,
        "logs": False,
        "auto_configure": False,
        "exclude": _is_untraced,
    }


def _is_untraced(scope: Scope) -> bool:
    return scope.get("path") in _UNTRACED
