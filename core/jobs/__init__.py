"""The job ledger: what was asked for, how far it is, who works on it. Celery only carries ids."""

from core.jobs.again import again
from core.jobs.args import IngestArgs, SyncArgs
from core.jobs.job import (
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
from core.jobs.redis_door import connect

__all__ = [
    "Claim",
    "Failure",
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
    "SyncArgs",
    "again",
    "connect",
]
