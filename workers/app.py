"""The Celery app, whose messages carry ids, never data."""

from typing import Any

from celery import Celery

from core.connections.urls import celery_broker_url
from core.jobs import QUEUES, WORKERS, JobKind
from core.settings import Settings
from workers import kombu_patches, malformed_messages


def make_app(settings: Settings) -> Celery:
    """Create the Celery app of a worker."""
    broker, transport_options = celery_broker_url(settings.redis)
    app = Celery(
        "lookalike",
        broker=broker,
        include=[
            "workers.log_context",
            "workers.tasks",
            "workers.search_threads",
            "workers.heartbeat",
            "workers.periodic",
        ],
    )
    app.conf.update(
        accept_content=["json"],  # no pickle: a writer to the broker must not run code here
        task_serializer="json",
        result_backend=None,  # the job ledger holds the results
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=False,  # True loses tasks in flight
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,
        broker_transport_options={
            "visibility_timeout": 4 * 3600,  # only a fallback, since the sweeper is faster
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 5,
            "retry_on_timeout": False,
            "polling_interval": 0.25,  # of BRPOP, whose reply a stopping worker waits for
            **transport_options,
        },
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.2},
        task_routes={kind.value: {"queue": kind.queue} for kind in JobKind},
        task_send_sent_event=True,
        worker_hijack_root_logger=False,
    )
    return app


def worker_kind(consumer: Any) -> str:
    """Return the kind of a running worker, the sender of `worker_ready`: search, embed or train."""
    queues = set(consumer.app.amqp.queues.consume_from)
    return next(kind for kind, own in WORKERS.items() if queues.issuperset(own))


kombu_patches.install()
malformed_messages.install(QUEUES)
app = make_app(Settings())
