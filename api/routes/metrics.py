"""What Prometheus asks for: all workers' metrics and the ledger's, at one place."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.dependencies import services_of

router = APIRouter()


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """The figures of now; where there are keys, one of the role read is needed."""
    return Response(generate_latest(services_of(request).metrics), media_type=CONTENT_TYPE_LATEST)
