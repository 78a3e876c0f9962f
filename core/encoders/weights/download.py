"""Downloads published weights; a file gets its final name once its digest has been checked."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from core.encoders.description import EncoderDescription, PublishedWeights
from core.encoders.weights.http_download import ProgressCallback, download
from core.encoders.weights.lookup import WeightsLookup
from core.encoders.weights.partial_file import open_partial_file
from core.errors import Conflict, InvalidInput, NotFound, NotInstalled, StorageFull, Unavailable

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_NOT_FOUND = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def download_weights(
    description: EncoderDescription,
    weights: WeightsLookup,
    *,
    mirror: str | None,
    progress: ProgressCallback,
    timeout_s: float = 30,
) -> Path:
    """Return the weights file; if it is missing, start or resume its download.

    `mirror` replaces the publisher's server in the URL; `timeout_s` limits how long the server may
    send nothing. If two processes need the same file, the second waits for the first.

    Raises:
        Conflict: the file exists but has the wrong contents; it is not replaced.
        InvalidInput: the weights are part of a Python package or the operator's own, or the mirror
            is not a URL.
        NotFound: the server does not have the file.
        NotInstalled: the server sent a file with the wrong contents, which was discarded.
        StorageFull: there is not enough disk space.
        Unavailable: the server is unreachable, or the folder cannot be written.
    """
    if path := _find(description, weights):
        return path
    published = description.weights
    if not isinstance(published, PublishedWeights):
        raise InvalidInput(weights.status(description).detail)
    target = weights.target(published)
    manual = weights.manual_instructions(description, published)
    url = mirror.rstrip("/") + urlsplit(published.url).path if mirror else published.url
    shown_url = re.sub("//[^/]*@", "//", url)  # without a password
    with _translate_errors(shown_url, target, manual, timeout_s), open_partial_file(target) as file:
        if path := _find(description, weights):  # another process has just downloaded it
            return path
        download(url, file, progress, timeout_s)
        if mismatches := weights.mismatches(description, file.path):
            file.discard()
            raise NotInstalled(
                f"the file from {shown_url} does not contain the weights of "
                f"{description.name} and was discarded: {mismatches}; try again, check the mirror "
                f"and the pin (if you have set them), or {manual}"
            )
        file.finish()
    return target


def _find(description: EncoderDescription, weights: WeightsLookup) -> Path | None:
    status = weights.status(description)
    if status.state == "wrong":
        raise Conflict(status.detail)
    return status.path


@contextmanager
def _translate_errors(url: str, target: Path, manual: str, timeout_s: float) -> Iterator[None]:
    try:
        yield
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as exc:
        raise InvalidInput(
            f"{url} is not a URL ({exc}); correct LOOKALIKE_ENCODERS__DOWNLOAD_MIRROR"
        ) from exc
    except httpx2.HTTPStatusError as exc:
        response = exc.response
        error = NotFound if response.status_code in _NOT_FOUND else Unavailable
        status = f"{response.status_code} {response.reason_phrase}"
        raise error(f"{url} returned {status}; {manual}") from exc
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as exc:
        raise Unavailable(
            f"cannot connect to {url} ({exc}); check the network, set "
            f"LOOKALIKE_ENCODERS__DOWNLOAD_MIRROR, or {manual}"
        ) from exc
    except httpx2.HTTPError as exc:
        timed_out = isinstance(exc, httpx2.TimeoutException)
        why = (
            f"sent nothing for {timeout_s:g} s" if timed_out else f"broke off the download ({exc})"
        )
        raise Unavailable(f"{url} {why}; try again to resume the download, or {manual}") from exc
    except OSError as exc:
        if exc.errno in _DISK_FULL:
            raise StorageFull(
                f"there is not enough disk space for {target}; free some space and try again to "
                "resume the download"
            ) from exc
        raise Unavailable(
            f"cannot write {target} ({exc.strerror}); fix the permissions of its folder, set "
            f"LOOKALIKE_ENCODERS__WEIGHTS_DIR to another folder, or {manual}"
        ) from exc
