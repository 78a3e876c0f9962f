"""The catalogue of encoders."""

from fastapi import APIRouter

from api.dependencies import ServicesDep
from api.schemas.server_info import EncoderOut, EncodersPage
from api.services.encoder_availability import merge_reports
from core.cache.worker_registry import EncoderReport
from core.encoders.catalogue import ENCODERS
from core.encoders.description import DEFAULT_RECIPE

router = APIRouter(prefix="/v1/encoders", tags=["encoders"])

_NO_REPORT = "no worker has reported on these weights yet"


@router.get("")
def list_all(services: ServicesDep) -> EncodersPage:
    """List all encoders, and whether the workers have their weights."""
    reports = services.worker_registry.reports()
    return EncodersPage(items=[_out(name, merge_reports(name, reports)) for name in ENCODERS])


def _out(name: str, report: EncoderReport | None) -> EncoderOut:
    encoder = ENCODERS[name]
    return EncoderOut(
        name=encoder.name,
        family=encoder.family,
        dim=sum(encoder.part_dims(DEFAULT_RECIPE).values()),
        side=encoder.side,
        pooling=encoder.pooling,
        licence=encoder.licence,
        weights=report.weights if report else "unknown",
        detail=report.detail if report else _NO_REPORT,
        images_per_second=report.images_per_second if report else None,
    )
