"""`lookalike rebuild`: vectors made anew from the store."""

from typing import Annotated

import typer

from lookalike.cli.options import URL, Json, Key, Name, Url, Wait, connect
from lookalike.cli.output.job_progress import end, follow
from lookalike.cli.output.tables import counted
from lookalike.models import Job


def rebuild(
    collection: Name,
    repair: Annotated[
        bool, typer.Option("--repair", help="Only what is missing, or should not be there.")
    ] = False,
    wait: Wait = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Make a collection's vectors anew from the store; searches go on meanwhile.

    Example: lookalike rebuild shop --repair
    """
    with connect(url, key) as server:
        job = follow(server.rebuild(collection, repair=repair), "embedding", "items", wait=wait)
    end(job, embedded, as_json=as_json)


def embedded(job: Job) -> str:
    """Say what came of a job that goes through a collection."""
    result, progress = job.result or {}, job.progress
    told = [f"{counted(progress.done, 'item')} embedded by {result.get('encoder')}"]
    told += [f"{progress.failed:,} failed"] if progress.failed else []
    told += [f"{counted(result['dropped'], 'vector')} removed"] if result.get("dropped") else []
    overlap = result.get("overlap_at_10")
    told += [f"{overlap:.0%} of the nearest ten are as before"] if overlap is not None else []
    return ", ".join(told)
