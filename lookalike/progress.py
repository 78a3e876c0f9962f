"""The bars that show a job: bytes while an upload is sent, then what is done, with its rate."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from lookalike.models import Job

MEGABYTE = 1_000_000


class JobBars:
    """Lines on stderr for the length of a `with`; nothing where that is no terminal."""

    def __init__(self, working: str = "importing", unit: str = "images") -> None:
        self._unit = unit
        self._bars = Progress(
            TextColumn("{task.description:<11}"),
            BarColumn(),
            TextColumn("{task.fields[words]}"),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._sending = self._bars.add_task("sending", total=None, words="", visible=False)
        self._working = self._bars.add_task(working, total=None, words="", visible=False)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def sent(self, sent: int, total: int) -> None:
        """Show how much has been sent."""
        words = f"{sent / MEGABYTE:.1f} of {total / MEGABYTE:.1f} MB"
        self._bars.update(self._sending, visible=True, completed=sent, total=total, words=words)

    def worked(self, job: Job) -> None:
        """Show how far the job is."""
        progress = job.progress
        self._bars.update(
            self._working,
            visible=True,
            total=progress.total,
            completed=progress.done + progress.skipped + progress.failed,
            words=_words(job, self._unit),
        )


def _words(job: Job, unit: str) -> str:
    words = [str(job.progress)]
    if job.progress.rate:
        words.append(f"{job.progress.rate:.0f} {unit}/s")
    if job.progress.eta_seconds and not job.state.final:
        words.append(f"{_span(job.progress.eta_seconds)} left")
    return " · ".join(words) if job.state != "queued" else "waiting for a worker"


def _span(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
