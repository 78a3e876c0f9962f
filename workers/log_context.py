"""Sets the log and trace context of a task: its job and the request behind it."""

import logging
from contextvars import ContextVar
from typing import Any

from celery.signals import setup_logging, task_postrun, task_prerun

from core.jobs import JobKind
from core.observability import logs, tracing
from workers.dependencies import worker_services

_JOB_TASKS = {kind.value for kind in JobKind}
_trace_token: ContextVar[Any] = ContextVar("trace_token", default=None)


@setup_logging.connect
def _install(**_: Any) -> None:
    logs.install(worker_services().settings.secrets)
    # the log of a finished task names its job; a line for the arriving message adds nothing
    logging.getLogger("celery.worker.strategy").setLevel(logging.WARNING)


@task_prerun.connect
def _attach(task: Any, args: Any, **_: Any) -> None:
    logs.request_id.set(str(getattr(task.request, "request_id", None) or ""))
    logs.job_id.set(str(args[0]) if task.name in _JOB_TASKS and args else "")
    _trace_token.set(tracing.attach(vars(task.request)))


@task_postrun.connect
def _detach(**_: Any) -> None:
    tracing.detach(_trace_token.get())
    logs.request_id.set("")
    logs.job_id.set("")
