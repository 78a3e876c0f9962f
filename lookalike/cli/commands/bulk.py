"""Changes or deletes many items: counts them, asks the user, starts the job and follows it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from lookalike.cli.options import confirm
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.texts import counted
from lookalike.models import Job, JobState

if TYPE_CHECKING:
    from lookalike.job_handle import JobHandle


def run_bulk(
    start: Callable[..., "JobHandle"], verb: str, participle: str, *,
    dry_run: bool, yes: bool, wait: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run a job on all items that match a filter, and print its outcome.

    With `dry_run`, the items are only counted. Without `yes`, they are counted first, and the user
    must confirm.
    """
    summarize = partial(_summary, participle)
    if dry_run or not yes:
        job = follow(start(dry_run=True), "counting", "items")
        if dry_run or job.state is not JobState.SUCCEEDED:
            exit_with_summary(job, summarize, as_json=as_json)
        count = (job.result or {}).get("matched", 0)
        confirm(f"{verb.capitalize()} {counted(count, 'item')} of {job.collection}?", yes=yes)
    job = follow(start(dry_run=False), "working", "items", wait=wait)
    exit_with_summary(job, summarize, as_json=as_json)


def _summary(participle: str, job: Job) -> str:
    result = job.result or {}
    matched = counted(result.get("matched", 0), "item")
    would = "would be " if result.get("dry_run") else ""
    return f"{result.get(participle, 0):,} of {matched} that match {would}{participle}"
