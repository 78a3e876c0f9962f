"""Downloads a file over HTTP into its part, and goes on where an earlier try has ended."""

import errno
import os
import re
import shutil
from collections.abc import Callable
from http import HTTPStatus

import httpx2

from core.encoders.weights.partial_file import Part

# A name can have a dozen addresses, and each is tried for so long: half a minute in all.
_CONNECT_S = 3.0
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(?:(\d+)|\*)")

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are here, and those there will be, if that is known."""


def download(url: str, part: Part, progress: Progress, silence_s: float) -> None:
    """Bring the part to its whole length; `silence_s` is how long the server may say nothing.

    Raises:
        httpx2.InvalidURL: that is no address.
        httpx2.HTTPError: the server does not answer, refuses, or breaks off.
        OSError: the disk is full, or cannot be written.
    """
    timeout = httpx2.Timeout(silence_s, connect=min(silence_s, _CONNECT_S))
    with httpx2.Client(timeout=timeout, follow_redirects=True) as client:
        while not _received(client, url, part, progress):
            part.start_over("")


def _received(client: httpx2.Client, url: str, part: Part, progress: Progress) -> bool:
    """Whether it came; if not, what is here is in the way."""
    with client.stream("GET", url, headers=_wish(part)) as answer:
        start, total = _range(answer)
        match answer.status_code:
            case HTTPStatus.OK:
                part.start_over(_version(answer))
                _append(answer, part, _length(answer), progress)
            case HTTPStatus.PARTIAL_CONTENT if start == part.size:
                _append(answer, part, total, progress)
            case HTTPStatus.PARTIAL_CONTENT | HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE if (
                part.size
            ):
                return total == part.size  # then only its digest was not compared
            case _:
                answer.raise_for_status()
                raise httpx2.RemoteProtocolError(f"it answered {answer.status_code}")
    return True


def _append(answer: httpx2.Response, part: Part, total: int | None, progress: Progress) -> None:
    if (total or 0) - part.size > shutil.disk_usage(part.path.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with part.path.open("ab") as file:
        progress(part.size, total)
        for piece in answer.iter_raw():
            file.write(piece)
            progress(file.tell(), total)
    if part.size < (total or 0):
        raise httpx2.RemoteProtocolError(f"it sent {part.size:,} of {total:,} bytes")


def _wish(part: Part) -> dict[str, str]:
    wish = {"Accept-Encoding": "identity"}  # the digests are of the file as it is
    if part.size and (version := part.version):
        wish |= {"Range": f"bytes={part.size}-", "If-Range": version}
    return wish


def _version(answer: httpx2.Response) -> str:
    """What a later request can name these bytes by; a weak ETag does not stand for bytes."""
    etag = answer.headers.get("ETag", "")
    version = answer.headers.get("Last-Modified", "") if etag[:2] in {"", "W/"} else etag
    return version if version.isascii() else ""


def _range(answer: httpx2.Response) -> tuple[int | None, int | None]:
    """Where the answer starts, and the length of the whole file, as far as it says so."""
    told = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    start, total = told.groups() if told else (None, None)
    return _number(start), _number(total)


def _length(answer: httpx2.Response) -> int | None:
    return _number(answer.headers.get("Content-Length"))


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None
