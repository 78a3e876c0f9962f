"""Records what must not happen in a tab: errors, warnings, failed requests, other hosts."""

import re
from urllib.parse import urlsplit

_LOCAL_SCHEMES = ("blob:", "data:")


class PageMonitor:
    """Listens to all tabs of a context; `issues` omits those that match the pattern `expects`."""

    def __init__(self, context, url, expects=None):
        self.context = context
        self.issues = []
        self._origin = "{0.scheme}://{0.netloc}/".format(urlsplit(url))
        self._expects = re.compile(expects or "$^")
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._record(f"page error: {error.error}"))
        context.on("request", self._on_request)
        context.on("requestfailed", self._on_failed_request)

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
