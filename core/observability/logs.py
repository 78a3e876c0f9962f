"""How all processes log: JSON, a line each, or lines for people on a terminal; never a secret.

`request_id` and `job_id` are in every line that is written while they are set.
"""

import contextlib
import json
import logging
import re
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

request_id: ContextVar[str] = ContextVar("request_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")

HIDDEN = "***"
_CONTEXT = {"request_id": request_id, "job_id": job_id}
_IN_URL = re.compile(r"(\b[a-z][a-z0-9+]*://[^\s/:@]*):[^\s/@]+@")
_KEY = re.compile(r"\b(lk_[0-9a-f]{8})_[\w-]{43}")
_JSON = json.JSONEncoder(default=str)


class Redaction:
    """Takes secrets out of text: passwords in URLs, API keys, and the words it was given."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._words = sorted((word for word in secrets if word), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without them."""
        for word in self._words:
            text = text.replace(word, HIDDEN)
        if "://" in text:
            text = _IN_URL.sub(rf"\1:{HIDDEN}@", text)
        return _KEY.sub(rf"\1_{HIDDEN}", text) if "lk_" in text else text


class JsonLines(logging.Formatter):
    """A JSON object a line; `extra={"fields": {...}}` of a record become its own."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_context(record),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return self._redact(_JSON.encode(line))


class Lines(logging.Formatter):
    """A line for people, and a traceback below it where there is one."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """One line, or more."""
        context = "".join(f" [{name[:-3]} {value}]" for name, value in _context(record).items())
        line = f"{_time(record):%H:%M:%S} {record.levelname:<8}{record.name}: {record.getMessage()}"
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return self._redact(f"{line}{context}{trace}")


class Stream(logging.StreamHandler[TextIO]):
    """A handler that can write many lines at once."""

    def emit_all(self, records: Iterable[logging.LogRecord]) -> None:
        """As if each had been emitted; what cannot be written is lost, as in every handler."""
        lines = [self.format(record) + self.terminator for record in records]
        with contextlib.suppress(OSError, ValueError), self.lock or contextlib.nullcontext():
            self.stream.write("".join(lines))
            self.flush()


def install(
    secrets: Iterable[str] = (), *, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Let everything that this process logs go to one stream, else to its stderr."""
    stream = stream or sys.stderr
    handler = Stream(stream)
    redact = Redaction(secrets)
    handler.setFormatter(Lines(redact) if stream.isatty() else JsonLines(redact))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)


def write(records: Iterable[logging.LogRecord]) -> None:
    """Log many records at once, past the levels of their loggers."""
    records = list(records)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Stream):
            handler.emit_all(records)
        else:
            for record in records:
                handler.handle(record)


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _context(record: logging.LogRecord) -> dict[str, str]:
    """What the record brings itself, else what is set now."""
    told = {name: getattr(record, name, "") or var.get() for name, var in _CONTEXT.items()}
    return {name: value for name, value in told.items() if value}
