"""What a worker's lines of log say of their task: its job, and the request that asked for it."""

import logging
from contextvars import ContextVar
from typing import Any

from celery.signals import setup_logging, task_postrun, task_prerun

from core.jobs import JobKind
from core.observability import logs, tracing
from core.settings import Settings

_JOBS = {kind.value for kind in JobKind}
_trace: ContextVar[Any] = ContextVar("trace", default=None)


@setup_logging.connect
def _begin(**_: Any) -> None:
    logs.install(Settings().secrets)
    # a task's end is told with its job; that a message came would be the same line once more
    logging.getLogger("celery.worker.strategy").setLevel(logging.WARNING)


@task_prerun.connect
def _enter(task: Any, args: Any, **_: Any) -> None:
    logs.request_id.set(str(getattr(task.request, "request_id", None) or ""))
    logs.job_id.set(str(args[0]) if task.name in _JOBS and args else "")
    _trace.set(tracing.take_up(task.request))


@task_postrun.connect
def _leave(**_: Any) -> None:
    tracing.lay_down(_trace.get())
    logs.request_id.set("")
    logs.job_id.set("")
