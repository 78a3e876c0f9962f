"""Sends a large file in several requests, and goes on where a broken connection stopped it.

The server recognises the file by its fingerprint, so a later run of the program goes on, too.
"""

import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from lookalike.errors import LocalProblem, LookalikeError, NotReachable, ServerProblem
from lookalike.multipart_stream import FormPart, MultipartUpload, OnBytes
from lookalike.transport import Transport, collection_path

MIN_BYTES = 32 * 1024 * 1024
"""Smaller files are sent in one request."""
REQUEST_BYTES = 16 * 1024 * 1024
"""Sent per request, because a proxy may hold back a request until it is complete."""
DELAYS_S = (0.5, 1, 2, 4, 8, 15, 30)
"""Waits before the attempts that follow a failure, until more bytes arrive."""
_MAY_PASS = frozenset({408, 409, 429, 502, 503, 504})
"""409: an earlier request, whose connection broke, has stored more in the meantime."""


def upload_body(
    transport: Transport, collection: str, parts: Sequence[FormPart], on_bytes: OnBytes | None
) -> MultipartUpload:
    """Return the body of an import; if its first part is large, send that part first.

    Raises:
        LocalProblem: the file is too large, or changed while it was sent.
        NotReachable: the connection broke for too long.
        ServerProblem: there is no such collection, or the server refuses the file.
    """
    file, *others = parts
    if file.size < MIN_BYTES:
        return MultipartUpload(parts, on_bytes)
    transport.check_size(file.size, "max_upload_mb")
    transport.call("GET", collection_path(collection))  # fails before a large file is sent
    upload_id = _FileUpload(transport, file, on_bytes).send()
    return MultipartUpload([FormPart.text("upload", upload_id), *others])


class _FileUpload:
    """The upload of one file."""

    def __init__(self, transport: Transport, file: FormPart, on_bytes: OnBytes | None) -> None:
        self._transport, self._file, self._on_bytes = transport, file, on_bytes
        self._delays_s = DELAYS_S if transport.retries else ()
        self._fingerprint = file.fingerprint()
        self._upload: dict[str, Any] = {}
        self._stored = 0

    def send(self) -> str:
        """Send what is missing, and return the id of the upload."""
        failures = 0
        while True:
            before = self._stored
            try:
                self._send_rest()
                break
            except (NotReachable, ServerProblem) as problem:
                failures = 0 if self._stored > before else failures
                self._raise_if_final(problem, failures)
                time.sleep(self._delays_s[failures])
                failures += 1
        return str(self._upload["id"])

    def _send_rest(self) -> None:
        self._upload = self._find() or self._create()
        self._stored = self._upload["offset"]
        body = _Body(self._file.chunks())
        for _ in body.take(self._stored):
            pass
        while self._stored < self._file.size:
            length = min(REQUEST_BYTES, self._file.size - self._stored)
            chunks = self._report(body.take(length))
            self._transport.append(f"v1/uploads/{self._upload['id']}", self._stored, length, chunks)
            self._stored += length
        self._check_unchanged()

    def _find(self) -> dict[str, Any] | None:
        self._check_unchanged()
        params = {"fingerprint": self._fingerprint}
        uploads = self._transport.paginate("v1/uploads", params)
        return next((upload for upload in uploads if upload["size"] == self._file.size), None)

    def _create(self) -> dict[str, Any]:
        texts = {"filename": self._file.filename or "", "fingerprint": self._fingerprint}
        pairs = (f"{name} {_base64(text)}" for name, text in texts.items())
        headers = {"Upload-Length": str(self._file.size), "Upload-Metadata": ",".join(pairs)}
        created: dict[str, Any] = self._transport.call("POST", "v1/uploads", headers=headers)
        return created

    def _report(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        sent = self._stored
        for chunk in chunks:
            yield chunk
            sent += len(chunk)
            if self._on_bytes:
                self._on_bytes(sent, self._file.size)

    def _check_unchanged(self) -> None:
        """Raise LocalProblem if the file changed: the upload would mix its old and new bytes."""
        if self._file.fingerprint() != self._fingerprint:
            raise LocalProblem(f"{self._file.filename} changed while it was sent; send it again")

    def _raise_if_final(self, problem: LookalikeError, failures: int) -> None:
        """Raise the problem, unless another attempt may succeed."""
        if not self._upload:
            raise problem
        if isinstance(problem, ServerProblem) and problem.status not in _MAY_PASS:
            raise problem
        if failures == len(self._delays_s):
            raise NotReachable(
                f"{problem}; {self._stored:,} of {self._file.size:,} bytes have arrived: send the "
                "same file again within a day to go on from there"
            ) from problem


class _Body:
    """The bytes of a file, which can be taken in pieces of any length."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def take(self, length: int) -> Iterator[bytes]:
        """Yield the next `length` bytes."""
        while length:
            data = self._rest or next(self._chunks)
            self._rest = data[length:]
            yield data[:length]
            length -= min(length, len(data))


def _base64(text: str) -> str:
    return b64encode(text.encode("utf-8", "replace")).decode()
