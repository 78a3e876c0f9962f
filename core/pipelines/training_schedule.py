"""When automatic training runs and fits start: after a quiet time, or at a time of day."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from core.daily_time import parse_daily_time
from core.jobs import Delay, JobKind
from core.settings import JobSettings


@dataclass(frozen=True)
class TrainingSchedule:
    """How many seconds training runs and fits are put off, and when in the day runs start."""

    quiet_s: float
    max_delay_s: float
    train_at: str | None = None
    fit_quiet_s: float = 0

    @classmethod
    def from_settings(cls, jobs: JobSettings) -> Self:
        """Return the schedule that the settings describe."""
        return cls(jobs.train_quiet_s, jobs.train_max_delay_s, jobs.train_at, jobs.fit_quiet_s)

    def delay(self, now: datetime) -> Delay | None:
        """Return how long a run that is requested now is put off; None if it starts immediately."""
        if self.train_at is not None:
            wait_s = (parse_daily_time(self.train_at).next_after(now) - now).total_seconds()
            return Delay(wait_s, wait_s + self.max_delay_s)
        return self.quiet_time(JobKind.TRAIN) if self.quiet_s else None

    def fit_delay(self) -> Delay | None:
        """Return how long a fit that is requested now is put off; None if it starts immediately."""
        return self.quiet_time(JobKind.FIT_RECIPE) if self.fit_quiet_s else None

    def quiet_time(self, kind: JobKind) -> Delay:
        """Return how long a training run or a fit waits for more data."""
        seconds = self.fit_quiet_s if kind is JobKind.FIT_RECIPE else self.quiet_s
        return Delay(seconds, self.max_delay_s)
