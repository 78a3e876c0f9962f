"""The progress and outcome of a job in the terminal, and the exit code that follows from it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import typer

from lookalike.cli.errors import Exit, exit_code, fail
from lookalike.cli.output.tables import print_json
from lookalike.models import Job

if TYPE_CHECKING:
    from lookalike.job_handle import JobHandle


def upload(
    send: Callable[..., "JobHandle"], activity: str = "importing", unit: str = "images", *,
    wait: bool = True,
) -> "JobHandle":  # fmt: skip
    """Send an upload and wait for its job, with progress bars; `send` is called with `on_bytes`."""
    from lookalike.progress_bars import JobBars

    with JobBars(activity, unit) as bars:
        job = send(on_bytes=bars.show_bytes)
        try:
            return job.wait(on_progress=bars.show_job) if wait else job
        except KeyboardInterrupt:
            typer.echo(f"job {job.id} continues; see `lookalike jobs show {job.id}`", err=True)
            raise


def follow(job: "JobHandle", activity: str, unit: str, *, wait: bool = True) -> "JobHandle":
    """Show a progress bar while waiting for a job that involves no upload."""
    return upload(lambda **_: job, activity, unit, wait=wait)


def exit_with_summary(
    job: Job, summarize: Callable[[Job], str], *, as_json: bool, earlier: Job | None = None
) -> NoReturn:
    """Print a job's outcome, or that the job is not finished, in one line; exit with its exit code.

    If this job succeeded, the exit code is that of `earlier`, the job that requested this one.
    """

    def report(job: Job) -> None:
        if job.problem:
            fail(f"job {job.id} {job.state.value}: {job.problem['detail']}")
        typer.echo(f"{job.state.value}: {summarize(job)}")

    exit_with_report(job, report, as_json=as_json, earlier=earlier)


def exit_with_report(
    job: Job, report: Callable[[Job], None], *, as_json: bool, earlier: Job | None = None,
    is_partial: bool = False,
) -> NoReturn:  # fmt: skip
    """Like `exit_with_summary`, but call `report` to print the outcome of a finished job.

    With `is_partial`, the exit code is that of a partial success, even if the job succeeded.
    """
    if as_json:
        print_json(job)
    elif job.state.final:
        report(job)
    else:
        typer.echo(f"job {job.id} is {job.state.value}; see `lookalike jobs show {job.id}`")
    code = exit_code(job) if job.state.final else Exit.OK
    if earlier:
        code = code or exit_code(earlier)
    raise typer.Exit(code or (Exit.PARTIAL if is_partial else Exit.OK))
