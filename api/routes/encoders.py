"""The catalogue of networks."""

from fastapi import APIRouter
from pydantic import BaseModel

from core.encoders.catalogue import ENCODERS, weights_state

router = APIRouter(prefix="/v1/encoders", tags=["encoders"])


class EncoderOut(BaseModel):
    """A network that a collection can be made with."""

    name: str
    family: str
    dim: int
    side: int
    licence: str
    weights: str


class EncodersPage(BaseModel):
    """All networks."""

    items: list[EncoderOut]
    next_cursor: None = None


@router.get("")
def list_all() -> EncodersPage:
    """All networks, and whether their weights are here: present, missing or wrong."""
    return EncodersPage(
        items=[
            EncoderOut(
                name=row.name,
                family=row.family,
                dim=row.dim,
                side=row.side,
                licence=row.licence,
                weights=weights_state(row),
            )
            for row in ENCODERS.values()
        ]
    )
