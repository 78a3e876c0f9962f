"""A collection's merchandising rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lookalike.models.base import ResponseModel


@dataclass(frozen=True)
class Rules(ResponseModel):
    """A version of a collection's merchandising rules, each as a dictionary."""

    version: int
    rules: tuple[Mapping[str, Any], ...]
    created_at: datetime | None = None
    warnings: tuple[str, ...] = ()
    """Rules that were accepted although they have no effect now."""
