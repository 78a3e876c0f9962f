"""One module or package per kind of job, without Celery or HTTP."""
