"""Models of API keys."""

from datetime import datetime

from pydantic import Field

from api.schemas.base import ApiModel, RequestModel
from core.storage import Role

_ID = "1f2e3d4c"


class KeyIn(RequestModel):
    """An API key to create."""

    name: str = Field(examples=["shop page"])
    """Who uses the key, in 1 to 100 printable characters."""
    role: Role = Field(strict=False, examples=[Role.SEARCH])
    """search, read, write or admin; the first key must have the role admin."""
    collections: list[str] = Field(default=[], max_length=100, examples=[["shop"]])
    """The collections that the key is for, which must exist; empty for all."""
    origins: list[str] = Field(default=[], max_length=100, examples=[["https://shop.example"]])
    """For keys with the role search: the web sites whose pages may use the key."""


class KeyOut(ApiModel):
    """An API key, without its text."""

    id: str = Field(examples=[_ID])
    name: str = Field(examples=["shop page"])
    role: Role = Field(examples=[Role.SEARCH])
    collections: list[str] = Field(examples=[["shop"]])
    """The collections that the key is for; empty for all."""
    origins: list[str] = Field(examples=[["https://shop.example"]])
    """The web sites whose pages may use the key."""
    created_at: datetime = Field(examples=["2026-03-01T09:30:00Z"])
    last_used_at: datetime | None = Field(default=None, examples=["2026-03-02T11:00:00Z"])
    """When the key was last used, to the hour; null if never."""


class NewKeyOut(KeyOut):
    """A key that was created, with what cannot be read again."""

    key: str = Field(examples=[f"lk_{_ID}_Vb0r3x..."])
    """The text of the key, for `Authorization: Bearer`."""
    user_secret: str | None = Field(examples=["9c56cc51b374c3ba189210d5b6d4bf57..."])
    """For keys with the role search: the secret with which the shop's server signs user tokens."""


class KeysPage(ApiModel):
    """All API keys, the oldest first."""

    items: list[KeyOut]
    next_cursor: None = Field(default=None, examples=[None])
