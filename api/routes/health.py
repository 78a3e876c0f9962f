"""Whether the front end lives, and whether all its parts are there."""

from collections.abc import Callable
from typing import Literal

from fastapi import APIRouter, Response

from api.dependencies import Services, ServicesDep
from api.schemas.models import Shape
from core.errors import CoreError, Unavailable
from core.jobs import QUEUES

router = APIRouter(prefix="/health", tags=["health"])


class LiveOut(Shape):
    """The front end lives."""

    state: Literal["live"] = "live"


class ReadyOut(Shape):
    """Whether all parts are there."""

    state: Literal["ready", "not ready"]
    parts: dict[str, str]
    """Each part's state: ok, or what is wrong with it."""


@router.get("/live")
def live() -> LiveOut:
    """The front end answers."""
    return LiveOut()


@router.get("/ready", responses={503: {"model": ReadyOut}})
def ready(services: ServicesDep, response: Response) -> ReadyOut:
    """All parts answer; if not, 503 and which."""
    checks: dict[str, Callable[[], object]] = {
        "store": services.files.check,
        "redis": lambda: services.ledger.queue_length("search"),
        "cache": lambda: services.presence.alive("search"),
    }
    checks["milvus"] = lambda: _check_milvus(services)
    checks |= {f"worker-{name}": _worker(services, name) for name in QUEUES}
    parts = {name: _state(check) for name, check in checks.items()}
    is_ready = all(state == "ok" for state in parts.values())
    response.status_code = 200 if is_ready else 503
    return ReadyOut(state="ready" if is_ready else "not ready", parts=parts)


def _worker(services: Services, name: str) -> Callable[[], object]:
    def check() -> None:
        if not services.presence.alive(name):
            raise Unavailable(f"no worker-{name} has been heard of")

    return check


def _check_milvus(services: Services) -> None:
    """Whether it answers the workers: the front end does not speak to it."""
    told = {report.milvus for report in services.presence.reports() if report.milvus}
    if wrong := sorted(told - {"ok"}):
        raise Unavailable(wrong[0])
    if not told:
        raise Unavailable("no worker has said whether Milvus answers it")


def _state(check: Callable[[], object]) -> str:
    try:
        check()
    except CoreError as exc:
        return exc.detail
    return "ok"
