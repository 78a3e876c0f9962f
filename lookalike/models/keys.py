"""API keys."""

from dataclasses import dataclass
from datetime import datetime

from lookalike.models.base import ResponseModel


@dataclass(frozen=True)
class ApiKey(ResponseModel):
    """An API key, without its text."""

    id: str
    name: str
    role: str
    collections: tuple[str, ...]
    """The collections that the key is for; empty for all."""
    origins: tuple[str, ...]
    """The web sites whose pages may use the key."""
    created_at: datetime
    last_used_at: datetime | None = None
    """When the key was last used, to the hour."""


@dataclass(frozen=True)
class NewApiKey(ApiKey):
    """A key that was created, with what cannot be read again."""

    key: str = ""
    """Its text."""
    user_secret: str | None = None
    """For keys with the role "search": what `lookalike.user_tokens.user_token` needs."""
