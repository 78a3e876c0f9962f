"""The Prometheus endpoint: metrics of the API, all workers and the job ledger in one place."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.dependencies import ServicesDep

router = APIRouter()


@router.get("/metrics", include_in_schema=False)
def metrics(services: ServicesDep) -> Response:
    """Return all metrics; once the server has API keys, the role read is required."""
    return Response(generate_latest(services.metrics), media_type=CONTENT_TYPE_LATEST)
