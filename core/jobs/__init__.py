"""The job ledger: what was asked for, how far it is, who works on it. Celery only carries ids."""

from core.jobs.args import (
    ChangeEncoderArgs,
    DeleteSalesArgs,
    EraseUserArgs,
    ImportSalesArgs,
    IngestArgs,
    RebuildArgs,
    SyncArgs,
)
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
)
from core.jobs.ledger import Claim, Ledger
from core.jobs.locks import Locks
from core.jobs.retry import again

__all__ = [
    "QUEUES",
    "ChangeEncoderArgs",
    "Claim",
    "DeleteSalesArgs",
    "EraseUserArgs",
    "Failure",
    "ImportSalesArgs",
    "IngestArgs",
    "Job",
    "JobKind",
    "JobState",
    "Ledger",
    "Locks",
    "NewJob",
    "Outcome",
    "Problem",
    "Progress",
    "RebuildArgs",
    "SyncArgs",
    "again",
]
