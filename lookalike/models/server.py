"""The server, its encoders and its collections."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lookalike.models.base import ResponseModel


@dataclass(frozen=True)
class About(ResponseModel):
    """The server's version and limits, and the caller's role: read, write or admin."""

    version: str
    role: str
    default_encoder: str
    flower_url: str | None
    limits: Mapping[str, Any]


@dataclass(frozen=True)
class Encoder(ResponseModel):
    """An encoder that a collection can use.

    `weights` is present, missing, wrong or unknown, and `detail` says how to fix it.
    `images_per_second` is measured by the server's workers; None before the first measurement.
    """

    name: str
    family: str
    dim: int
    weights: str
    side: int = 0
    pooling: str = ""
    licence: str = ""
    detail: str = ""
    images_per_second: float | None = None


@dataclass(frozen=True)
class Collection(ResponseModel):
    """A named set of items, all embedded by one encoder."""

    name: str
    encoder: str
    state: str
    items: int
    images: int
    created_at: datetime
    description: str = ""
    group_by: str | None = None
    """The attribute whose values group variants."""
    changing_to: str | None = None
    recipe: str = ""
    """How vectors are made; `fitted-1` has learned from the images of the collection."""
    colour_weight: float | None = None
    """The usual weight of colour in scores; None if vectors were made without colour."""
    fit: Mapping[str, Any] | None = None
    """The last attempt to fit the recipe: when, to how many images, and what came of it."""
    fit_automatically: bool = True
    """Whether the recipe is fitted without a request once there are enough images."""
