"""Progress bars of a job on the terminal: first the upload in bytes, then the work."""

import sys
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from lookalike.models import Job, JobState

MEGABYTE = 1_000_000


class JobBars:
    """A context manager that shows bars on stderr; shows nothing if that is no terminal."""

    def __init__(self, activity: str = "importing", unit: str = "images") -> None:
        self._unit = unit
        self._bars = Progress(
            TextColumn("{task.description:<11}"),
            BarColumn(),
            TextColumn("{task.fields[text]}"),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._upload = self._bars.add_task("sending", total=None, text="", visible=False)
        self._work = self._bars.add_task(activity, total=None, text="", visible=False)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show_bytes(self, sent: int, total: int) -> None:
        """Update the bar of the upload."""
        text = f"{sent / MEGABYTE:.1f} of {total / MEGABYTE:.1f} MB"
        self._bars.update(self._upload, visible=True, completed=sent, total=total, text=text)

    def show_job(self, job: Job) -> None:
        """Update the bar of the work."""
        self._bars.update(
            self._work,
            visible=True,
            total=job.progress.total,
            completed=job.progress.processed,
            text=_progress_text(job, self._unit),
        )


def _progress_text(job: Job, unit: str) -> str:
    if job.state is JobState.QUEUED:
        return "waiting for a worker"
    texts = [str(job.progress)]
    if job.progress.rate:
        texts.append(f"{job.progress.rate:.0f} {unit}/s")
    if job.progress.eta_seconds and not job.state.final:
        texts.append(f"{_duration_text(job.progress.eta_seconds)} left")
    return " · ".join(texts)


def _duration_text(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
