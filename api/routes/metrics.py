"""The Prometheus endpoint: metrics of the API, all workers and the job ledger in one place."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.dependencies import get_services

router = APIRouter()


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Return all metrics; once there are API keys, this requires the role read."""
    return Response(generate_latest(get_services(request).metrics), media_type=CONTENT_TYPE_LATEST)
