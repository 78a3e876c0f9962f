"""`lookalike rebuild`: recomputes vectors from the store."""

from typing import Annotated

import typer

from lookalike.cli.options import URL, Json, Key, Name, Url, Wait, connect
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.tables import counted
from lookalike.models import Job


def rebuild(
    collection: Name,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Only add missing vectors and remove orphaned ones."),
    ] = False,
    wait: Wait = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Recompute the vectors of a collection from its images.

    Searches continue with the old vectors meanwhile.

    Example: lookalike rebuild shop --repair
    """
    with connect(url, key) as server:
        job = follow(server.rebuild(collection, repair=repair), "embedding", "items", wait=wait)
    exit_with_summary(job, rebuild_summary, as_json=as_json)


def rebuild_summary(job: Job) -> str:
    """Return the outcome of a job that embedded a collection."""
    result, progress = job.result or {}, job.progress
    texts = [f"{counted(progress.done, 'item')} embedded with {result.get('encoder')}"]
    if progress.failed:
        texts.append(f"{progress.failed:,} failed")
    if result.get("dropped"):
        texts.append(f"{counted(result['dropped'], 'vector')} removed")
    if (overlap := result.get("overlap_at_10")) is not None:
        texts.append(f"{overlap:.0%} of the ten nearest items are the same as before")
    return ", ".join(texts)
