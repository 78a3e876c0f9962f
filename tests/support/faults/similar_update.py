"""Runs the update of similar lists as worker-embed does, in a process that a test may kill."""

import os
from datetime import UTC, datetime
from multiprocessing import get_context

from core.jobs import Job, JobKind, JobState
from core.pipelines.services import no_heartbeat
from core.pipelines.similar.update import update_similar
from embedded.environment import environment
from tests.support.shop_client import PATIENCE_S
from workers.dependencies import worker_services

CONTEXT = get_context("forkserver")  # starts a process in milliseconds, with everything imported
CONTEXT.set_forkserver_preload([__name__])


def start_update(settings, collection):
    """Start an update of a collection on the servers of a stack; return the process once it runs.

    The process dies with the test.
    """
    has_begun = CONTEXT.Event()
    arguments = (environment(settings), collection, has_begun)
    process = CONTEXT.Process(target=_update, args=arguments, daemon=True)
    process.start()
    assert has_begun.wait(PATIENCE_S), "the update does not begin"
    return process


def _update(variables, collection, has_begun):
    os.environ.update(variables)
    services = worker_services().services
    has_begun.set()
    now = datetime.now(UTC)
    job = Job(
        kind=JobKind.UPDATE_SIMILAR, collection=collection, id="killed", sequence=0,
        state=JobState.RUNNING, created_at=now, started_at=now,
    )  # fmt: skip
    update_similar(job, services, no_heartbeat)
