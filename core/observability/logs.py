"""Logs JSON lines, or plain lines on a terminal, without secrets.

Every line contains the current `request_id` and `job_id` if they are set.
"""

import contextlib
import functools
import json
import logging
import re
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

request_id: ContextVar[str] = ContextVar("request_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")

HIDDEN = "***"
_CONTEXT = {"request_id": request_id, "job_id": job_id}
_IN_URL = re.compile(r"(\b[a-z][a-z0-9+]*://[^\s/:@]*):[^\s/@]+@")
_KEY = re.compile(r"\b(lk_[0-9a-f]{8})_[\w-]{43}")
_JSON = json.JSONEncoder(default=str)


class Redaction:
    """Redacts the given secrets, API keys, and passwords in URLs."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text with all secrets replaced by `***`."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        if "://" in text:
            text = _IN_URL.sub(rf"\1:{HIDDEN}@", text)
        return _KEY.sub(rf"\1_{HIDDEN}", text) if "lk_" in text else text


class _RedactingFormatter(logging.Formatter):
    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact


class JsonFormatter(_RedactingFormatter):
    """Formats a record as a JSON object; `extra={"fields": {...}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line = {
            "time": f"{_second(int(record.created))}.{int(record.created % 1 * 1000):03}+00:00",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_context(record),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return self._redact(_encode(line))


class ConsoleFormatter(_RedactingFormatter):
    """Formats a record as text, followed by its traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one or more lines."""
        context = "".join(f" [{name[:-3]} {value}]" for name, value in _context(record).items())
        line = f"{_time(record):%H:%M:%S} {record.levelname:<8}{record.name}: {record.getMessage()}"
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return self._redact(f"{line}{context}{trace}")


class BatchStreamHandler(logging.StreamHandler[TextIO]):
    """A stream handler that can write many lines at once."""

    def emit_batch(self, records: Iterable[logging.LogRecord]) -> None:
        """Write all records; as in every handler, records that cannot be written are lost."""
        lines = [self.format(record) + self.terminator for record in records]
        with contextlib.suppress(OSError, ValueError), self.lock or contextlib.nullcontext():
            self.stream.write("".join(lines))
            self.flush()


def install(
    secrets: Iterable[str] = (), *, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Send all log records of this process to one stream, by default stderr."""
    stream = stream or sys.stderr
    handler = BatchStreamHandler(stream)
    redact = Redaction(secrets)
    handler.setFormatter(ConsoleFormatter(redact) if stream.isatty() else JsonFormatter(redact))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)


def write(records: Iterable[logging.LogRecord]) -> None:
    """Log many records at once, regardless of the levels of their loggers."""
    records = list(records)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, BatchStreamHandler):
            handler.emit_batch(records)
        else:
            for record in records:
                handler.handle(record)


def _encode(line: dict[str, Any]) -> str:
    """Return JSON in ASCII, whatever the encoding of the stream."""
    with contextlib.suppress(orjson.JSONEncodeError):  # ours takes any value
        if (encoded := orjson.dumps(line)).isascii():
            return encoded.decode()
    return _JSON.encode(line)


@functools.lru_cache(maxsize=8)  # many lines share a second, and formatting it is slow
def _second(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _context(record: logging.LogRecord) -> dict[str, str]:
    """Return the IDs that the record carries, or else those of the current request and job."""
    ids = {name: getattr(record, name, "") or var.get() for name, var in _CONTEXT.items()}
    return {name: value for name, value in ids.items() if value}
