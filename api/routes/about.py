"""What a client has to know of the server before it asks for anything else."""

from importlib.metadata import version

from fastapi import APIRouter

from api.dependencies import ServicesDep
from api.middleware.auth import role
from api.schemas.models import Shape
from core.settings import Limits

router = APIRouter(prefix="/v1/about", tags=["about"])


class AboutOut(Shape):
    """The server, and what this caller may do."""

    version: str
    role: str
    """read, write or admin: that of the caller's key; admin where the server has no keys."""
    default_encoder: str
    flower_url: str
    """Where Celery's dashboard is, as seen from the server's own machine."""
    limits: Limits


@router.get("")
def get(services: ServicesDep) -> AboutOut:
    """The version, what this caller may do, and the limits of one request."""
    settings = services.settings
    return AboutOut(
        version=version("lookalike"),
        role=role(),
        default_encoder=settings.default_encoder,
        flower_url=settings.flower,
        limits=settings.limits,
    )
