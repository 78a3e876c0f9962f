"""The catalogue of networks."""

from typing import Literal

from fastapi import APIRouter

from api.dependencies import ServicesDep
from api.schemas.models import Shape
from api.services.encoder_availability import summary_of
from core.cache.worker_registry import EncoderReport
from core.encoders.catalogue import ENCODERS

router = APIRouter(prefix="/v1/encoders", tags=["encoders"])

_UNKNOWN = "no worker has said yet whether it has them"


class EncoderOut(Shape):
    """A network that a collection can be made with."""

    name: str
    family: str
    dim: int
    """Numbers in a vector."""
    side: int
    """Pixels a side of what it looks at."""
    pooling: str
    licence: str
    weights: Literal["present", "missing", "wrong", "unknown"]
    detail: str
    """What to do where the weights are not there."""
    images_per_second: float | None
    """Of the workers that embed collections, measured while they did; None before that."""


class EncodersPage(Shape):
    """All networks."""

    items: list[EncoderOut]
    next_cursor: None = None


@router.get("")
def list_all(services: ServicesDep) -> EncodersPage:
    """All networks, and what the workers say of each: weights present, missing or wrong."""
    reports = services.presence.reports()
    return EncodersPage(items=[_out(name, summary_of(name, reports)) for name in ENCODERS])


def _out(name: str, report: EncoderReport | None) -> EncoderOut:
    row = ENCODERS[name]
    return EncoderOut(
        name=row.name,
        family=row.family,
        dim=row.dim,
        side=row.side,
        pooling=row.pooling,
        licence=row.licence,
        weights=report.weights if report else "unknown",
        detail=report.detail if report else _UNKNOWN,
        images_per_second=report.images_per_second if report else None,
    )
