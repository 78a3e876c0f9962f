"""What must not happen in a tab: errors, warnings, failed requests, requests to other hosts."""

import re
from urllib.parse import urlsplit

_OWN = ("blob:", "data:")


class Watch:
    """Listens to all tabs of a context; `troubles` leaves out what matches `expects`."""

    def __init__(self, context, url, expects=None):
        self.context = context
        self.troubles = []
        self._origin = "{0.scheme}://{0.netloc}/".format(urlsplit(url))
        self._expects = re.compile(expects or "$^")
        context.on("console", self._said)
        context.on("weberror", lambda error: self._note(f"page error: {error.error}"))
        context.on("request", self._asked)
        context.on("requestfailed", self._failed)

    def _note(self, trouble):
        if not self._expects.search(trouble):
            self.troubles.append(trouble)

    def _said(self, message):
        if message.type in {"error", "warning"}:
            self._note(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _asked(self, request):
        if not request.url.startswith((self._origin, *_OWN)):
            self._note(f"another host: {request.url}")

    def _failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # the page itself has lost interest
            self._note(f"failed: {request.method} {request.url} {request.failure}")
