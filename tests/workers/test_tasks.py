"""The table of handlers: which function runs which step of which kind of job."""

from dataclasses import fields
from functools import partial
from importlib import import_module

import pytest

from core.jobs import JobKind
from workers.tasks import HANDLERS

LAZY = sorted({
    step.args
    for handler in HANDLERS.values()
    for step in (getattr(handler, field.name) for field in fields(handler))
    if isinstance(step, partial)
})


def test_every_kind_of_job_has_a_handler():
    assert set(HANDLERS) == set(JobKind)


def test_changes_of_items_never_wait_for_imports_or_trainings():
    queues = {kind.queue for kind in JobKind if kind.is_bulk or kind is JobKind.SYNC_ITEMS}
    assert queues == {"sync"}
    assert not queues & {JobKind.INGEST.queue, JobKind.REBUILD.queue, JobKind.TRAIN.queue}


@pytest.mark.parametrize(("module", "name"), LAZY)
def test_a_step_that_is_imported_on_its_first_call_exists(module, name):
    assert callable(getattr(import_module(f"core.pipelines.{module}"), name))
