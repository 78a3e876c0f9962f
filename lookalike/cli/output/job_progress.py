"""What commands do with a job: watch it with a bar, say how it ended, and end with its code."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import typer

from lookalike.cli.errors import code_of, fail
from lookalike.cli.output.tables import print_json
from lookalike.models import Job

if TYPE_CHECKING:
    from lookalike.progress import JobBars


def watched(job: Job, bars: "JobBars", *, wait: bool = True) -> Job:
    """Return the job when it has ended, with a bar meanwhile; at once, if nobody waits."""
    if not wait:
        return job
    try:
        return job.wait(on_progress=bars.worked)
    except KeyboardInterrupt:
        typer.echo(f"job {job.id} goes on; see `lookalike jobs show {job.id}`", err=True)
        raise


def follow(job: Job, working: str, unit: str, *, wait: bool = True) -> Job:
    """Watch a job that was asked for without an upload."""
    from lookalike.progress import JobBars

    with JobBars(working, unit) as bars:
        return watched(job, bars, wait=wait)


def end(job: Job, told: Callable[[Job], str], *, as_json: bool) -> NoReturn:
    """Say how a job ended, or that it is on its way, and end with its code."""
    if as_json:
        print_json(job)
    elif not job.state.final:
        typer.echo(f"job {job.id} is on its way; see `lookalike jobs show {job.id}`")
    elif job.problem:
        fail(f"job {job.id} {job.state.value}: {job.problem['detail']}")
    else:
        typer.echo(f"{job.state.value}: {told(job)}")
    raise typer.Exit(code_of(job) if job.state.final else 0)
