"""One module or package per kind of job, without Celery or HTTP.

The functions that run a job or a step raise `NotFound` if the collection was deleted in the
meantime, and `Unavailable` if a server does not respond; a worker can then retry the step.
"""
