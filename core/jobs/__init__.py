"""Jobs: their kinds and states, the ledger in Redis, and locks. Celery carries only job ids."""

from core.jobs.job import (
    QUEUES,
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
    ChangeEncoderArgs,
    DeleteSalesArgs,
    EraseUserArgs,
    ImportSalesArgs,
    IngestArgs,
    RebuildArgs,
    SyncArgs,
)
from core.jobs.job_queue import JobQueue
from core.jobs.ledger import Claim, Ledger
from core.jobs.locks import Locks
from core.jobs.retry import make_retry

__all__ = [
    "QUEUES", "ChangeEncoderArgs", "Claim", "DeleteSalesArgs", "EraseUserArgs", "Failure",
    "ImportSalesArgs", "IngestArgs", "Job", "JobKind", "JobQueue", "JobState", "Ledger", "Locks",
    "NewJob", "Outcome", "Problem", "Progress", "RebuildArgs", "Stage", "SyncArgs", "make_retry",
]  # fmt: skip
