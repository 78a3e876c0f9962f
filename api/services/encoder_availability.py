"""Encoder availability, from the workers' reports: the API itself has no weights."""

from core.cache.worker_registry import EncoderReport, WorkerReport
from core.domain import EncoderIdentity
from core.encoders.catalogue import describe
from core.errors import NotInstalled, Unavailable

_NO_REPORTS = "no worker has reported its encoders yet; check worker-search and worker-embed"


def encoder_identity(name: str, reports: list[WorkerReport]) -> EncoderIdentity:
    """Return the identity that marks the vectors of this encoder.

    Raises:
        InvalidInput: there is no such encoder.
        NotInstalled: the weights are missing on a worker, or differ between workers.
        Unavailable: no worker has reported yet.
    """
    description = describe(name)
    report = merge_reports(name, reports)
    if report is None:
        raise Unavailable(_NO_REPORTS)
    if report.weights != "present" or report.sha256 is None:
        raise NotInstalled(report.detail)
    return description.identity(report.sha256)


def merge_reports(name: str, reports: list[WorkerReport]) -> EncoderReport | None:
    """Merge the workers' reports on an encoder: every worker must have its weights."""
    by_host = {report.host: report.encoders[name] for report in reports if name in report.encoders}
    if not by_host:
        return None
    for host, report in by_host.items():
        if report.weights != "present":
            suffix = f" (on {host})" if len(by_host) > 1 else ""
            return report.model_copy(update={"detail": report.detail + suffix})
    first = next(iter(by_host.values()))
    if len({report.sha256 for report in by_host.values()}) > 1:
        digests = ", ".join(f"{(r.sha256 or '')[:12]} on {host}" for host, r in by_host.items())
        detail = f"the weights of {name} differ: {digests}; install the same file on all workers"
        return first.model_copy(update={"weights": "wrong", "detail": detail})
    return first.model_copy(update={"images_per_second": _throughput(name, reports)})


def _throughput(name: str, reports: list[WorkerReport]) -> float | None:
    """Return how many images per second all processes that embed collections encode together."""
    embedding = [r.encoders[name] for r in reports if r.kind == "embed" and name in r.encoders]
    rates = [report.images_per_second for report in embedding if report.images_per_second]
    return round(sum(rates), 1) if rates else None
