"""Progress bars of a job on the terminal: the upload in bytes, then the work in units."""

import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from lookalike.models import Job, JobState

MEGABYTE = 1_000_000


class JobBars(Progress):
    """Progress bars on stderr, hidden if stderr is not a terminal."""

    def __init__(self, activity: str, unit: str) -> None:
        super().__init__(
            TextColumn("{task.description:<11}"),
            BarColumn(),
            TextColumn("{task.fields[text]}"),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._unit = unit
        self._upload = self.add_task("sending", total=None, text="", visible=False)
        self._work = self.add_task(activity, total=None, text="", visible=False)

    def show_bytes(self, sent: int, total: int) -> None:
        """Update the upload's progress bar."""
        text = f"{sent / MEGABYTE:.1f} of {total / MEGABYTE:.1f} MB"
        self.update(self._upload, visible=True, completed=sent, total=total, text=text)

    def show_job(self, job: Job) -> None:
        """Update the progress bar of the job's work."""
        self.update(
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
