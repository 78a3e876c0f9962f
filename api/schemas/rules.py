"""Models of merchandising rules."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas.base import ApiModel, RequestModel
from core.rules import MAX_RULES, Rule

_EXAMPLE = {
    "id": "winter-coats", "placement": ["lists", "search"], "action": "boost",
    "filter": {"kind": "coat"}, "from": "2026-11-01T00:00:00+01:00",
}  # fmt: skip


class RulesIn(RequestModel):
    """All rules of a collection; they replace the earlier ones."""

    rules: Annotated[list[Rule], Field(max_length=MAX_RULES)] = Field(examples=[[_EXAMPLE]])
    """The order counts only where two pins want the same position: the earlier rule gets it."""


class RulesOut(ApiModel):
    """A version of a collection's rules."""

    version: int = Field(examples=[7])
    """Counts the changes; 0 if there has never been a rule."""
    created_at: datetime | None = Field(default=None, examples=["2026-11-01T09:30:00Z"])
    rules: list[Rule] = Field(examples=[[_EXAMPLE]])
    warnings: list[str] = Field(default=[], examples=[["rule 'old': item 'A-13' does not exist"]])
    """What was accepted although it has no effect now."""
