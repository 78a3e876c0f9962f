"""Models of the server itself: version, health, encoders."""

from typing import Literal

from pydantic import Field

from api.schemas.base import ApiModel
from core.settings import Limits

_PARTS = ("store", "redis", "cache", "milvus", "worker-search", "worker-embed", "worker-train")


class AboutOut(ApiModel):
    """The server, and the rights of the caller."""

    version: str = Field(examples=["0.1.0"])
    role: str = Field(examples=["read"])
    """read, write or admin: the role of the caller's key; admin if the server has no keys."""
    default_encoder: str = Field(examples=["efficientnet-lite0"])
    flower_url: str | None = Field(examples=["http://127.0.0.1:5555"])
    """URL of Celery's dashboard, as seen from the server's own machine; null without Flower."""
    limits: Limits


class EncoderOut(ApiModel):
    """An encoder that a collection can use."""

    name: str = Field(examples=["efficientnet-lite0"])
    family: str = Field(examples=["EfficientNet-Lite"])
    dim: int = Field(examples=[1456])
    """Dimensions of its vectors."""
    side: int = Field(examples=[224])
    """Input size in pixels, both width and height."""
    pooling: str = Field(examples=["gem-3"])
    licence: str = Field(examples=["Apache-2.0"])
    weights: Literal["present", "missing", "wrong", "unknown"] = Field(examples=["present"])
    detail: str = Field(examples=[""])
    """What to do if the weights are not present."""
    images_per_second: float | None = Field(examples=[186.9])
    """Measured throughput of all embedding workers together; null before the first ingest."""


class EncodersPage(ApiModel):
    """All encoders."""

    items: list[EncoderOut]
    next_cursor: None = Field(default=None, examples=[None])


class LiveOut(ApiModel):
    """The API is running."""

    state: Literal["live"] = "live"


class ReadyOut(ApiModel):
    """Whether all parts of the service are available."""

    state: Literal["ready", "not ready"] = Field(examples=["ready"])
    parts: dict[str, str] = Field(examples=[dict.fromkeys(_PARTS, "ok")])
    """The state of each part: `ok`, or the problem."""
    notes: dict[str, str] = Field(default_factory=dict, examples=[{}])
    """What to change in parts that work, but may lose data."""
