"""Base classes of the request and response models, and the error model."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core.domain import Attributes

_INVALID = {"where": "query.limit", "what": "Input should be less than or equal to 200"}

Timestamp = Annotated[datetime, Field(examples=["2026-10-01T09:30:00Z"])]
ExampleAttributes = Annotated[Attributes, Field(examples=[{"kind": "dress", "price": 49.9}])]


class ApiModel(BaseModel):
    """A request or response model; docstrings of fields become their descriptions.

    The example of a model consists of the examples and defaults of its fields.
    """

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


class RequestModel(ApiModel):
    """A JSON request body, parsed strictly: "1" is not a number, and 1 is not a boolean."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _reject_unknown_fields(cls, body: Any) -> Any:
        """Reject unknown fields with an error that, unlike pydantic's, lists the known fields."""
        for name in body if isinstance(body, dict) else ():
            if name not in cls.model_fields:
                known = ", ".join(cls.model_fields)
                message = f"unknown field {str(name)[:80]!r}; known: {known}"
                raise PydanticCustomError("unknown_field", "{message}", {"message": message})
        return body


class Page(ApiModel):
    """One page of a list."""

    next_cursor: str | None = Field(default=None, examples=[None])
    """Pass this value as `cursor` to get the next page; null on the last page."""


class ProblemOut(ApiModel):
    """An error (RFC 9457)."""

    type: str = Field(examples=["urn:lookalike:problem:invalid-input"])
    title: str = Field(examples=["Invalid request"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=[f"{_INVALID['where']}: {_INVALID['what']}"])
    """The problem and its solution, for people."""
    code: str = Field(examples=["invalid-input"])
    """The kind of error, for programs."""
    errors: list[dict[str, str]] | None = Field(default=None, examples=[[_INVALID]])
    """The invalid fields of the request, if any."""
    request_id: str | None = Field(default=None, examples=["b5e0c7f2a9d84c61"])
    """The id in the server's log and in the response's `X-Request-ID`."""
