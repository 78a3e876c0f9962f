"""OpenTelemetry configuration for FastAPI, which creates the spans of requests itself."""

from collections.abc import Callable

from fastapi.telemetry import TelemetryConfig
from starlette.types import Scope

from core.observability import tracing

# polled by machines
_UNTRACED = {"/metrics", "/health/live", "/health/ready"}


def telemetry_config(anonymize: Callable[[str], str]) -> TelemetryConfig:
    """Enable spans if tracing is configured; never FastAPI's own metrics, logs and exporters.

    Its logs would contain the text of errors, and its exporters paths with the names of users.
    """
    provider = tracing.install("lookalike-api", anonymize)
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
