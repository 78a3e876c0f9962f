"""Liveness and readiness: whether the API runs, and whether everything it needs is available."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from fastapi import APIRouter, Response

from api.dependencies import Services, ServicesDep
from api.schemas.server_info import LiveOut, ReadyOut
from core.errors import CoreError, Unavailable
from core.jobs import WORKERS

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> LiveOut:  # async: needs no thread, which other requests might hold
    """Check that the API is running."""
    return LiveOut()


@router.get(
    "/ready", responses={503: {"model": ReadyOut, "description": "A part is not available."}}
)
def ready(services: ServicesDep, response: Response) -> ReadyOut:
    """Check that all parts of the service are available; if not, the status is 503."""
    checks: dict[str, Callable[[], object]] = {
        "store": services.files.check,
        "redis": lambda: services.ledger.queue_length("sync"),
        "cache": lambda: services.worker_registry.is_alive("search"),
        "milvus": partial(_check_milvus, services),
    }
    checks |= {f"worker-{name}": partial(_check_worker, services, name) for name in WORKERS}
    parts = {name: _state(check) for name, check in checks.items()}
    is_ready = all(state == "ok" for state in parts.values())
    response.status_code = 200 if is_ready else 503
    notes = _notes(services) if parts["redis"] == "ok" else {}
    return ReadyOut(state="ready" if is_ready else "not ready", parts=parts, notes=notes)


def _notes(services: Services) -> dict[str, str]:
    with suppress(Unavailable):  # the server may also refuse to tell
        if risks := services.ledger.risks():
            return {"redis": "; ".join(risks)}
    return {}


def _check_worker(services: Services, queue: str) -> None:
    if not services.worker_registry.is_alive(queue):
        raise Unavailable(
            f"no heartbeat from any worker-{queue}; check that one is running, with the "
            "LOOKALIKE_CACHE_URL of this process"
        )


def _check_milvus(services: Services) -> None:
    """Check the workers' reports on Milvus, since the API has no connection to it."""
    states = {report.milvus for report in services.worker_registry.reports() if report.milvus}
    if problems := sorted(states - {"ok"}):
        raise Unavailable(problems[0])
    if not states:
        raise Unavailable("no worker has reported on Milvus yet; check that workers are running")


def _state(check: Callable[[], object]) -> str:
    try:
        check()
    except CoreError as exc:
        return exc.detail
    return "ok"
