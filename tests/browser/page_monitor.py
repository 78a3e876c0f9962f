"""Records what must not happen in a tab: errors, warnings, failed requests, other hosts."""

import re
from contextlib import contextmanager
from urllib.parse import urlsplit

_LOCAL_SCHEMES = ("blob:", "data:")


@contextmanager
def monitored(context, url, expects=None):
    """Fail at the end if anything unexpected happened in the tabs of a context.

    Issues that match the pattern `expects` are ignored.
    """
    monitor = _Monitor("{0.scheme}://{0.netloc}/".format(urlsplit(url)), expects)
    for event, listener in monitor.listeners.items():
        context.on(event, listener)
    yield
    for event, listener in monitor.listeners.items():
        context.remove_listener(event, listener)
    assert not monitor.issues, "\n".join(monitor.issues)


class _Monitor:
    def __init__(self, origin, expects):
        self.issues = []
        self._origin, self._expects = origin, re.compile(expects or "$^")
        self.listeners = {
            "console": self._on_console,
            "weberror": lambda error: self._record(f"page error: {error.error}"),
            "request": self._on_request,
            "requestfailed": self._on_failed_request,
        }

    def _record(self, issue):
        if not self._expects.search(issue):
            self.issues.append(issue)

    def _on_console(self, message):
        if message.type in {"error", "warning"}:
            self._record(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _on_request(self, request):
        if not request.url.startswith((self._origin, *_LOCAL_SCHEMES)):
            self._record(f"another host: {request.url}")

    def _on_failed_request(self, request):
        if request.failure != "net::ERR_ABORTED":  # the page itself cancelled it
            self._record(f"failed: {request.method} {request.url} {request.failure}")
