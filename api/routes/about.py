"""The version and limits of the server, and the rights of the caller."""

from importlib.metadata import version

from fastapi import APIRouter

from api.dependencies import ServicesDep
from api.middleware.current_key import current_role
from api.schemas.server_info import AboutOut

router = APIRouter(prefix="/v1/about", tags=["about"])


@router.get("")
def get(services: ServicesDep) -> AboutOut:
    """Get the server's version and limits, and the rights of the caller."""
    settings = services.settings
    return AboutOut(
        version=version("lookalike"),
        role=current_role(),
        default_encoder=settings.default_encoder,
        flower_url=settings.flower,
        limits=settings.limits,
    )
