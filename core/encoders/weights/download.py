"""Fetches published weights into the folder of weights; a file gets its name once it is checked."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import httpx2

from core.encoders.description import EncoderDescription, PublishedWeights
from core.encoders.weights.http_download import Progress, download
from core.encoders.weights.lookup import Weights
from core.encoders.weights.partial_file import part_of
from core.errors import Conflict, InvalidInput, NotFound, NotInstalled, StorageFull, Unavailable

PUBLISHER = "https://storage.googleapis.com"

_SILENCE_S = 30.0
_FULL = {errno.ENOSPC, errno.EDQUOT}
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def fetch(
    description: EncoderDescription,
    weights: Weights,
    *,
    mirror: str | None,
    progress: Progress,
    silence_s: float = _SILENCE_S,
) -> Path:
    """The weights file, fetched if it is not there; goes on where an earlier try has ended.

    `mirror` stands for `PUBLISHER` at the start of the address; `silence_s` is how long the server
    may say nothing. Two processes do not fetch a file at once: the second finds it there.

    Raises:
        Conflict: another file is in its place, and is left there.
        InvalidInput: these weights come in a package, or the mirror is no address.
        NotFound: it is not at that address.
        NotInstalled: what came is another file; it was thrown away.
        StorageFull: there is no room for it.
        Unavailable: the server does not answer, or the folder cannot be written.
    """
    if path := _found(description, weights):
        return path
    published = description.weights
    if not isinstance(published, PublishedWeights):
        raise InvalidInput(weights.look(description).detail)
    target = weights.place(published)
    otherwise = weights.by_hand(description, published)
    url = _address(published, mirror)
    with _disk_errors(target, otherwise), part_of(target) as part:
        if path := _found(description, weights):  # another process has fetched it meanwhile
            return path
        with _network_errors(_shown(url), otherwise, silence_s):
            download(url, part, progress, silence_s)
        if faults := weights.faults(description, part.path):
            part.drop()
            raise NotInstalled(
                f"what {_shown(url)} gave is not the weights of {description.name}, and was "
                f"thrown away: {faults}; try again, see to the mirror and the pin if you have "
                f"set them, or {otherwise}"
            )
        part.finish()
    return target


def _found(description: EncoderDescription, weights: Weights) -> Path | None:
    look = weights.look(description)
    if look.state == "wrong":
        raise Conflict(look.detail)
    return look.path


def _address(published: PublishedWeights, mirror: str | None) -> str:
    if not mirror:
        return published.url
    return mirror.rstrip("/") + published.url.removeprefix(PUBLISHER)


def _shown(url: str) -> str:
    """The address without a password."""
    return re.sub("//[^/]*@", "//", url)


@contextmanager
def _network_errors(url: str, otherwise: str, silence_s: float) -> Iterator[None]:
    try:
        yield
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as exc:
        raise InvalidInput(f"{url} is no address ({exc}); mend the mirror") from exc
    except httpx2.HTTPStatusError as exc:
        answer = exc.response
        kind = NotFound if answer.status_code in _GONE else Unavailable
        told = f"{url} answered {answer.status_code} {answer.reason_phrase}"
        raise kind(f"{told}; {otherwise}") from exc
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as exc:
        raise Unavailable(
            f"{url} cannot be reached ({exc}); see to the network, set "
            f"LOOKALIKE_ENCODERS__MIRROR, or {otherwise}"
        ) from exc
    except httpx2.HTTPError as exc:
        silent = isinstance(exc, httpx2.TimeoutException)
        told = f"was silent for {silence_s:g} s" if silent else f"broke off ({exc})"
        raise Unavailable(
            f"{url} {told}; what has come is kept: try again to go on from there, or {otherwise}"
        ) from exc


@contextmanager
def _disk_errors(target: Path, otherwise: str) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise StorageFull(
                f"there is no room for {target}; free some space and try again: it goes on "
                "from where it was"
            ) from exc
        raise Unavailable(
            f"{target} cannot be written ({exc.strerror}); mend its folder, or set "
            f"LOOKALIKE_ENCODERS__WEIGHTS to another; or {otherwise}"
        ) from exc
