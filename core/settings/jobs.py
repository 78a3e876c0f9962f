"""Settings of jobs."""

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from core.records import StrictRecord
from core.settings.value_types import DailyTime


class JobSettings(StrictRecord):
    """How jobs are split into steps, retried and cleaned up."""

    chunk_size: PositiveInt = 64
    """Images in one step of an ingest job; a cancelled job stops within one step."""
    max_queued_steps: PositiveInt = 8
    """Steps of one job on the queue at a time, so that jobs share the workers."""
    lease_s: PositiveFloat = 30
    """A worker that does not renew its lease for this long loses its step to another worker."""
    sweep_interval_s: PositiveFloat = 5
    """Interval between two searches for orphaned steps."""
    step_timeout_s: PositiveFloat = 300
    """A worker whose step makes no progress for this long exits and is restarted."""
    max_attempts: PositiveInt = 4
    """After this many failures or lost workers, a step's items are isolated or the step fails."""
    max_open: PositiveInt = 10_000
    """New jobs are rejected while this many jobs are unfinished."""
    retention_days: PositiveInt = 30
    """Finished jobs are deleted after this many days."""
    train_quiet_s: NonNegativeFloat = 1800
    """An automatic training run starts once no data has come in for this long."""
    train_max_delay_s: PositiveFloat = 6 * 3600
    """Training runs and fits are put off for at most this long, even if data keeps coming in."""
    train_at: DailyTime | None = None
    """Automatic training runs wait for this time of day: `03:00` (UTC) or `03:00 Europe/Berlin`."""
    fit_quiet_s: NonNegativeFloat = 120
    """A recipe is fitted without a request once no images have come in for this long."""
    fit_min_images: PositiveInt = 64
    """A collection needs this many different images before a recipe is fitted to them."""
    fit_automatically: bool = True
    """Whether recipes are fitted, and vectors rebuilt, without a request."""
    scale_images: PositiveInt = 40
    """Images of a collection whose distorted copies are used to calibrate its scores."""
    retrain_interval_h: PositiveFloat = 24
    """Recommenders are retrained once their last training run is older than this."""
