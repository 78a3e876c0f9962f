"""OpenTelemetry configuration for FastAPI, which creates the spans of requests itself."""

from collections.abc import Callable

from fastapi.telemetry import TelemetryConfig

from core.observability import tracing

# polled by machines
_UNTRACED = {"/metrics", "/health/live", "/health/ready"}


def telemetry_config(anonymize: Callable[[str], str]) -> TelemetryConfig:
    """Enable spans if tracing is configured, but never FastAPI's metrics, logs and exporters.

    FastAPI's logs would contain error texts, and its exporters would send user names in paths.
    """
    provider = tracing.install("lookalike-api", anonymize)
    return {
        "tracing": provider is not None,
        "tracer_provider": provider,
        "metrics": False,
        "logs": False,
        "auto_configure": False,
        "exclude": lambda scope: scope.get("path") in _UNTRACED,
    }
