"""Which networks the workers can run, by their own reports: the front end has no weights."""

from core.cache.worker_registry import EncoderReport, WorkerReport
from core.domain import EncoderIdentity
from core.encoders.catalogue import describe
from core.errors import NotInstalled, Unavailable

_NOBODY = (
    "no worker has said yet which networks it has; are worker-search and worker-embed running?"
)


def identity_of(name: str, reports: list[WorkerReport]) -> EncoderIdentity:
    """What vectors of this network will be marked with.

    Raises:
        InvalidInput: there is no such network.
        NotInstalled: a worker has not its weights, or others than the rest; says what to do.
        Unavailable: no worker has told of itself.
    """
    description = describe(name)
    report = summary_of(name, reports)
    if report is None:
        raise Unavailable(_NOBODY)
    if report.weights != "present" or report.sha256 is None:
        raise NotInstalled(report.detail)
    return description.identity(report.sha256)


def summary_of(name: str, reports: list[WorkerReport]) -> EncoderReport | None:
    """What all workers together say of a network: it is there if it is with every one."""
    told = {report.host: report.encoders[name] for report in reports if name in report.encoders}
    if not told:
        return None
    for host, one in told.items():
        if one.weights != "present":
            where = f" (on {host})" if len(told) > 1 else ""
            return one.model_copy(update={"detail": one.detail + where})
    first = next(iter(told.values()))
    if len({one.sha256 for one in told.values()}) > 1:
        each = ", ".join(f"{(one.sha256 or '')[:12]} on {host}" for host, one in told.items())
        detail = f"the weights of {name} are not the same everywhere: {each}; make them so"
        return first.model_copy(update={"weights": "wrong", "detail": detail})
    return first.model_copy(update={"images_per_second": _pace(name, reports)})


def _pace(name: str, reports: list[WorkerReport]) -> float | None:
    """Of all processes that embed collections, together."""
    embedding = [r.encoders[name] for r in reports if "embed" in r.queues and name in r.encoders]
    paces = [one.images_per_second for one in embedding if one.images_per_second]
    return round(sum(paces), 1) if paces else None
