"""Limits the size of request headers, for which neither uvicorn nor its parser has a limit.

A header arrives in pieces, and the parser joins all of them again with each new one. A header of
200 MB would therefore stop the event loop for minutes, before any middleware sees the request.
"""

import json

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEADER_BYTES = 65_536
_PIECE_BYTES = 16_384
_PROBLEM = json.dumps({
    "type": "urn:lookalike:problem:headers-too-large",
    "title": "Request header fields too large",
    "status": 431,
    "detail": f"the URL and the headers exceed {MAX_HEADER_BYTES:,} bytes; send less in them",
    "code": "headers-too-large",
}).encode()
_RESPONSE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: application/problem+json\r\n"
    b"content-length: %d\r\n"
    b"connection: close\r\n\r\n%b" % (len(_PROBLEM), _PROBLEM)
)


class HeaderLimitProtocol(HttpToolsProtocol):
    """Answers 431 and closes the connection once the URL and headers are too large.

    The trailers of a chunked body and the extensions of its chunks count, too. If a client sends a
    request before it has the response to an earlier one, the bytes that arrive in one piece with
    the earlier request do not count.
    """

    _in_headers = True
    _header_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Pass data on to the parser, in small pieces while the data may contain headers."""
        while data and self._in_headers and not self.transport.is_closing():
            room = MAX_HEADER_BYTES - self._header_bytes
            if room == 0:
                self._refuse()
                return
            size = min(_PIECE_BYTES, room)
            self._receive(data[:size])
            data = data[size:]
        if data:
            self._receive(data)

    def on_headers_complete(self) -> None:
        """Stop counting."""
        self._in_headers, self._header_bytes = False, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Reset the count, since the few bytes that frame a chunk are harmless."""
        self._header_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Start to count again, for the headers of the next request."""
        self._in_headers, self._header_bytes = True, 0
        super().on_message_complete()

    def _receive(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._header_bytes += len(data)
        super().data_received(data)
        if self._header_bytes > MAX_HEADER_BYTES and not self.transport.is_closing():
            self._refuse()

    def _refuse(self) -> None:
        self.transport.write(_RESPONSE)
        self.transport.close()
