"""`lookalike rebuild`: vectors made anew from the store; and jobs of that kind, watched."""

from typing import TYPE_CHECKING, Annotated

import typer

from lookalike.cli.failing import code_of, fail
from lookalike.cli.options import URL, Json, Key, Url, connect
from lookalike.cli.tables import print_json
from lookalike.models import Job

if TYPE_CHECKING:
    from lookalike.client import Lookalike


def rebuild(
    collection: Annotated[str, typer.Argument(help="The collection's name.")],
    repair: Annotated[
        bool, typer.Option("--repair", help="Only what is missing, or should not be there.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Wait until the job has ended.")] = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Make a collection's vectors anew from the store; searches go on meanwhile."""
    with connect(url, key) as server:
        follow(server, server.rebuild(collection, repair=repair), wait=wait, as_json=as_json)


def follow(server: "Lookalike", job: Job, *, wait: bool, as_json: bool) -> None:
    """Watch a job that goes through a collection, say how it ended, and end with its code."""
    from lookalike.watching import JobBars

    with JobBars("embedding", "items") as bars:
        job = server.wait(job, bars.worked) if wait else job
    if as_json:
        print_json(job)
    elif not job.state.final:
        typer.echo(f"job {job.id} is on its way; see `lookalike jobs show {job.id}`")
    elif job.problem:
        fail(f"job {job.id} {job.state.value}: {job.problem['detail']}")
    else:
        typer.echo(_told(job))
    raise typer.Exit(code_of(job) if wait else 0)


def _told(job: Job) -> str:
    result, progress = job.result or {}, job.progress
    told = [f"{progress.done:,} items embedded by {result.get('encoder')}"]
    told += [f"{progress.failed:,} failed"] if progress.failed else []
    told += [f"{result['dropped']:,} vectors removed"] if result.get("dropped") else []
    overlap = result.get("overlap_at_10")
    told += [f"{overlap:.0%} of the nearest ten are as before"] if overlap is not None else []
    return f"{job.state.value}: {', '.join(told)}"
