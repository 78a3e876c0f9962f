"""Reads JSON documents of the store; a damaged document is named in the error."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import Conflict

_Document = TypeVar("_Document", bound=BaseModel)


def parse_document(kind: type[_Document], data: bytes, path: str) -> _Document:
    """Return the document in a file of the store.

    Raises:
        Conflict: the file is empty, cut off or damaged in another way.
    """
    try:
        return kind.model_validate_json(data)
    except ValidationError as exc:
        raise Conflict(f"{path} in the store is damaged; restore this file from a backup") from exc
