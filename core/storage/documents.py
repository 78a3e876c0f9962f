"""Reads JSON documents of the store; a damaged document is named in the error."""

import logging
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import Conflict
from core.storage.backends import StorageBackend

log = logging.getLogger(__name__)

_Document = TypeVar("_Document", bound=BaseModel)


def find_document(files: StorageBackend, path: str, kind: type[_Document]) -> _Document | None:
    """Return the document in a file of the store, or None if there is no such file.

    Raises:
        Conflict: the file is empty, cut off or damaged in another way.
    """
    data = files.find(path)
    return None if data is None else parse_document(kind, data, path)


def find_derived(
    files: StorageBackend, path: str, kind: type[_Document], remedy: str
) -> _Document | None:
    """Return a document that a job can make again; None if there is none, or it is damaged.

    `remedy` says in the log what becomes of a damaged document.
    """
    try:
        return find_document(files, path, kind)
    except Conflict as exc:
        log.warning("%s: %s", remedy, exc)
        return None


def parse_document(kind: type[_Document], data: bytes, path: str) -> _Document:
    """Return the document that a file of the store contains.

    Raises:
        Conflict: the file is empty, cut off or damaged in another way.
    """
    try:
        return kind.model_validate_json(data)
    except ValidationError as exc:
        raise Conflict(f"{path} in the store is damaged; restore this file from a backup") from exc
