"""Downloads a file over HTTP into a partial file, or resumes an earlier download."""

import errno
import os
import re
import shutil
from collections.abc import Callable
from http import HTTPStatus

import httpx2

from core.encoders.weights.partial_file import PartialFile

# Each address of a host is tried for this long; a host with a dozen takes half a minute.
_CONNECT_TIMEOUT_S = 3.0
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(?:(\d+)|\*)")

ProgressCallback = Callable[[int, int | None], None]
"""Called with the number of bytes received so far, and the total if it is known."""


def download(url: str, file: PartialFile, progress: ProgressCallback, timeout_s: float) -> None:
    """Download the complete file; `timeout_s` limits how long the server may send nothing.

    Raises:
        httpx2.InvalidURL: the URL is malformed.
        httpx2.HTTPError: the server is unreachable, refuses the request, or closes the connection.
        OSError: the disk is full, or the file cannot be written.
    """
    timeout = httpx2.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_TIMEOUT_S))
    with httpx2.Client(timeout=timeout, follow_redirects=True) as client:
        while not _receive(client, url, file, progress):
            file.start_over("")


def _receive(
    client: httpx2.Client, url: str, file: PartialFile, progress: ProgressCallback
) -> bool:
    """Receive the missing bytes; return False if the earlier bytes do not fit the server's file."""
    with client.stream("GET", url, headers=_request_headers(file)) as response:
        start, total = _content_range(response)
        match response.status_code:
            case HTTPStatus.OK:
                file.start_over(_version(response))
                length = response.headers.get("Content-Length")
                _append(response, file, _parse_int(length), progress)
            case HTTPStatus.PARTIAL_CONTENT if start == file.size:
                _append(response, file, total, progress)
            case HTTPStatus.PARTIAL_CONTENT | HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE if (
                file.size
            ):
                return total == file.size  # if complete, only its digest remains to be checked
            case _:
                response.raise_for_status()
                raise httpx2.RemoteProtocolError(f"the server returned {response.status_code}")
    return True


def _append(
    response: httpx2.Response, file: PartialFile, total: int | None, progress: ProgressCallback
) -> None:
    if (total or 0) - file.size > shutil.disk_usage(file.path.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with file.path.open("ab") as output:
        progress(file.size, total)
        for chunk in response.iter_raw():
            output.write(chunk)
            progress(output.tell(), total)
    if file.size < (total or 0):
        raise httpx2.RemoteProtocolError(f"received {file.size:,} of {total:,} bytes")


def _request_headers(file: PartialFile) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity"}  # digests apply to the unencoded file
    if file.size and (version := file.version):
        headers |= {"Range": f"bytes={file.size}-", "If-Range": version}
    return headers


def _version(response: httpx2.Response) -> str:
    """Return a version for `If-Range`, or ""; a weak ETag does not identify bytes."""
    etag = response.headers.get("ETag", "")
    version = response.headers.get("Last-Modified", "") if etag[:2] in {"", "W/"} else etag
    return version if version.isascii() else ""


def _content_range(response: httpx2.Response) -> tuple[int | None, int | None]:
    """Return the offset of the body in the file, and the file's length; None if unknown."""
    match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    start, total = match.groups() if match else (None, None)
    return _parse_int(start), _parse_int(total)


def _parse_int(digits: str | None) -> int | None:
    return int(digits) if digits else None
