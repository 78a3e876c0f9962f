"""Jobs: their kinds and states, the ledger in Redis, and locks. Celery carries only job ids."""

from core.jobs.job import (
    QUEUES,
    WORKERS,
    Changes,
    Delay,
    Failure,
    Job,
    JobKind,
    JobState,
    NewJob,
    Outcome,
    Problem,
    Progress,
    Stage,
)
from core.jobs.job_arguments import (
    ChangeAttributesArgs,
    ChangeEncoderArgs,
    ChangeItemsArgs,
    DeleteItemsArgs,
    DeleteSalesArgs,
    EraseUserArgs,
    ImportSalesArgs,
    IngestArgs,
    RebuildArgs,
    TrainArgs,
    VerifyArgs,
)
from core.jobs.job_queue import JobMessage, JobQueue
from core.jobs.ledger import Idempotency, Ledger
from core.jobs.locks import Locks
from core.jobs.retry import make_retry
from core.jobs.step_ledger import Claim

__all__ = [
    "QUEUES", "WORKERS", "ChangeAttributesArgs", "ChangeEncoderArgs", "ChangeItemsArgs", "Changes",
    "Claim", "Delay", "DeleteItemsArgs", "DeleteSalesArgs", "EraseUserArgs", "Failure",
    "Idempotency", "ImportSalesArgs", "IngestArgs", "Job", "JobKind", "JobMessage", "JobQueue",
    "JobState", "Ledger", "Locks", "NewJob", "Outcome", "Problem", "Progress", "RebuildArgs",
    "Stage", "TrainArgs", "VerifyArgs", "make_retry",
]  # fmt: skip
